package raw_test

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
)

// TestReceivedHasHeader: row J1. Over IPv4 the whole packet, with options.
func TestReceivedHasHeader(t *testing.T) {
	for _, optLen := range []int{0, 4, 40} {
		w := newWorld(raw.Config{})
		var r recorder
		w.pcb(t, ip.ICMP, &r)
		if w.input(t, info(peer, addrA, ip.ICMP, w.a), optLen, "message") {
			t.Error("eaten")
		}
		want := string(header4(peer, addrA, ip.ICMP, 7, optLen)) + "message"
		if len(r.got) != 1 || r.got[0] != want {
			t.Errorf("got %x, want %x", r.got, want)
		}
		noLeak(t, w.pool)
	}
}

// TestReceivedReassembled: the header is made up, and gopacket reads it.
func TestReceivedReassembled(t *testing.T) {
	for _, eat := range []bool{false, true} {
		w := newWorld(raw.Config{})
		r := recorder{eat: eat}
		w.pcb(t, ip.ICMP, &r)
		i := info(peer, addrA, ip.ICMP, w.a)
		i.Reassembled, i.TOS = true, 0x10
		if got := w.input(t, i, 0, "message"); got != eat {
			t.Errorf("eaten: %v", got)
		}
		if len(r.got) != 1 {
			t.Fatalf("offered %d times", len(r.got))
		}
		var h layers.IPv4
		if err := h.DecodeFromBytes([]byte(r.got[0]), gopacket.NilDecodeFeedback); err != nil {
			t.Fatal(err)
		}
		from, _ := netip.AddrFromSlice(h.SrcIP)
		to, _ := netip.AddrFromSlice(h.DstIP)
		if from != peer || to != addrA || h.TTL != 64 || h.TOS != 0x10 || h.Protocol != layers.IPProtocolICMPv4 ||
			string(h.Payload) != "message" || checksum.Sum([]byte(r.got[0])[:20]) != 0xffff {
			t.Errorf("gopacket reads %+v", h)
		}
		noLeak(t, w.pool)
	}
}

func TestReceivedReassembledOutOfMemory(t *testing.T) {
	w := newWorld(raw.Config{})
	full := pbuf.NewPool(pbuf.Config{MaxBytes: pbuf.Small})
	u := raw.New(full, w.n4, w.n6, w.ifs, raw.Config{})
	var r recorder
	if _, err := u.NewPCB(ip.ICMP, &r); err != nil {
		t.Fatal(err)
	}
	buf := full.AllocBytes(0, 8)
	i := info(peer, addrA, ip.ICMP, w.a)
	i.Reassembled = true
	if u.InputRaw(buf, i) || len(r.got) != 0 || u.Stats().RxNoMemory != 1 {
		t.Errorf("got %x, stats %+v", r.got, u.Stats())
	}
	buf.Free()
	noLeak(t, full)
}

// TestFirstEaterStops: row J2.
func TestFirstEaterStops(t *testing.T) {
	w := newWorld(raw.Config{})
	var order []*raw.PCB
	eater := recorder{eat: true}
	eater.then = func(p *raw.PCB) { order = append(order, p) }
	watcher := recorder{then: eater.then}
	first := w.pcb(t, ip.ICMP, &eater)
	second := w.pcb(t, ip.ICMP, &watcher)
	third := w.pcb(t, ip.ICMP, &watcher)
	w.pcb(t, ip.TCP, &eater)
	if !w.input(t, info(peer, addrA, ip.ICMP, w.a), 0, "x") {
		t.Error("not eaten")
	}
	if !slices.Equal(order, []*raw.PCB{third, second, first}) {
		t.Errorf("offered in another order")
	}
	order = nil
	w.input(t, info(peer, addrA, ip.ICMP, w.a), 0, "x")
	if !slices.Equal(order, []*raw.PCB{first}) {
		t.Errorf("the eater was not offered the next packet first")
	}
	first.Close()
	order = nil
	if w.input(t, info(peer, addrA, ip.ICMP, w.a), 0, "x") || len(order) != 2 {
		t.Errorf("after Close: offered %d times", len(order))
	}
	if s := w.raw.Stats(); s.Eaten != 2 || s.Delivered != 6 {
		t.Errorf("stats %+v", s)
	}
	noLeak(t, w.pool)
}

