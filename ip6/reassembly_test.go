package ip6

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

func TestReassembly(t *testing.T) {
	h := newHost(t, Config{})
	data := octets(3000)
	h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 2960, false, data[2960:]))
	h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, true, data[:1480]))
	if len(h.udp.got) != 0 {
		t.Fatal("delivered incomplete")
	}
	h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 1480, true, data[1480:2960]))
	if len(h.udp.got) != 1 {
		t.Fatalf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	if g := h.udp.got[0]; !g.Reassembled || g.HeaderLen != 40 || !bytes.Equal(g.data, data) {
		t.Errorf("%+v", g.Info)
	}
	if h.q.Next() != timers.Never {
		t.Error("a timer is left")
	}
	h.checkLeaks()
}

// The headers in front of the fragment header stay; an error about the whole
// quotes it whole.
func TestReassemblyKeepsHeaders(t *testing.T) {
	h := newHost(t, Config{})
	h.p.Handle(ip.UDP, refuser{h.p, ip.PortUnreachable})
	frag := func(off int, more bool, data []byte) []byte {
		f := fragmentOf(peerGA, ourGA, ip.UDP, 1, off, more, data)
		return packet(peerGA, ourGA, ip.DestOptions, cat(ext(ip.FragmentHdr), f[HeaderLen:]))
	}
	data := octets(100)
	h.receive(frag(0, true, data[:64]))
	h.receive(frag(64, false, data[64:]))
	want := packet(peerGA, ourGA, ip.DestOptions, cat(ext(ip.UDP), data))
	if _, code, _, quote := h.oneError(); code != portUnreachable || !bytes.Equal(quote, want) {
		t.Errorf("quote % x\nwant % x", quote, want)
	}
	h.checkLeaks()
}

func TestBadFragments(t *testing.T) {
	for _, tt := range []struct {
		name    string
		b       []byte
		want    func(*Stats) uint64
		code    int // -1: silence
		pointer uint32
	}{
		{"length not a multiple of 8 (RFC 8200 §4.5)", fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, true, octets(15)), func(s *Stats) uint64 { return s.BadFragment }, erroneousField, 4},
		{"beyond 65535", fragmentOf(peerGA, ourGA, ip.UDP, 1, 65528, true, octets(8)), func(s *Stats) uint64 { return s.BadFragment }, erroneousField, 42},
		{"empty", fragmentOf(peerGA, ourGA, ip.UDP, 1, 8, true, nil), func(s *Stats) uint64 { return s.BadFragment }, -1, 0},
		{"first without the whole chain (RFC 7112)", fragmentOf(peerGA, ourGA, ip.DestOptions, 1, 0, true, []byte{17, 1, 0, 0, 0, 0, 0, 0}), func(s *Stats) uint64 { return s.FragmentIncomplete }, incompleteHeaders, 0},
		{"first with 8 bytes of TCP", fragmentOf(peerGA, ourGA, ip.TCP, 1, 0, true, octets(8)), func(s *Stats) uint64 { return s.FragmentIncomplete }, incompleteHeaders, 0},
		{"nested", fragmentOf(peerGA, ourGA, ip.FragmentHdr, 1, 0, false, fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, false, octets(9))[HeaderLen:]), func(s *Stats) uint64 { return s.BadFragment }, -1, 0},
		{"hop-by-hop inside", fragmentOf(peerGA, ourGA, ip.HopByHop, 1, 0, false, cat(ext(ip.UDP), octets(9))), func(s *Stats) uint64 { return s.BadHeader }, unknownNextHeader, 40},
		{"nothing inside", fragmentOf(peerGA, ourGA, ip.NoNext, 1, 0, false, nil), func(s *Stats) uint64 { return s.NoNextHeader }, -1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.receive(tt.b)
			s := h.p.Stats()
			if tt.want(&s) != 1 || len(h.udp.got) != 0 {
				t.Errorf("delivered or not counted: %+v", s)
			}
			if tt.code < 0 {
				if len(h.sent()) != 0 {
					t.Error("answered")
				}
			} else if typ, code, at, _ := h.oneError(); typ != icmpParameterProblem || int(code) != tt.code || at != tt.pointer {
				t.Errorf("%d/%d at %d", typ, code, at)
			}
			h.checkLeaks()
		})
	}
}

// RFC 6946: an atomic fragment has nothing to do with others of the same id.
func TestAtomicFragment(t *testing.T) {
	h := newHost(t, Config{NoReassembly: true})
	h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, false, octets(9)))
	h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 8, false, octets(9)))
	if s := h.p.Stats(); len(h.udp.got) != 1 || s.AtomicFragments != 1 || s.FragmentsRefused != 1 {
		t.Errorf("%d delivered; %+v", len(h.udp.got), s)
	}
	h.checkLeaks()

	g := newHost(t, Config{})
	g.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, true, octets(16)))
	g.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, false, octets(9)))
	g.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 16, false, octets(3)))
	if len(g.udp.got) != 2 || len(g.udp.got[0].data) != 9 || len(g.udp.got[1].data) != 19 {
		t.Errorf("delivered %+v", g.udp.got)
	}
	g.checkLeaks()
}

