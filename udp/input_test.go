package udp_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

func TestInputDelivers(t *testing.T) {
	for _, c := range []struct {
		name     string
		src, dst netip.AddrPort
	}{
		{"ipv4", withPort(peer, 4000), withPort(addrA, 53)},
		{"ipv6", withPort(peer6, 4000), withPort(addrA6, 53)},
		{"source port 0 means no reply is wanted", withPort(peer, 0), withPort(addrA, 53)},
	} {
		for _, n := range []int{0, 1, 2, 3, 100, 1471} {
			t.Run(fmt.Sprintf("%s/%d", c.name, n), func(t *testing.T) {
				w := newWorld(t, udp.Config{})
				var r recorder
				w.bound(&r, 0, withPort(any6, 53), nil)
				payload := strings.Repeat("x", n)
				w.input(c.src, c.dst, w.a, payload)
				if len(r.got) != 1 || r.got[0].payload != payload || r.got[0].from != c.src {
					t.Fatalf("got %+v", r.got)
				}
				if s := w.udp.Stats(); s.Received != 1 || s.Delivered != 1 {
					t.Errorf("stats %+v", s)
				}
				w.noLeak()
			})
		}
	}
}

// TestInputLengthField: lwIP takes any length field, and was measured to deliver
// 32 payload bytes for 3, 12 and 5000; RFC 768 makes it the datagram's length.
func TestInputLengthField(t *testing.T) {
	payload := strings.Repeat("0123456789abcdef", 2) // 32 bytes, 40 with the header
	for _, c := range []struct {
		name   string
		length uint16
		want   string // payload; "-" for a drop
	}{
		{"zero", 0, "-"},
		{"below the header", 3, "-"},
		{"one below the header", 7, "-"},
		{"header only, rest trimmed", 8, ""},
		{"shorter than the IP payload, rest trimmed", 12, payload[:4]},
		{"exact", 40, payload},
		{"one beyond the IP payload", 41, "-"},
		{"far beyond the IP payload", 5000, "-"},
		{"largest", 65535, "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			var r recorder
			w.bound(&r, 0, withPort(any4, 53), nil)
			b := datagram(withPort(peer, 9), withPort(addrA, 53), payload)
			b[4], b[5] = byte(c.length>>8), byte(c.length)
			b[6], b[7] = 0, 0 // no checksum
			w.inputBytes(b, info(peer, addrA, w.a))
			s := w.udp.Stats()
			if c.want == "-" {
				if len(r.got) != 0 || s.BadLength != 1 {
					t.Errorf("got %+v, stats %+v", r.got, s)
				}
			} else if len(r.got) != 1 || r.got[0].payload != c.want {
				t.Errorf("got %+v, want %q", r.got, c.want)
			}
			if len(w.n4.refused) != 0 {
				t.Errorf("told the sender %v", w.n4.refused)
			}
			w.noLeak()
		})
	}
}

// TestInputChecksumCoversLengthField: bytes behind the datagram are not summed.
func TestInputChecksumCoversLengthField(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	w.bound(&r, 0, withPort(any4, 53), nil)
	b := append(datagram(withPort(peer, 9), withPort(addrA, 53), "hello"), "padding"...)
	w.inputBytes(b, info(peer, addrA, w.a))
	if len(r.got) != 1 || r.got[0].payload != "hello" || w.udp.Stats().Trimmed != 1 {
		t.Errorf("got %+v, stats %+v", r.got, w.udp.Stats())
	}
	w.noLeak()
}