// TestWants: row J3.
func TestWants(t *testing.T) {
	for _, c := range []struct {
		name     string
		setup    func(w *world, p *raw.PCB) error
		src, dst netip.Addr
		want     bool
	}{
		{"any", func(*world, *raw.PCB) error { return nil }, peer, addrA, true},
		{"any, ipv6", func(*world, *raw.PCB) error { return nil }, peer6, addrA6, true},
		{"any IPv4 address", func(w *world, p *raw.PCB) error { return p.Bind(any4, nil) }, peer, addrA, true},
		{"any IPv4 address, ipv6", func(w *world, p *raw.PCB) error { return p.Bind(any4, nil) }, peer6, addrA6, false},
		{"any IPv6 address, ipv4", func(w *world, p *raw.PCB) error { return p.Bind(any6, nil) }, peer, addrA, false},
		{"bound", func(w *world, p *raw.PCB) error { return p.Bind(addrA, nil) }, peer, addrA, true},
		{"bound to another", func(w *world, p *raw.PCB) error { return p.Bind(addrB, nil) }, peer, addrA, false},
		{"bound to a group", func(w *world, p *raw.PCB) error { return p.Bind(group, nil) }, peer, group, true},
		{"broadcast to any", func(w *world, p *raw.PCB) error { return p.Bind(any4, nil) }, peer, bcastA, true},
		{"interface", func(w *world, p *raw.PCB) error { return p.BindInterface(w.a) }, peer, addrA, true},
		{"another interface", func(w *world, p *raw.PCB) error { return p.BindInterface(w.b) }, peer, addrA, false},
		{"connected", func(w *world, p *raw.PCB) error { return p.Connect(peer) }, peer, addrA, true},
		{"connected to another", func(w *world, p *raw.PCB) error { return p.Connect(other) }, peer, addrA, false},
		{"disconnected", func(w *world, p *raw.PCB) error {
			err := p.Connect(other)
			p.Disconnect()
			return err
		}, peer, addrA, true},
		{"closed", func(w *world, p *raw.PCB) error { p.Close(); return nil }, peer, addrA, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(raw.Config{})
			var r recorder
			if err := c.setup(w, w.pcb(t, 99, &r)); err != nil {
				t.Fatal(err)
			}
			w.input(t, info(c.src, c.dst, 99, w.a), 0, "x")
			if got := len(r.got) == 1; got != c.want {
				t.Errorf("offered: %v, want %v", got, c.want)
			}
			noLeak(t, w.pool)
		})
	}
}

// TestHandlersChangeTheList: security class 12.
func TestHandlersChangeTheList(t *testing.T) {
	w := newWorld(raw.Config{})
	var r recorder
	var pcbs []*raw.PCB
	for range 4 {
		pcbs = append(pcbs, w.pcb(t, 99, &r))
	}
	depth := 0
	r.then = func(p *raw.PCB) {
		if depth++; depth > 3 {
			return
		}
		for _, q := range pcbs {
			if q != p {
				q.Close()
			}
		}
		n := w.pcb(t, 99, &r)
		w.input(t, info(peer, addrA, 99, w.a), 0, "nested")
		n.Close()
		p.Close()
		p.Close()
	}
	w.input(t, info(peer, addrA, 99, w.a), 0, "outer")
	outer := 0
	for _, g := range r.got {
		if bytes.HasSuffix([]byte(g), []byte("outer")) {
			outer++
		}
	}
	if outer != 1 || w.raw.PCBs() != 0 {
		t.Errorf("offered %d times, %d endpoints left", outer, w.raw.PCBs())
	}
	// An eater that closes itself is not put back into the list.
	eater := recorder{eat: true, then: func(p *raw.PCB) { p.Close() }}
	var witness recorder
	w.pcb(t, 99, &eater)
	w.pcb(t, 99, &witness)
	for i, want := range []bool{true, false} {
		if got := w.input(t, info(peer, addrA, 99, w.a), 0, "x"); got != want {
			t.Errorf("packet %d: eaten %v", i, got)
		}
	}
	if len(witness.got) != 2 || w.raw.PCBs() != 1 {
		t.Errorf("the other endpoint saw %d packets; %d endpoints left", len(witness.got), w.raw.PCBs())
	}
	noLeak(t, w.pool)
}

