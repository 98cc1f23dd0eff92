package mutation_test

import (
	"fmt"

	"github.com/golwip/lwip/conformance/mutation"
)

// A mutation replaces one snippet of a file.
func Example() {
	m := mutation.Mutation{Name: "rst-inexact", File: "tcp/x.go", Old: "seg.Seq != p.rcv.nxt", New: "false"}
	text, err := m.Apply("if seg.Seq != p.rcv.nxt {")
	fmt.Println(text, err)
	_, err = m.Apply("if seg.Seq == p.rcv.nxt {")
	fmt.Println(err)
	// Output:
	// if false { <nil>
	// mutation: rst-inexact: the snippet occurs 0 times in tcp/x.go
}