func TestInputChecksum(t *testing.T) {
	v4 := [2]netip.AddrPort{withPort(peer, 9), withPort(addrA, 53)}
	v6 := [2]netip.AddrPort{withPort(peer6, 9), withPort(addrA6, 53)}
	const (
		zero    = 1 << iota // no checksum
		wrong               // a wrong one
		vouch               // the link verified it
		noCheck             // the link checks
		accept              // Config.AcceptZeroChecksum6
	)
	for _, c := range []struct {
		name  string
		ends  [2]netip.AddrPort
		how   int
		count func(s udp.Stats) uint64
	}{
		{"ipv4 right", v4, 0, func(s udp.Stats) uint64 { return s.Delivered }},
		{"ipv4 wrong", v4, wrong, func(s udp.Stats) uint64 { return s.BadChecksum }},
		{"ipv4 none: RFC 768", v4, zero, func(s udp.Stats) uint64 { return s.Delivered }},
		{"ipv4 wrong, verified by the driver", v4, wrong | vouch, func(s udp.Stats) uint64 { return s.Delivered }},
		{"ipv4 wrong, link that checks", v4, wrong | noCheck, func(s udp.Stats) uint64 { return s.Delivered }},
		{"ipv6 right", v6, 0, func(s udp.Stats) uint64 { return s.Delivered }},
		{"ipv6 wrong", v6, wrong, func(s udp.Stats) uint64 { return s.BadChecksum }},
		{"ipv6 none: RFC 8200 §8.1", v6, zero, func(s udp.Stats) uint64 { return s.NoChecksum6 }},
		{"ipv6 none, for a tunnel: RFC 6935", v6, zero | accept, func(s udp.Stats) uint64 { return s.Delivered }},
		{"ipv6 wrong, for a tunnel", v6, wrong | accept, func(s udp.Stats) uint64 { return s.BadChecksum }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{AcceptZeroChecksum6: c.how&accept != 0})
			ifc := w.a
			if c.how&noCheck != 0 {
				var err error
				if ifc, err = w.ifs.Add(fakeDriver{}, netif.Config{Checksums: netif.NoCheckUDP}); err != nil {
					t.Fatal(err)
				}
			}
			var r recorder
			w.bound(&r, 0, withPort(any6, 53), nil)
			b := datagram(c.ends[0], c.ends[1], "payload")
			if c.how&zero != 0 {
				b[6], b[7] = 0, 0
			}
			if c.how&wrong != 0 {
				b[7] ^= 1
			}
			buf := w.pool.AllocBytes(0, len(b))
			copy(buf.Bytes(), b)
			if c.how&vouch != 0 {
				buf.Flags |= pbuf.Verified
			}
			w.udp.Input(buf, info(c.ends[0].Addr(), c.ends[1].Addr(), ifc))
			s := w.udp.Stats()
			if c.count(s) != 1 || s.Delivered != uint64(len(r.got)) {
				t.Errorf("stats %+v, got %+v", s, r.got)
			}
			w.noLeak()
		})
	}
}

func TestInputAllOnesChecksum(t *testing.T) {
	// A datagram whose checksum is computed as 0 carries 0xffff, which sums the
	// same. Find one by trying payloads.
	w := newWorld(t, udp.Config{})
	var r recorder
	w.bound(&r, 0, withPort(any4, 53), nil)
	for i := range 1 << 16 {
		b := datagram(withPort(peer, 9), withPort(addrA, 53), string([]byte{byte(i >> 8), byte(i)}))
		if b[6] == 0xff && b[7] == 0xff {
			w.inputBytes(b, info(peer, addrA, w.a))
			break
		}
	}
	if len(r.got) != 1 {
		t.Errorf("not delivered: %+v", w.udp.Stats())
	}
}

func TestInputNoPort(t *testing.T) {
	for _, c := range []struct {
		name     string
		src, dst netip.Addr
		link     bool // sent to the link's broadcast address
		told     bool
	}{
		{"unicast: port unreachable, RFC 1122 §4.1.3.1", peer, addrA, false, true},
		{"ipv6 unicast: RFC 4443 §3.1", peer6, addrA6, false, true},
		{"limited broadcast: silence, RFC 1122 §3.2.2", peer, limited, false, false},
		{"subnet broadcast: silence", peer, bcastA, false, false},
		{"multicast: silence", peer, group, false, false},
		{"ipv6 multicast: silence", peer6, group6, false, false},
		{"unicast in a broadcast frame: silence", peer, addrA, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			w.bound(&recorder{}, 0, withPort(any6, 54), nil)
			b := datagram(withPort(c.src, 9), withPort(c.dst, 53), "hello")
			i := info(c.src, c.dst, w.a)
			i.Broadcast = i.Broadcast || c.link
			w.inputBytes(b, i)
			n := w.n4
			if c.dst.Is6() {
				n = w.n6
			}
			if told := len(n.refused) > 0; told != c.told {
				t.Errorf("told the sender: %v, want %v", told, c.told)
			}
			if c.told && (n.refused[0] != ip.PortUnreachable || !bytes.Equal(n.quoted[0], b)) {
				t.Errorf("reason %v, quoted %x, want %x", n.refused[0], n.quoted[0], b)
			}
			if w.udp.Stats().NoPort != 1 {
				t.Errorf("stats %+v", w.udp.Stats())
			}
			w.noLeak()
		})
	}
}