// message6 returns an IPv6 payload with a right checksum at off.
func message6(src, dst netip.Addr, proto ip.Proto, off, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	b[off], b[off+1] = 0, 0
	sum := ^checksum.Add(checksum.Sum(b), ip.PseudoSum(src, dst, proto, n))
	b[off], b[off+1] = byte(sum>>8), byte(sum)
	return b
}

// TestChecksumVerified: RFC 3542 §3.1. Endpoints with a checksum offset see
// right packets only; ICMPv6 ones always have it.
func TestChecksumVerified(t *testing.T) {
	w := newWorld(raw.Config{})
	var with, without recorder
	if err := w.pcb(t, 99, &with).SetChecksumOffset(4); err != nil {
		t.Fatal(err)
	}
	w.pcb(t, 99, &without)
	offer := func(b []byte, proto ip.Proto, flags pbuf.Flags) {
		buf := w.pool.AllocBytes(0, len(b))
		copy(buf.Bytes(), b)
		buf.Flags = flags
		if w.raw.InputRaw(buf, info(peer6, addrA6, proto, w.a)) {
			t.Error("eaten")
		}
		buf.Free()
	}
	b := message6(peer6, addrA6, 99, 4, 11)
	offer(b, 99, 0)
	b[10] ^= 1
	offer(b, 99, 0)
	offer(b, 99, pbuf.Verified) // the link vouches for it
	if len(with.got) != 2 || len(without.got) != 3 || w.raw.Stats().BadChecksum != 1 {
		t.Errorf("with %d, without %d, stats %+v", len(with.got), len(without.got), w.raw.Stats())
	}
	var icmp recorder
	w.pcb(t, ip.ICMPv6, &icmp)
	b = message6(peer6, addrA6, ip.ICMPv6, 2, 8)
	offer(b, ip.ICMPv6, 0)
	for i := range b {
		b[i] ^= 0x10
		offer(b, ip.ICMPv6, 0)
		b[i] ^= 0x10
	}
	if len(icmp.got) != 1 || icmp.got[0] != string(b) || w.raw.Stats().BadChecksum != 9 {
		t.Errorf("ICMPv6: got %d, stats %+v", len(icmp.got), w.raw.Stats())
	}
	noLeak(t, w.pool)
}

// TestEveryTruncation offers every prefix of a packet: raw has no header of its
// own to check, so each is offered as it is, or withheld for its checksum.
func TestEveryTruncation(t *testing.T) {
	w := newWorld(raw.Config{})
	var r recorder
	w.pcb(t, ip.ICMPv6, &r)
	w.pcb(t, ip.ICMP, &r)
	b := message6(peer6, addrA6, ip.ICMPv6, 2, 24)
	for n := range len(b) + 1 {
		before := w.raw.Stats()
		buf := w.pool.AllocBytes(0, n)
		copy(buf.Bytes(), b)
		w.raw.InputRaw(buf, info(peer6, addrA6, ip.ICMPv6, w.a))
		buf.Free()
		w.input(t, info(peer, addrA, ip.ICMP, w.a), 0, string(b[:n]))
		s := w.raw.Stats()
		if s.Delivered+s.BadChecksum != before.Delivered+before.BadChecksum+2 {
			t.Errorf("%d bytes: not counted: %+v", n, s)
		}
	}
	if s := w.raw.Stats(); s.BadChecksum != uint64(len(b)) {
		t.Errorf("stats %+v", s)
	}
	noLeak(t, w.pool)
}

