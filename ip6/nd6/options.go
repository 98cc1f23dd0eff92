package nd6

import "github.com/golwip/lwip/netif/ethernet"

// Options of neighbor discovery messages (RFC 4861 §4.6; IANA "IPv6 Neighbor
// Discovery Option Formats").
const (
	optSourceLL  = 1
	optTargetLL  = 2
	optPrefix    = 3
	optMTU       = 5
	optNonce     = 14 // RFC 3971 §5.3.2
	optRouteInfo = 24 // RFC 4191 §2.3
	optRDNSS     = 25 // RFC 8106 §5.1
)

// options is the part of a message after its fixed fields:
//
//	 0      1        2
//	┌──────┬────────┬──────────────────────────────
//	│ type │ length │ value: 8·length − 2 bytes
//	└──────┴────────┴──────────────────────────────
type options []byte

// parseOptions returns the options in b; ok is false if one has length zero or
// ends past b. Walking what it returns cannot fail.
//
// RFC 4861 §4.6: "Nodes MUST silently discard an ND packet that contains an
// option with length zero."
func parseOptions(b []byte) (o options, ok bool) {
	for rest := b; len(rest) != 0; {
		if len(rest) < 2 {
			return nil, false
		}
		n := int(rest[1]) * 8
		if n == 0 || n > len(rest) {
			return nil, false
		}
		rest = rest[n:]
	}
	return options(b), true
}

// next returns the first option, header included, and those after it; nil at the
// end.
func (o options) next() (opt []byte, rest options) {
	if len(o) == 0 {
		return nil, nil
	}
	n := int(o[1]) * 8
	return o[:n], o[n:]
}

// find returns the first option of a type, header included, or nil.
func (o options) find(typ byte) []byte {
	for opt, rest := o.next(); opt != nil; opt, rest = rest.next() {
		if opt[0] == typ {
			return opt
		}
	}
	return nil
}

// llAddr returns the link-layer address in an option of type typ; present tells
// whether there is one, ok whether it can be a station's.
func (o options) llAddr(typ byte) (hw ethernet.Addr, present, ok bool) {
	opt := o.find(typ)
	if opt == nil {
		return hw, false, true
	}
	if len(opt) != lladdrLen {
		return hw, true, false
	}
	hw = ethernet.Addr(opt[2:8])
	return hw, true, !hw.IsMulticast() && !hw.IsZero()
}
