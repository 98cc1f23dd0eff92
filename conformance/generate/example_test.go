package generate_test

import (
	"fmt"
	"strings"

	"github.com/golwip/lwip/conformance/drill"
	"github.com/golwip/lwip/conformance/generate"
)

// A script says what it proves, and runs as it is.
func Example() {
	for _, s := range generate.States() {
		if s.Path == "rfc9293/states/syn-sent-ack-some-ack-new.pkt" {
			fmt.Println(strings.Join(strings.SplitN(s.Text, "\n", 3)[:2], "\n"))
			fmt.Println(drill.Run(s.Path, s.Text, nil).Passed())
		}
	}
	// Output:
	// // SYN-SENT: an ACK at 5000, acknowledging one behind SND.NXT.
	// // RFC 9293 §3.10.7.3, first: an ACK that is not acceptable is answered by <SEQ=SEG.ACK><CTL=RST>.
	// true
}