func TestZeroAlloc(t *testing.T) {
	w := newWorld(raw.Config{})
	w.n4.quiet, w.n6.quiet = true, true
	var r quiet
	w.pcb(t, 99, &r)
	p := w.pcb(t, 99, &r)
	i4, i6 := info(peer, addrA, 99, w.a), info(peer6, addrA6, 99, w.a)
	re := info(peer, addrA, 99, w.a)
	re.Reassembled = true
	if err := p.SetChecksumOffset(2); err != nil {
		t.Fatal(err)
	}
	offer := func(i *ip.Info) func() {
		return func() {
			buf := w.pool.AllocBytes(20, 20)
			i.HeaderLen = 20
			w.raw.InputRaw(buf, i)
			buf.Free()
		}
	}
	for name, f := range map[string]func(){
		"offer ipv4":        offer(i4),
		"offer ipv6":        offer(i6),
		"offer reassembled": offer(re),
		"send ipv4":         func() { _ = p.SendTo(w.payload("x"), peer) },
		"send ipv6":         func() { _ = p.SendTo(w.payload("with checksum"), peer6) },
	} {
		f()
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if r.n == 0 || w.raw.Stats().SendErrors != 0 {
		t.Errorf("offered %d, stats %+v", r.n, w.raw.Stats())
	}
	noLeak(t, w.pool)
}

// quiet is a handler that only counts.
type quiet struct{ n int }

func (q *quiet) Received(*raw.PCB, *pbuf.Buf, *ip.Info) bool { q.n++; return false }

// BenchmarkInputRaw measures what raw costs a packet that no endpoint wants,
// and one that one endpoint looks at.
func BenchmarkInputRaw(b *testing.B) {
	for _, proto := range []ip.Proto{ip.TCP, 99} {
		name := "nobody"
		if proto == 99 {
			name = "one endpoint"
		}
		b.Run(name, func(b *testing.B) {
			w := newWorld(raw.Config{})
			w.pcb(b, 99, &quiet{})
			buf := w.pool.AllocBytes(20, 100)
			i := info(peer, addrA, proto, w.a)
			i.HeaderLen = 20
			for b.Loop() {
				if w.raw.InputRaw(buf, i) {
					b.Fatal("eaten")
				}
			}
		})
	}
}

// FuzzInputRaw offers any bytes as any packet: it comes back unchanged, and no
// memory is lost.
func FuzzInputRaw(f *testing.F) {
	f.Add(header4(peer, addrA, 99, 4, 0), uint8(20), false, false)
	f.Add(message6(peer6, addrA6, ip.ICMPv6, 2, 24), uint8(0), true, false)
	f.Add([]byte{}, uint8(0), false, true)
	w := newWorld(raw.Config{})
	var r recorder
	w.pcb(f, ip.ICMPv6, &r)
	w.pcb(f, 99, &r)
	f.Fuzz(func(t *testing.T, b []byte, hlen uint8, v6, reassembled bool) {
		n := min(int(hlen), len(b))
		if len(b) > pbuf.MaxLen {
			return
		}
		i := info(peer, addrA, 99, w.a)
		if v6 {
			i = info(peer6, addrA6, ip.ICMPv6, w.a)
		}
		i.HeaderLen, i.Reassembled = n, reassembled
		buf := w.pool.AllocBytes(0, len(b))
		copy(buf.Bytes(), b)
		buf.RemoveHeader(n)
		r.got, r.pcbs = nil, nil
		if w.raw.InputRaw(buf, i) {
			t.Fatal("eaten")
		}
		if !bytes.Equal(buf.Bytes(), b[n:]) {
			t.Errorf("came back as %x", buf.Bytes())
		}
		for _, g := range r.got {
			if v6 && g != string(b[n:]) || !v6 && !reassembled && g != string(b) || !bytes.HasSuffix([]byte(g), b[n:]) {
				t.Errorf("offered %x of %x", g, b)
			}
		}
		buf.Free()
		noLeak(t, w.pool)
	})
}
