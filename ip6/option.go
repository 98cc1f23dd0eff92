package ip6

// Options of hop-by-hop and destination options headers (RFC 8200 §4.2).
const (
	optPad1        = 0
	optPadN        = 1
	optRouterAlert = 5 // RFC 2711
)

// Codes of the parameter problem message (RFC 4443 §3.4, RFC 7112 §5).
const (
	erroneousField     = 0
	unknownNextHeader  = 1
	unknownOption      = 2
	incompleteHeaders  = 3
	noProblem          = 255
	optionSkip         = 0
	optionDiscard      = 1
	optionReport       = 2
	optionReportUnless = 3 // the destination is multicast
)

// optionError says why a packet is dropped for its options: at offset at, with
// the given code of a parameter problem, or noProblem for silence.
type optionError struct {
	at   int
	code uint8
	many bool // more than the bound
}

// checkOptions walks the options of an extension header, its bytes from the
// third on, and reports whether the packet may go on. No option but padding and
// router alert, which asks nothing of a host, is known: the two high bits of the
// others say what to do. multicast says what the packet's destination is.
//
//	 0      1        2
//	┌──────┬────────┬───────────────
//	│ type │ length │ length bytes      type 0 (Pad1) stands alone
//	└──────┴────────┴───────────────
//
// RFC 8200 §4.2, RFC 8504 §5.3.
func checkOptions(b []byte, limit int, multicast bool) (e optionError, ok bool) {
	known := 0
	for i := 0; i < len(b); {
		if b[i] == optPad1 {
			i++
			continue
		}
		if i+2 > len(b) || i+2+int(b[i+1]) > len(b) {
			return optionError{at: i, code: noProblem}, false
		}
		if b[i] != optPadN {
			if known++; known > limit {
				return optionError{at: i, code: noProblem, many: true}, false
			}
		}
		if b[i] != optPadN && b[i] != optRouterAlert {
			switch b[i] >> 6 {
			case optionSkip:
			case optionDiscard:
				return optionError{at: i, code: noProblem}, false
			case optionReport:
				return optionError{at: i, code: unknownOption}, false
			case optionReportUnless:
				if multicast {
					return optionError{at: i, code: noProblem}, false
				}
				return optionError{at: i, code: unknownOption}, false
			}
		}
		i += 2 + int(b[i+1])
	}
	return optionError{}, true
}