// RFC 6980: neighbor discovery in an atomic fragment is refused.
func TestFragmentedNeighborDiscovery(t *testing.T) {
	h := newHost(t, Config{})
	m := icmpPacket(peerGA, ourGA, 135, 0, 0, ourGA.AsSlice())
	f := fragmentOf(peerGA, ourGA, ip.ICMPv6, 1, 0, false, m[HeaderLen:])
	f[7] = 255
	h.receive(f)
	if h.nd.Stats().Fragmented != 1 || len(h.sent()) != 0 {
		t.Errorf("%+v", h.nd.Stats())
	}
	h.checkLeaks()
}

// RFC 5722: an overlap spoils the datagram, what has come and what will.
func TestOverlapSpoilsDatagram(t *testing.T) {
	for _, tt := range []struct {
		name string
		off  int
		more bool
		data []byte
	}{
		{"inside", 8, true, octets(8)},
		{"over the end", 16, true, octets(16)},
		{"same place, other bytes", 0, true, make([]byte, 24)},
		{"same place, last", 0, false, octets(24)},
		{"end before what is there", 8, false, octets(8)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, Config{})
			h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, true, octets(24)))
			h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, tt.off, tt.more, tt.data))
			if tt.off == 0 && !tt.more {
				return // an atomic fragment, delivered alone: RFC 6946
			}
			h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 24, false, octets(5)))
			h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, true, octets(24)))
			if s := h.p.Stats(); len(h.udp.got) != 0 || s.FragmentOverlap != 3 {
				t.Errorf("%d delivered; %+v", len(h.udp.got), s)
			}
			h.advance(61 * time.Second)
			if n := len(h.sent()); n != 0 {
				t.Errorf("%d errors about an attack", n)
			}
			h.checkLeaks()
		})
	}
}

func TestDuplicateFragment(t *testing.T) {
	h := newHost(t, Config{})
	for range 3 {
		h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 0, true, octets(24)))
	}
	h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, 24, false, octets(5)))
	if s := h.p.Stats(); len(h.udp.got) != 1 || s.FragmentDuplicate != 2 {
		t.Errorf("%d delivered; %+v", len(h.udp.got), s)
	}
	h.checkLeaks()
}

// RFC 8200 §4.5: 60 seconds from the first to arrive; told if the first fragment
// is there.
func TestReassemblyTimeout(t *testing.T) {
	for _, tt := range []struct {
		off  int
		told int
	}{{0, 1}, {16, 0}} {
		h := newHost(t, Upstream())
		b := fragmentOf(peerGA, ourGA, ip.UDP, 1, tt.off, true, octets(16))
		h.receive(b)
		h.advance(59 * time.Second)
		h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, tt.off+32, true, octets(16)))
		if h.p.Stats().ReassemblyTimeouts != 0 {
			t.Error("too early")
		}
		h.advance(time.Second)
		if h.p.Stats().ReassemblyTimeouts != 1 || h.q.Next() != timers.Never {
			t.Errorf("%+v", h.p.Stats())
		}
		if tt.told == 0 {
			if len(h.sent()) != 0 {
				t.Error("told without the first fragment")
			}
		} else if typ, code, _, quote := h.oneError(); typ != icmpTimeExceeded || code != 1 || !bytes.Equal(quote, b) {
			t.Errorf("%d/%d % x", typ, code, quote)
		}
		h.checkLeaks()
	}
}

func TestReassemblyBounds(t *testing.T) {
	h := newHost(t, Config{ReassemblyDatagrams: 4, ReassemblyFragments: 3, ReassemblyBytes: 8192})
	for id := range uint32(100) {
		h.receive(fragmentOf(peerGA, ourGA, ip.UDP, id, 8, true, octets(8)))
		if h.p.reass.n > 4 || h.p.reass.bytes > 8192 {
			t.Fatalf("%d datagrams, %d bytes", h.p.reass.n, h.p.reass.bytes)
		}
	}
	if h.p.Stats().ReassemblyEvicted != 96 {
		t.Errorf("%+v", h.p.Stats())
	}
	for i := range 5 {
		h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 99, 16*(i+1), true, octets(8)))
	}
	if h.p.Stats().ReassemblyFull != 3 {
		t.Errorf("%+v", h.p.Stats())
	}
	for i := range 20 {
		h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 500, 1024*i, true, octets(1024)))
		if h.p.reass.bytes > 8192 {
			t.Fatalf("%d bytes", h.p.reass.bytes)
		}
	}
	h.checkLeaks()
}

