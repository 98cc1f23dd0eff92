package generate_test

import (
	"fmt"
	"strings"

	"github.com/golwip/lwip/conformance/drill"
	"github.com/golwip/lwip/conformance/generate"
)

// Every generated script runs as it is.
func Example() {
	failed := 0
	for _, s := range generate.All() {
		if r := drill.Run(s.Path, s.Text, nil); !r.Passed() {
			failed++
		}
		if !strings.HasPrefix(s.Text, generate.Mark) {
			failed++
		}
	}
	fmt.Println(failed, "failed")
	// Output: 0 failed
}