func TestInputPortZeroIsNobodys(t *testing.T) {
	w := newWorld(t, udp.Config{})
	w.pcb(&recorder{}, 0) // its local port is 0
	w.input(withPort(peer, 9), withPort(addrA, 0), w.a, "x")
	if w.udp.Stats().NoPort != 1 {
		t.Errorf("stats %+v", w.udp.Stats())
	}
	w.noLeak()
}

func TestInputMappedAddress(t *testing.T) {
	mapped := netip.MustParseAddr("::ffff:10.0.0.9")
	for _, ends := range [][2]netip.Addr{{mapped, addrA6}, {peer6, netip.MustParseAddr("::ffff:10.0.0.1")}} {
		w := newWorld(t, udp.Config{})
		var r recorder
		w.bound(&r, 0, withPort(any6, 53), nil)
		w.input(withPort(ends[0], 9), withPort(ends[1], 53), w.a, "x")
		if len(r.got) != 0 || w.udp.Stats().BadAddress != 1 || len(w.n6.refused) != 0 {
			t.Errorf("%v: got %+v, stats %+v", ends, r.got, w.udp.Stats())
		}
		w.noLeak()
	}
}

// TestInputEverySplit delivers one datagram cut into chain elements at every
// pair of places.
func TestInputEverySplit(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	w.bound(&r, 0, withPort(any4, 53), nil)
	const payload = "some payload"
	b := append(datagram(withPort(peer, 9), withPort(addrA, 53), payload), "trailing"...)
	for i := range len(b) + 1 {
		for j := i; j <= len(b); j++ {
			r.got = nil
			w.udp.Input(chain(w.pool, b[:i], b[i:j], b[j:]), info(peer, addrA, w.a))
			if len(r.got) != 1 || r.got[0].payload != payload {
				t.Fatalf("cut at %d and %d: got %+v, stats %+v", i, j, r.got, w.udp.Stats())
			}
		}
	}
	w.noLeak()
}

// chain makes a chain of elements with the given bytes.
func chain(pool *pbuf.Pool, parts ...[]byte) *pbuf.Buf {
	var head *pbuf.Buf
	for i := len(parts) - 1; i >= 0; i-- {
		e := pool.AllocBytes(0, len(parts[i]))
		copy(e.Bytes(), parts[i])
		if head != nil {
			e.SetNext(head)
		}
		head = e
	}
	return head
}

// outcomes is the sum of the counters in one of which each datagram ends.
func outcomes(s udp.Stats) uint64 {
	return s.Delivered + s.TooShort + s.BadLength + s.BadChecksum + s.NoChecksum6 +
		s.BadAddress + s.NoPort + s.NoHandler + s.RxNoMemory
}

// TestInputEveryTruncation: no prefix of a datagram is taken for a datagram.
func TestInputEveryTruncation(t *testing.T) {
	for _, ends := range [][2]netip.AddrPort{
		{withPort(peer, 9), withPort(addrA, 53)}, {withPort(peer6, 9), withPort(addrA6, 53)},
	} {
		w := newWorld(t, udp.Config{})
		var r recorder
		w.bound(&r, 0, withPort(any6, 53), nil)
		b := datagram(ends[0], ends[1], "some payload")
		for n := range b {
			w.inputBytes(b[:n], info(ends[0].Addr(), ends[1].Addr(), w.a))
		}
		s := w.udp.Stats()
		if len(r.got) != 0 || s.TooShort != udp.HeaderLen || s.BadLength != uint64(len(b)-udp.HeaderLen) {
			t.Errorf("got %+v, stats %+v", r.got, s)
		}
		w.noLeak()
	}
}

