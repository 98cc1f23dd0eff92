package tcp

import (
	"net/netip"
	"runtime"
	"testing"
	"time"
	"unsafe"

	"github.com/golwip/lwip/ip"
)

// listenWith makes a listener on port 80 with a backlog.
func (r *rig) listenWith(backlog int, set func(*PCB)) (*Listener, *lazyDoor) {
	r.t.Helper()
	p, err := r.tcp.NewPCB()
	if err != nil {
		r.t.Fatal(err)
	}
	if set != nil {
		set(p)
	}
	p.Bind(netip.AddrPortFrom(netip.Addr{}, 80), nil)
	h := &lazyDoor{}
	l, err := p.Listen(backlog, h)
	if err != nil {
		r.t.Fatal(err)
	}
	return l, h
}

// An ACK for a full accept queue is dropped, and the connection is established by
// the repetition of it.
func TestAcceptQueueFull(t *testing.T) {
	r := newRig(t, Config{})
	l, h := r.listenWith(1, nil)
	for port := uint16(1); port <= 2; port++ {
		r.port = port
		r.send(SYN, 0, 0)
		r.expect(SYN|ACK, 0, 1, 0)
	}
	r.port = 1
	r.send(ACK, 1, 1)
	r.port = 2
	r.send(ACK, 1, 1)
	r.silent()
	if s := r.tcp.Stats(); len(h.got) != 1 || s.AcceptFull != 1 || r.tcp.Count(SynReceived) != 1 {
		t.Fatalf("%d accepted, %d refused, %d half-open", len(h.got), s.AcceptFull, r.tcp.Count(SynReceived))
	}
	r.port = 3
	r.send(SYN, 0, 0)
	r.silent()
	if r.tcp.Stats().Backlog != 1 {
		t.Error("a SYN for a full accept queue was not counted")
	}
	r.pass(time.Second)
	r.port = 2
	r.expect(SYN|ACK, 0, 1, 0)
	l.Accepted(h.got[0])
	r.send(ACK, 1, 1, 'x')
	if len(h.got) != 2 || h.got[1].State() != Established {
		t.Fatal("the repeated ACK was not taken")
	}
	if rtt := h.got[1].Info().RTT; rtt != 0 {
		t.Errorf("a round trip of %v was taken from a repeated SYN,ACK", rtt)
	}
	l.Close()
	r.end()
}

// An ACK of something else makes no connection of a half-open one, nor ends it.
//
// RFC 9293 §3.10.7.4, fifth.
func TestHalfOpenBadACK(t *testing.T) {
	r := newRig(t, Config{})
	l, h := r.listenWith(1, nil)
	r.send(SYN, 0, 0)
	r.expect(SYN|ACK, 0, 1, 0)
	r.send(ACK, 1, 7)
	if s := r.take(); len(s) != 1 || s[0].flags != RST {
		t.Errorf("sent %v", s)
	}
	if r.tcp.pcbs != 0 || l.pending != 0 || r.tcp.Count(SynReceived) != 1 {
		t.Errorf("%d PCBs, %d pending, %d half-open", r.tcp.pcbs, l.pending, r.tcp.Count(SynReceived))
	}
	r.send(ACK, 1, 1)
	if len(h.got) != 1 {
		t.Error("the right ACK was not taken")
	}
	l.Close()
	r.end()
}

// Nor does one with a timestamp from before the SYN.
//
// RFC 7323 §5.3.
func TestHalfOpenOldTimestamp(t *testing.T) {
	r := newRig(t, Config{})
	l, h := r.listenWith(1, nil)
	r.deliver(r.segment(SYN, 0, 0, 60000, synOpts(1460, true, 100, 7), nil))
	e := r.expect(SYN|ACK, 0, 1, 0)
	r.opts = tsOpt(99, e.opt.tsval)
	r.send(ACK, 1, 1)
	r.expect(ACK, 1, 1, 0)
	if r.tcp.pcbs != 0 || l.pending != 0 || r.tcp.Count(SynReceived) != 1 {
		t.Errorf("%d PCBs, %d pending, %d half-open", r.tcp.pcbs, l.pending, r.tcp.Count(SynReceived))
	}
	r.opts = tsOpt(101, e.opt.tsval)
	r.send(ACK, 1, 1)
	if len(h.got) != 1 {
		t.Error("a newer one was not taken")
	}
	l.Close()
	r.end()
}

// SYN,ACKs are repeated with back-off, then the half-open connection is forgotten.
//
// RFC 6298 §5.5.
func TestHalfOpenTimeout(t *testing.T) {
	r := newRig(t, Config{MaxSYNRetransmits: 3})
	r.listenWith(5, nil)
	begun := r.now
	r.send(SYN, 0, 0)
	r.pass(5 * time.Minute)
	sent := r.take()
	want := []time.Duration{0, 1, 3, 7}
	if len(sent) != len(want) {
		t.Fatalf("sent %v", sent)
	}
	for i, s := range sent {
		if at := s.at.Sub(begun); at != want[i]*time.Second {
			t.Errorf("SYN,ACK %d after %v", i, at)
		}
	}
	if r.tcp.Count(SynReceived) != 0 || r.tcp.Stats().HalfOpenTimeout != 1 || r.q.Len() != 0 {
		t.Error("it is still there")
	}
	r.end()
}

