package ip4_test

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// fragment returns bytes [off, off+n) of a datagram as a packet.
func fragment(payload []byte, off, n int, id uint16) dgram {
	d := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, id: id, frag: uint16(off / 8)}
	d.payload = payload[off : off+n]
	if off+n < len(payload) {
		d.frag |= 0x2000
	}
	return d
}

// model is reassembly as a map of bytes, as slow and plain as can be.
type model struct {
	bytes    map[int]byte
	pieces   map[[2]int]bool
	end      int
	dead     bool
	clashes  uint64
	tolerant bool
}

// arrive files bytes [off, end) and returns the datagram when it is whole.
func (m *model) arrive(b []byte, off int, more bool) []byte {
	if m.dead {
		return nil
	}
	end := off + len(b)
	clash := false
	top := 0
	for i := range m.bytes {
		clash = clash || i >= off && i < end
		top = max(top, i+1)
	}
	switch {
	case more && m.end >= 0 && end >= m.end, !more && m.end >= 0 && end != m.end, !more && top > end:
		clash = true
	}
	if clash {
		if !m.pieces[[2]int{off, end}] {
			m.clashes++
			m.dead = !m.tolerant
		}
		return nil
	}
	m.pieces[[2]int{off, end}] = true
	for i, c := range b {
		m.bytes[off+i] = c
	}
	if !more {
		m.end = end
	}
	if m.end < 0 || len(m.bytes) != m.end {
		return nil
	}
	out := make([]byte, m.end)
	for i := range out {
		out[i] = m.bytes[i]
	}
	m.reset()
	return out
}

func (m *model) reset() {
	*m = model{bytes: map[int]byte{}, pieces: map[[2]int]bool{}, end: -1, tolerant: m.tolerant, clashes: m.clashes}
}

// Permutations, duplicates and overlaps of fragments, of which each has its own
// bytes, against the model.
func TestReassemblyModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		tolerant := rapid.Bool().Draw(rt, "tolerant")
		h := newHost(t, ip4.Config{TolerateOverlap: tolerant})
		ifc := h.tunnel("10.0.0.1/24")
		m := &model{tolerant: tolerant}
		m.reset()
		type cut struct {
			off, n int
			more   bool
		}
		total := rapid.IntRange(1, 40).Draw(rt, "units")*8 - rapid.IntRange(0, 7).Draw(rt, "odd")
		var cuts []cut
		for off := 0; off < total; {
			n := min(8*rapid.IntRange(1, 8).Draw(rt, "piece"), total-off)
			cuts = append(cuts, cut{off, n, off+n < total})
			off += n
		}
		for range rapid.IntRange(0, 3).Draw(rt, "strays") {
			off := 8 * rapid.IntRange(0, 40).Draw(rt, "off")
			n := 8 * rapid.IntRange(1, 8).Draw(rt, "n")
			cuts = append(cuts, cut{off, n, rapid.Bool().Draw(rt, "more")})
		}
		for range rapid.IntRange(0, 3).Draw(rt, "duplicates") {
			cuts = append(cuts, rapid.SampledFrom(cuts).Draw(rt, "duplicate"))
		}
		var want [][]byte
		for i, c := range rapid.Permutation(cuts).Draw(rt, "order") {
			b := bytes.Repeat([]byte{byte(i + 1)}, c.n) // tells who won
			d := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, id: 7, frag: uint16(c.off / 8), payload: b}
			if c.more {
				d.frag |= 0x2000
			}
			if whole := d.frag == 0; whole { // not a fragment at all
				want = append(want, b)
			} else if out := m.arrive(b, c.off, c.more); out != nil {
				want = append(want, out)
			}
			h.receive(ifc, d.bytes())
		}
		if len(h.udp.got) != len(want) {
			rt.Fatalf("%d datagrams, want %d: %+v", len(h.udp.got), len(want), h.ip.Stats())
		}
		for i := range want {
			if !bytes.Equal(h.udp.got[i].bytes, want[i]) {
				rt.Fatalf("datagram %d\n% x\nwant\n% x", i, h.udp.got[i].bytes, want[i])
			}
		}
		if got := h.ip.Stats().FragmentOverlap; got != m.clashes {
			rt.Fatalf("FragmentOverlap %d, want %d", got, m.clashes)
		}
		h.accounted()
		h.advance(31 * time.Second)
		if h.q.Next() != timers.Never {
			rt.Fatal("a timer runs with nothing to reassemble")
		}
		h.drained()
	})
}

