package ip6

import (
	"bytes"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// ext returns an extension header with the given options, padded.
func ext(next ip.Proto, opts ...byte) []byte {
	b := append([]byte{byte(next), 0}, opts...)
	for len(b)%8 != 0 {
		b = append(b, optPad1)
	}
	b[1] = byte(len(b)/8 - 1)
	return b
}

func routing(next ip.Proto, typ, left byte) []byte {
	return []byte{byte(next), 0, typ, left, 0, 0, 0, 0}
}

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// RFC 8200 §4, with what is answered and where the pointer points.
func TestExtensionHeaders(t *testing.T) {
	body := octets(12)
	many := []byte{}
	for range 9 {
		many = append(many, 0x1e, 0)
	}
	chain := func(n int) []byte {
		var b []byte
		for i := range n {
			next := ip.DestOptions
			if i == n-1 {
				next = ip.UDP
			}
			b = append(b, ext(next)...)
		}
		return append(b, body...)
	}
	for _, tt := range []struct {
		name    string
		next    ip.Proto
		b       []byte
		deliver int // header length; 0: dropped
		drop    func(*Stats) uint64
		code    int // of the parameter problem; -1: none
		pointer uint32
	}{
		{"hop-by-hop", ip.HopByHop, cat(ext(ip.UDP), body), 48, nil, -1, 0},
		{"router alert", ip.HopByHop, cat(ext(ip.UDP, optRouterAlert, 2, 0, 0), body), 48, nil, -1, 0},
		{"destination options, twice", ip.DestOptions, cat(ext(ip.DestOptions), ext(ip.UDP, optPadN, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), body), 64, nil, -1, 0},
		{"hop-by-hop second (§4.3)", ip.DestOptions, cat(ext(ip.HopByHop), ext(ip.UDP), body), 0, func(s *Stats) uint64 { return s.BadHeader }, unknownNextHeader, 40},
		{"hop-by-hop twice", ip.HopByHop, cat(ext(ip.HopByHop), ext(ip.UDP), body), 0, func(s *Stats) uint64 { return s.BadHeader }, unknownNextHeader, 40},
		{"unknown option, skip", ip.DestOptions, cat(ext(ip.UDP, 0x1e, 2, 9, 9), body), 48, nil, -1, 0},
		{"unknown option, discard", ip.DestOptions, cat(ext(ip.UDP, 0x5e, 2, 9, 9), body), 0, func(s *Stats) uint64 { return s.BadOption }, -1, 0},
		{"unknown option, report", ip.DestOptions, cat(ext(ip.UDP, optPad1, 0x9e, 2, 9, 9), body), 0, func(s *Stats) uint64 { return s.BadOption }, unknownOption, 43},
		{"unknown option, report unless multicast", ip.HopByHop, cat(ext(ip.UDP, 0xde, 2, 9, 9), body), 0, func(s *Stats) uint64 { return s.BadOption }, unknownOption, 42},
		{"option past the header", ip.DestOptions, cat(ext(ip.UDP, 0x1e, 40), body), 0, func(s *Stats) uint64 { return s.BadOption }, -1, 0},
		{"too many options", ip.DestOptions, cat(ext(ip.UDP, many...), body), 0, func(s *Stats) uint64 { return s.TooManyOptions }, -1, 0},
		{"eight headers", ip.DestOptions, chain(8), 104, nil, -1, 0},
		{"nine headers", ip.DestOptions, chain(9), 0, func(s *Stats) uint64 { return s.TooManyHeaders }, -1, 0},
		{"header past the end", ip.DestOptions, []byte{byte(ip.UDP), 3, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 0, func(s *Stats) uint64 { return s.BadHeader }, -1, 0},
		{"header of 7 bytes", ip.DestOptions, octets(7), 0, func(s *Stats) uint64 { return s.BadHeader }, -1, 0},
		{"RH0, done (RFC 5095)", ip.RoutingHdr, cat(routing(ip.UDP, 0, 0), body), 48, nil, -1, 0},
		{"RH0, segments left", ip.RoutingHdr, cat(routing(ip.UDP, 0, 1), body), 0, func(s *Stats) uint64 { return s.RoutingHeader }, erroneousField, 42},
		{"unknown routing type, segments left", ip.RoutingHdr, cat(routing(ip.UDP, 77, 1), body), 0, func(s *Stats) uint64 { return s.RoutingHeader }, erroneousField, 42},
		{"unknown transport", ip.DestOptions, cat(ext(99), body), 0, func(s *Stats) uint64 { return s.UnknownProtocol }, unknownNextHeader, 40},
		{"authentication header is nobody's", 51, body, 0, func(s *Stats) uint64 { return s.UnknownProtocol }, unknownNextHeader, 6},
		{"nothing follows", ip.DestOptions, ext(ip.NoNext), 0, func(s *Stats) uint64 { return s.NoNextHeader }, -1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			b := packet(peerGA, ourGA, tt.next, tt.b)
			h.receive(b)
			s := h.p.Stats()
			if tt.deliver != 0 {
				if len(h.udp.got) != 1 || h.udp.got[0].HeaderLen != tt.deliver || h.udp.got[0].Proto != ip.UDP || !bytes.Equal(h.udp.got[0].data, body) {
					t.Errorf("got %+v; %+v", h.udp.got, s)
				}
			} else if len(h.udp.got) != 0 || tt.drop(&s) != 1 {
				t.Errorf("delivered or not counted: %+v", s)
			}
			if tt.code < 0 {
				if n := len(h.sent()); n != 0 {
					t.Errorf("%d answers", n)
				}
			} else if typ, code, at, quote := h.oneError(); typ != icmpParameterProblem || int(code) != tt.code || at != tt.pointer || !bytes.Equal(quote, b) {
				t.Errorf("error %d/%d at %d, want 4/%d at %d", typ, code, at, tt.code, tt.pointer)
			}
			h.checkLeaks()
		})
	}
}

// RFC 8200 §4.2: action 3 is silent for multicast, action 2 is not.
func TestOptionActionsOnMulticast(t *testing.T) {
	for opt, want := range map[byte]int{0x9e: 1, 0xde: 0} {
		h := newHost(t, Config{})
		h.receive(packet(peerGA, aGroup, ip.HopByHop, cat(ext(ip.UDP, opt, 2, 0, 0), octets(8))))
		if got := len(h.sent()); got != want {
			t.Errorf("option %x: %d errors, want %d", opt, got, want)
		}
		h.checkLeaks()
	}
}

// A transport that says a port is closed, behind extension headers.
func TestUnreachableQuotesWholePacket(t *testing.T) {
	h := newHost(t, Config{})
	h.p.Handle(ip.UDP, refuser{h.p, ip.PortUnreachable})
	b := packet(peerGA, ourGA, ip.DestOptions, cat(ext(ip.UDP), octets(30)))
	h.receive(b)
	if typ, code, _, quote := h.oneError(); typ != icmpUnreachable || code != portUnreachable || !bytes.Equal(quote, b) {
		t.Errorf("%d/%d, quote % x", typ, code, quote)
	}
	h.checkLeaks()
}

// refuser is a transport that cannot deliver.
type refuser struct {
	p   *Protocol
	why ip.Reason
}

func (r refuser) Input(buf *pbuf.Buf, info *ip.Info) {
	r.p.Unreachable(buf, info, r.why)
	buf.Free()
}
func (r refuser) Error(*pbuf.Buf, *ip.Error) {}

// The option walk agrees with a slow reading of RFC 8200 §4.2.
func FuzzOptions(f *testing.F) {
	f.Add([]byte{optPadN, 2, 0, 0, 0x9e, 1, 7, 0}, false)
	f.Add([]byte{0xde, 0}, true)
	f.Fuzz(func(t *testing.T, b []byte, multicast bool) {
		e, ok := checkOptions(b, 8, multicast)
		if !ok && (e.at < 0 || e.at >= len(b)) {
			t.Fatalf("points at %d of %d", e.at, len(b))
		}
		known, good := 0, true
		for i := 0; i < len(b) && good; {
			switch {
			case b[i] == 0:
				i++
				continue
			case i+1 >= len(b) || i+2+int(b[i+1]) > len(b):
				good = false
			case b[i] != 1:
				known++
				good = known <= 8 && b[i]&0xc0 == 0
			}
			if good {
				i += 2 + int(b[i+1])
			}
		}
		if ok != good {
			t.Errorf("ok = %v, want %v", ok, good)
		}
	})
}

// Skipping a chain stays within the packet, however cut.
func FuzzSkip(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < HeaderLen {
			return
		}
		c := startOf(b)
		ok := c.skip(b, 8, false)
		if c.off > len(b) || c.nextAt >= len(b) {
			t.Fatalf("at %d, named at %d, of %d", c.off, c.nextAt, len(b))
		}
		if ok == isExtension(c.proto) {
			t.Errorf("ok = %v at %d", ok, c.proto)
		}
	})
}
