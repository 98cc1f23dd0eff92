package conformance_test

import (
	"fmt"

	"github.com/golwip/lwip/conformance"
)

// What proves that the Nagle algorithm can be switched off?
func Example() {
	for _, f := range conformance.Matrix() {
		for _, r := range f.Rows {
			if f.RFC == 9293 && r.ID == "MUST-17" {
				fmt.Println(r.Section, r.Text)
				fmt.Println(r.Proof)
			}
		}
	}
	// Output:
	// 3.7.4 which the user can switch off
	// [rfc9293/nodelay.pkt]
}