func TestReassemblyInfo(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	payload := pattern(40)
	last := fragment(payload, 16, 24, 5)
	last.ttl = 9
	h.receive(ifc, last.bytes())
	first := fragment(payload, 0, 16, 5)
	first.ttl, first.tos, first.options = 33, 0xb8, []byte{148, 4, 0, 0}
	h.receive(ifc, first.bytes())
	if len(h.udp.got) != 1 || !bytes.Equal(h.udp.got[0].bytes, payload) {
		t.Fatalf("got %v", h.udp.got)
	}
	want := ip.Info{
		Ifc: ifc, Src: addr("10.0.0.2"), Dst: addr("10.0.0.1"), Proto: ip.UDP,
		TTL: 33, TOS: 0xb8, HeaderLen: 24, Reassembled: true,
	}
	if h.udp.got[0].info != want {
		t.Errorf("info %+v, want %+v", h.udp.got[0].info, want)
	}
	h.drained()
}

// What must tell datagrams apart does; lwIP takes those of two protocols for
// one.
func TestReassemblyKey(t *testing.T) {
	payload := pattern(40)
	for _, c := range []struct {
		name   string
		change func(*dgram)
		whole  bool
	}{
		{"same", func(*dgram) {}, true},
		{"source", func(d *dgram) { d.src = "10.0.0.3" }, false},
		{"destination", func(d *dgram) { d.dst = "10.1.0.1" }, false},
		{"identification", func(d *dgram) { d.id++ }, false},
		{"protocol", func(d *dgram) { d.proto = ip.TCP }, false},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.tunnel("10.0.0.1/24")
		h.tunnel("10.1.0.1/24")
		h.receive(ifc, fragment(payload, 0, 16, 5).bytes())
		d := fragment(payload, 16, 24, 5)
		c.change(&d)
		h.receive(ifc, d.bytes())
		if got := len(h.udp.got)+len(h.tcp.got) == 1; got != c.whole {
			t.Errorf("%s: whole %v, want %v", c.name, got, c.whole)
		}
		h.advance(time.Minute)
		h.drained()
	}
	h := newHost(t, ip4.Config{})
	ifc, other := h.tunnel("10.0.0.1/24"), h.tunnel("10.1.0.1/24")
	h.receive(ifc, fragment(payload, 0, 16, 5).bytes())
	h.receive(other, fragment(payload, 16, 24, 5).bytes())
	if len(h.udp.got) != 0 {
		t.Error("fragments of two interfaces make one datagram")
	}
	h.ifs.Remove(ifc)
	h.ifs.Remove(other)
	h.drained()
}

func TestReassemblyRejects(t *testing.T) {
	d := func(proto ip.Proto, off, n int, more bool) []byte {
		g := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: proto, frag: uint16(off / 8), payload: pattern(n)}
		if more {
			g.frag |= 0x2000
		}
		return g.bytes()
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"empty", d(ip.UDP, 8, 0, true), "FragmentBad"},
		{"empty last", d(ip.UDP, 8, 0, false), "FragmentBad"},
		{"not a multiple of 8", d(ip.UDP, 0, 12, true), "FragmentBad"},
		{"beyond 65535", d(ip.UDP, 65528, 8, false), "FragmentBad"},
		{"header counts", d(ip.UDP, 65512, 8, false), "FragmentBad"},
		{"tiny first (RFC 1858)", d(ip.TCP, 0, 16, true), "FragmentTiny"},
		{"second at 8 (RFC 3128)", d(ip.TCP, 8, 40, false), "FragmentTiny"},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.tunnel("10.0.0.1/24")
		before := h.ip.Stats()
		h.receive(ifc, c.b)
		if got := changed(before, h.ip.Stats()); got[c.want] != 1 {
			t.Errorf("%s: counted %v, want %s", c.name, got, c.want)
		}
		h.accounted()
		h.drained()
	}
}

// The largest datagram there is.
func TestReassemblyLargest(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	payload := pattern(65515)
	for off := 0; off < len(payload); off += 1480 {
		h.receive(ifc, fragment(payload, off, min(1480, len(payload)-off), 1).bytes())
	}
	if len(h.udp.got) != 1 || !bytes.Equal(h.udp.got[0].bytes, payload) {
		t.Fatalf("%d datagrams: %+v", len(h.udp.got), h.ip.Stats())
	}
	// Options of the first fragment can make it too large.
	for off := 0; off < len(payload); off += 1480 {
		d := fragment(payload, off, min(1480, len(payload)-off), 2)
		if off == 0 {
			d.options = []byte{148, 4, 0, 0}
		}
		h.receive(ifc, d.bytes())
	}
	if s := h.ip.Stats(); len(h.udp.got) != 1 || s.FragmentBad != 1 {
		t.Errorf("%d datagrams: %+v", len(h.udp.got), s)
	}
	h.drained()
}