// The handshake's round trip is the first sample, and the first segment's payload
// counts.
func TestHalfOpenRoundTrip(t *testing.T) {
	r := newRig(t, Config{})
	_, h := r.listenWith(5, nil)
	r.send(SYN, 0, 0)
	r.pass(70 * time.Millisecond)
	r.take()
	r.send(ACK, 1, 1, 'h', 'i')
	if len(h.got) != 1 || h.got[0].Info().RTT != 70*time.Millisecond || h.got[0].rcv.nxt != r.irs.Add(3) {
		t.Fatal("not established, not measured, or the payload lost")
	}
	r.end()
}

// Half-open connections are few bytes each, however many there are, and all of it
// is given back.
func TestHalfOpenMemory(t *testing.T) {
	if n := unsafe.Sizeof(halfOpen{}); n > 192 {
		t.Errorf("%d bytes each", n)
	}
	r := newRig(t, Config{SynQueue: 20000})
	r.listenWith(5, nil)
	r.out = func(p packet) { p.buf.Free() }
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	flood(r, 20000)
	if n := r.tcp.Count(SynReceived); n != 20000 {
		t.Fatalf("%d half-open", n)
	}
	if each := (heap() - before) / 20000; each > 256 {
		t.Errorf("%d bytes of heap each", each)
	}
	flood(r, 1) // one more
	if s := r.tcp.Stats(); s.HalfOpenFull != 1 || s.CookiesSent != 1 {
		t.Errorf("%+v", s)
	}
	r.pass(time.Hour)
	if r.tcp.Count(SynReceived) != 0 || r.tcp.syn.nfree > maxFreeHalfOpen || len(r.tcp.syn.slots) > minSlots {
		t.Error("not given back")
	}
	r.end()
}

// flood sends n SYNs from so many addresses.
func flood(r *rig, n int) {
	for i := range n {
		r.peer = netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})
		if n == 1 {
			r.peer = netip.MustParseAddr("12.0.0.1")
		}
		r.inject(r.segment(SYN, 0, 0, 1000, nil, nil))
	}
	r.tcp.Flush()
}

// A repeated SYN that the driver has no room for is answered when it has, and then
// once.
func TestHalfOpenWaitsForDriver(t *testing.T) {
	r := newRig(t, Config{})
	r.listenWith(5, nil)
	r.refuse = func() error { return ip.ErrQueueFull }
	r.send(SYN, 0, 0)
	r.silent()
	r.refuse = nil
	r.pass(retryOutput)
	r.expect(SYN|ACK, 0, 1, 0)
	r.pass(time.Second - time.Millisecond)
	r.silent()
	r.pass(2 * time.Millisecond)
	r.expect(SYN|ACK, 0, 1, 0)
	r.end()
}

// A listener with SetDeferAccept holds a connection back until payload comes, or
// the time is over.
func TestDeferAccept(t *testing.T) {
	r := newRig(t, Config{})
	l, h := r.listenWith(5, func(p *PCB) { p.SetDeferAccept(5 * time.Second) })
	r.send(SYN, 0, 0)
	r.take()
	r.send(ACK, 1, 1)
	r.send(ACK, 1, 1)
	r.pass(3 * time.Second)
	r.silent()
	if len(h.got) != 0 {
		t.Fatal("accepted without payload")
	}
	r.send(ACK, 1, 1, 'x')
	if len(h.got) != 1 || h.got[0].rcv.nxt != r.irs.Add(2) {
		t.Fatal("payload does not end the deferral")
	}
	r.take()
	r.port++
	r.send(SYN, 0, 0)
	r.take()
	r.send(ACK, 1, 1)
	r.pass(5 * time.Second)
	r.expect(SYN|ACK, 0, 1, 0)
	r.send(ACK, 1, 1)
	if len(h.got) != 2 {
		t.Fatal("the deferral does not end")
	}
	l.Close()
	r.end()
}

// Taking and forgetting SYNs allocates nothing, nor does answering by cookies.
func TestZeroAllocSYN(t *testing.T) {
	for _, c := range []CookiePolicy{CookiesUnderPressure, CookiesAlways} {
		r := newRig(t, Config{Cookies: c})
		r.listenWith(5, nil)
		r.out = func(p packet) { p.buf.Free() }
		syn := r.segment(SYN, 0, 0, 1000, synOpts(1460, true, 9, 7), nil)
		rst := r.segment(RST, 1, 0, 0, nil, nil)
		allocs := testing.AllocsPerRun(1000, func() {
			r.inject(syn)
			r.tcp.Flush()
			r.inject(rst)
			r.tcp.Flush()
		})
		if allocs != 0 {
			t.Errorf("policy %d: %v allocations a SYN", c, allocs)
		}
		r.end()
	}
}