// Datagrams of one id on two links, from link-local addresses, do not mix.
func TestReassemblyPerLink(t *testing.T) {
	h := newHost(t, Config{})
	other, _ := h.addInterface(netif.Properties{HWAddr: ourHW})
	h.nd.Start(other, true)
	h.receiveOn(h.ifc, fragmentOf(peerLL, ourLL, ip.UDP, 1, 0, true, octets(16)), 0)
	h.receiveOn(other, fragmentOf(peerLL, ourLL, ip.UDP, 1, 16, false, octets(4)), 0)
	if len(h.udp.got) != 0 {
		t.Error("mixed")
	}
	h.ifs.Remove(other)
	if h.p.reass.n != 1 {
		t.Errorf("%d datagrams after the link is gone", h.p.reass.n)
	}
	h.checkLeaks()
}

// The largest datagram comes through; one byte more does not fit the field.
func TestLargestDatagram(t *testing.T) {
	h := newHost(t, Config{})
	data := octets(65535)
	for off := 0; off < len(data); off += 1400 {
		end := min(off+1400, len(data))
		h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, off, end < len(data), data[off:end]))
	}
	if len(h.udp.got) != 1 || !bytes.Equal(h.udp.got[0].data, data) {
		t.Errorf("%d delivered; %+v", len(h.udp.got), h.p.Stats())
	}
	h.checkLeaks()
}

// Fragments in any order, some twice, some lying, against a map of bytes.
func TestReassemblyAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHost(t, Config{})
		const blocks = 10
		type piece struct {
			off, n int
			more   bool
			fill   byte
		}
		got := map[int]byte{} // offset → byte, as the model has it
		var taken []piece
		end, dead := -1, false
		delivered := 0
		for range rapid.IntRange(1, 25).Draw(rt, "fragments") {
			f := piece{off: 8 * rapid.IntRange(0, blocks-1).Draw(rt, "block")}
			f.more = rapid.IntRange(0, 3).Draw(rt, "last") != 0
			f.n = 8 * rapid.IntRange(1, 3).Draw(rt, "blocks")
			if !f.more {
				f.n -= rapid.IntRange(0, 7).Draw(rt, "tail")
			}
			if f.off == 0 && !f.more {
				continue // atomic
			}
			f.fill = byte(rapid.IntRange(0, 9).Draw(rt, "liar")) / 9
			data := bytes.Repeat([]byte{f.fill}, f.n)
			h.receive(fragmentOf(peerGA, ourGA, ip.UDP, 1, f.off, f.more, data))
			if dead {
				if len(h.udp.got) != delivered {
					rt.Fatal("a spoiled datagram was delivered")
				}
				continue
			}
			same := false
			for _, x := range taken {
				same = same || x == f
			}
			if same {
				continue
			}
			clash := !f.more && end >= 0 || end >= 0 && f.off+f.n > end
			for at := range got {
				clash = clash || at >= f.off && at < f.off+f.n || !f.more && at >= f.off
			}
			if clash {
				dead = true
				continue
			}
			for i := range f.n {
				got[f.off+i] = f.fill
			}
			taken = append(taken, f)
			if !f.more {
				end = f.off + f.n
			}
			if len(got) != end {
				if len(h.udp.got) != delivered {
					rt.Fatalf("delivered with %d of %d bytes", len(got), end)
				}
				continue
			}
			if len(h.udp.got) != delivered+1 {
				rt.Fatalf("complete but not delivered: %+v", h.p.Stats())
			}
			for at, b := range h.udp.got[delivered].data {
				if b != got[at] {
					rt.Fatalf("byte %d is %d", at, b)
				}
			}
			delivered++
			got, taken, end = map[int]byte{}, nil, -1
		}
		h.advance(61 * time.Second)
		h.checkLeaks()
	})
}

// What goes out in fragments comes back as it was, whatever the order and MTU.
func TestFragmentThenReassemble(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		a, b := newHost(t, Config{}), newHost(t, Config{})
		a.ifc.SetMTU6(1280 + rng.IntN(221))
		data := octets(1500 + rng.IntN(30000))
		sendChain(t, a, data, 1+rng.IntN(2000))
		out := a.sent()
		rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
		for _, f := range out {
			if len(f) > a.ifc.MTU6() {
				t.Fatalf("%d bytes, MTU %d", len(f), a.ifc.MTU6())
			}
			copy(f[8:40], append(peerGA.AsSlice(), ourGA.AsSlice()...))
			b.receive(f)
		}
		if len(b.udp.got) != 1 || !bytes.Equal(b.udp.got[0].data, data) {
			t.Fatalf("%d bytes in %d fragments: %+v", len(data), len(out), b.p.Stats())
		}
		a.checkLeaks()
		b.checkLeaks()
	}
}