// RFC 792, RFC 1122 §3.3.2; C lwIP answers a lone first fragment after 16 s.
func TestReassemblyTimeout(t *testing.T) {
	for _, c := range []struct {
		name  string
		cfg   ip4.Config
		off   int
		after time.Duration
		want  int
	}{
		{"first, upstream", ip4.Upstream(), 0, 16 * time.Second, 1},
		{"first, default", ip4.Config{}, 0, 30 * time.Second, 1},
		{"second", ip4.Config{}, 16, 30 * time.Second, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			ifc := h.tunnel("10.0.0.1/24")
			d := fragment(pattern(64), c.off, 16, 5)
			h.receive(ifc, d.bytes())
			h.advance(c.after - time.Millisecond)
			if h.ip.Stats().ReassemblyTimeouts != 0 {
				t.Error("given up too early")
			}
			h.advance(time.Millisecond)
			if h.ip.Stats().ReassemblyTimeouts != 1 {
				t.Error("not given up")
			}
			sent := take(ifc)
			if len(sent) != c.want {
				t.Fatalf("%d ICMP messages, want %d", len(sent), c.want)
			}
			if c.want == 1 {
				l, m := decodeICMP(t, sent[0])
				if m.TypeCode.Type() != 11 || m.TypeCode.Code() != 1 || !l.DstIP.Equal(addr("10.0.0.2").AsSlice()) {
					t.Errorf("sent %v to %v", m.TypeCode, l.DstIP)
				}
				if quote := d.bytes()[:28]; !bytes.HasPrefix(m.Payload, quote) {
					t.Errorf("quotes % x, want % x", m.Payload, quote)
				}
			}
			h.drained()
		})
	}
}

// Many datagrams, fragments and bytes: the oldest go, and nothing grows beyond
// the limits.
func TestReassemblyLimits(t *testing.T) {
	payload := pattern(64)
	complete := func(h *host, id uint16) bool {
		n := len(h.udp.got)
		h.receive(h.ifs.List()[0], fragment(payload, 16, 48, id).bytes())
		return len(h.udp.got) > n
	}
	for _, c := range []struct {
		name string
		cfg  ip4.Config
		keep int // of 20 datagrams begun
	}{
		{"datagrams", ip4.Config{ReassemblyDatagrams: 5}, 5},
		{"fragments", ip4.Config{ReassemblyFragments: 7}, 7},
		{"bytes", ip4.Config{ReassemblyBytes: 3*pbuf.Small + 3*64}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			ifc := h.tunnel("10.0.0.1/24")
			for id := range uint16(20) {
				h.receive(ifc, fragment(payload, 0, 16, id).bytes())
			}
			if s := h.ip.Stats(); s.ReassemblyEvicted != uint64(20-c.keep) {
				t.Errorf("ReassemblyEvicted %d, want %d", s.ReassemblyEvicted, 20-c.keep)
			}
			if n := h.pool.Stats().BlocksInUse; n != c.keep {
				t.Errorf("%d blocks held, want %d", n, c.keep)
			}
			if !complete(h, 19) {
				t.Error("the newest is gone")
			}
			h.advance(time.Minute)
			h.drained()
		})
	}
	t.Run("one datagram alone", func(t *testing.T) {
		h := newHost(t, ip4.Config{ReassemblyFragments: 4})
		ifc := h.tunnel("10.0.0.1/24")
		for off := 0; off < 48; off += 8 {
			h.receive(ifc, fragment(payload, off, 8, 1).bytes())
		}
		if s := h.ip.Stats(); s.FragmentLimit != 1 || s.FragmentRefused != 1 {
			t.Errorf("FragmentLimit %d, FragmentRefused %d, want 1, 1", s.FragmentLimit, s.FragmentRefused)
		}
		h.drained()
	})
}

// RFC 3168 §5.3.
func TestReassemblyECN(t *testing.T) {
	const notECT, ect1, ect0, ce = 0, 1, 2, 3
	for _, c := range []struct {
		first, last, want uint8
		dropped           bool
	}{
		{notECT, notECT, notECT, false},
		{ect0, ect0, ect0, false},
		{ect1, ce, ce, false},
		{ce, ect0, ce, false},
		{ce, ce, ce, false},
		{notECT, ce, 0, true},
		{ce, notECT, 0, true},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.tunnel("10.0.0.1/24")
		a, b := fragment(pattern(32), 0, 16, 5), fragment(pattern(32), 16, 16, 5)
		a.tos, b.tos = 0x20|c.first, 0x20|c.last
		h.receive(ifc, a.bytes())
		h.receive(ifc, b.bytes())
		switch {
		case c.dropped:
			if len(h.udp.got) != 0 || h.ip.Stats().FragmentECN != 1 {
				t.Errorf("%d, %d: not dropped", c.first, c.last)
			}
		case len(h.udp.got) != 1 || h.udp.got[0].info.TOS != 0x20|c.want:
			t.Errorf("%d, %d: %+v", c.first, c.last, h.udp.got)
		}
		h.accounted()
		h.drained()
	}
}