// TestInputEveryCorruption changes each byte to each value: a checksum protects
// from all of them but those that make it 0, "none", which cannot come from one
// byte here, and the exchange of 0 for 0xff in one that is summed alike.
func TestInputEveryCorruption(t *testing.T) {
	for _, ends := range [][2]netip.AddrPort{
		{withPort(peer, 9), withPort(addrA, 53)}, {withPort(peer6, 9), withPort(addrA6, 53)},
	} {
		w := newWorld(t, udp.Config{})
		var r recorder
		w.bound(&r, 0, withPort(any6, 53), nil)
		b := datagram(ends[0], ends[1], "some payload")
		for i := range b {
			was := b[i]
			for v := range 256 {
				b[i] = byte(v)
				before, told := outcomes(w.udp.Stats()), len(r.got)
				w.inputBytes(b, info(ends[0].Addr(), ends[1].Addr(), w.a))
				if outcomes(w.udp.Stats()) != before+1 {
					t.Fatalf("byte %d = %#x: not counted once", i, v)
				}
				if delivered := len(r.got) > told; delivered != (byte(v) == was) {
					t.Fatalf("byte %d = %#x (was %#x): delivered %v", i, v, was, delivered)
				}
			}
			b[i] = was
		}
		w.noLeak()
	}
}

func TestInputNoHandler(t *testing.T) {
	w := newWorld(t, udp.Config{})
	w.bound(nil, udp.ReuseAddr, withPort(any4, 53), nil)
	w.input(withPort(peer, 9), withPort(addrA, 53), w.a, "x")
	w.input(withPort(peer, 9), withPort(bcastA, 53), w.a, "x")
	if s := w.udp.Stats(); s.NoHandler != 2 || s.Delivered != 0 {
		t.Errorf("stats %+v", s)
	}
	w.noLeak()
}

// FuzzInput feeds any bytes as a datagram: each ends in one counter, what is
// delivered is what the header says, and no memory is lost.
func FuzzInput(f *testing.F) {
	f.Add(datagram(withPort(peer, 9), withPort(addrA, 53), "hello"), uint8(0), uint8(3))
	f.Add(datagram(withPort(peer6, 9), withPort(addrA6, 53), ""), uint8(1), uint8(0))
	f.Add(datagram(withPort(peer, 9), withPort(group, 53), "x"), uint8(2), uint8(8))
	f.Add([]byte{0, 0, 0, 53, 0, 8, 0, 0, 1}, uint8(3), uint8(9))
	w := newWorld(f, udp.Config{})
	var r recorder
	w.bound(&r, udp.ReuseAddr, withPort(any6, 53), nil)
	w.bound(&r, udp.ReuseAddr, withPort(any4, 53), nil)
	ends := [][2]netip.Addr{{peer, addrA}, {peer6, addrA6}, {peer, group}, {peer, bcastA}, {peer6, group6}}
	f.Fuzz(func(t *testing.T, b []byte, which, cut uint8) {
		if len(b) > 65515 {
			return
		}
		e := ends[int(which)%len(ends)]
		r.got, w.n4.refused, w.n4.quoted, w.n6.refused, w.n6.quoted = nil, nil, nil, nil, nil
		at := min(int(cut), len(b))
		before := outcomes(w.udp.Stats())
		w.udp.Input(chain(w.pool, b[:at], b[at:]), info(e[0], e[1], w.a))
		if outcomes(w.udp.Stats()) != before+1 {
			t.Errorf("not counted once: %+v", w.udp.Stats())
		}
		for _, g := range r.got {
			h, ok := udp.ParseHeader(b)
			if !ok || h.DstPort() != 53 || g.payload != string(b[udp.HeaderLen:h.Length()]) || g.from != withPort(e[0], h.SrcPort()) {
				t.Errorf("delivered %+v from %x", g, b)
			}
		}
		noLeak(t, w.pool)
	})
}
