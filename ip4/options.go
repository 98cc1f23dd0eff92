package ip4

// Option types (IANA "IP Option Numbers").
const (
	optEnd         = 0
	optNop         = 1
	optLSRR        = 131 // loose source route
	optSSRR        = 137 // strict source route
	optRouterAlert = 148
)

// optionCopied marks options that go into every fragment (RFC 791 §3.1).
const optionCopied = 0x80

// routerAlert is the option that makes every router look at a packet.
//
// RFC 2113 §2.1.
var routerAlert = [4]byte{optRouterAlert, 4, 0, 0}

// options is what a walk over a header's options found.
type options struct {
	sourceRoute bool
	malformed   bool
}

// parseOptions walks over the options b of a header. Options are never acted
// upon; it looks for lengths that do not fit, and for source routes.
//
// RFC 791 §3.1; RFC 7126 §4.
func parseOptions(b []byte) (o options) {
	for len(b) > 0 {
		switch b[0] {
		case optEnd:
			return o
		case optNop:
			b = b[1:]
			continue
		case optLSRR, optSSRR:
			o.sourceRoute = true
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			o.malformed = true
			return o
		}
		b = b[b[1]:]
	}
	return o
}

// copiedOptions writes those of the valid options b that fragments after the
// first carry to dst, padded to a multiple of 4 bytes, and returns their length.
// dst has room for 40 bytes.
//
// RFC 791 §3.1, §3.2.
func copiedOptions(dst, b []byte) int {
	n := 0
	for len(b) > 0 && b[0] != optEnd {
		if b[0] == optNop {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			break
		}
		if b[0]&optionCopied != 0 {
			n += copy(dst[n:], b[:b[1]])
		}
		b = b[b[1]:]
	}
	for n%4 != 0 {
		dst[n] = optEnd
		n++
	}
	return n
}
