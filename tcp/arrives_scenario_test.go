package tcp

import (
	"fmt"
	"testing"
	"time"
)

// verdict is what a segment must lead to.
type verdict struct {
	state State
	reply string // "", "ack", "rst", "synack", or two of them
}

// situation is what the oracle knows of the connection: numbers relative to the
// two ISSs.
type situation struct {
	state    State
	una, nxt int // ours
	rcv, wnd int // RCV.NXT, RCV.WND
	fin      int // number of our FIN; 0: not sent
}

// arrival is a segment as the oracle sees it.
type arrival struct {
	flags    Flags
	seq, ack int
	n        int // payload
}

func (a arrival) len() int {
	n := a.n
	if a.flags.Has(SYN) {
		n++
	}
	if a.flags.Has(FIN) {
		n++
	}
	return n
}

// oracle is RFC 9293 §3.10.7 with RFC 5961, word by word and slowly.
func oracle(c situation, a arrival) verdict {
	stay := func(reply string) verdict { return verdict{c.state, reply} }
	switch c.state {
	case Closed: // §3.10.7.1
		if a.flags.Has(RST) {
			return stay("")
		}
		return stay("rst")
	case Listen: // §3.10.7.2
		switch {
		case a.flags.Has(RST):
			return stay("")
		case a.flags.Has(ACK):
			return stay("rst")
		case a.flags.Has(SYN | FIN): // TestListenIgnoresSYNFIN
			return stay("")
		case a.flags.Has(SYN):
			return verdict{SynReceived, "synack"}
		}
		return stay("")
	case SynSent: // §3.10.7.3
		if a.flags.Has(ACK) && (a.ack <= 0 || a.ack > c.nxt) {
			if a.flags.Has(RST) {
				return stay("")
			}
			return stay("rst")
		}
		switch {
		case a.flags.Has(RST | ACK):
			return verdict{Closed, ""}
		case a.flags.Has(RST), !a.flags.Has(SYN):
			return stay("")
		case !a.flags.Has(ACK):
			return verdict{SynReceived, "synack"}
		case a.flags.Has(FIN):
			return verdict{CloseWait, "ack"}
		}
		return verdict{Established, "ack"}
	}
	// §3.10.7.4, first.
	inWindow := func(x int) bool { return x >= c.rcv && x < c.rcv+c.wnd }
	n := a.len()
	ok := n == 0 && inWindow(a.seq) || n > 0 && (inWindow(a.seq) || inWindow(a.seq+n-1))
	if c.state == SynReceived && a.flags&(SYN|RST) == SYN && a.seq == c.rcv-1 {
		return stay("synack") // the peer repeats its SYN
	}
	// A peer that has filled our window acknowledges from its right edge.
	if n == 0 && a.flags&(ACK|RST) == ACK && a.seq == c.rcv+c.wnd {
		ok = true
	}
	if !ok {
		if a.flags.Has(RST) {
			return stay("")
		}
		return stay("ack")
	}
	// Second: RFC 5961 §3.2, RFC 1337 for TIME-WAIT.
	if a.flags.Has(RST) {
		switch {
		case c.state == TimeWait:
			return stay("")
		case a.seq == c.rcv && c.state == SynReceived: // of a passive open
			return verdict{Listen, ""}
		case a.seq == c.rcv:
			return verdict{Closed, ""}
		}
		return stay("ack")
	}
	// Fourth: RFC 5961 §4.2.
	if a.flags.Has(SYN) {
		if c.state == SynReceived {
			return verdict{Listen, ""}
		}
		return stay("ack")
	}
	// Fifth.
	if !a.flags.Has(ACK) {
		return stay("")
	}
	s := c.state
	if s == SynReceived {
		if a.ack <= c.una || a.ack > c.nxt {
			return stay("rst")
		}
		s = Established
	}
	if a.ack > c.nxt || a.ack < c.una-60000 { // RFC 5961 §5.2: MAX.SND.WND
		return verdict{s, "ack"}
	}
	c.state = s
	s, alive := c.acked(a.ack)
	if !alive {
		return verdict{Closed, ""}
	}
	// Seventh.
	reply := ""
	receiving := s == Established || s == FinWait1 || s == FinWait2
	next := c.rcv
	if a.n > 0 {
		if receiving && (a.seq > c.rcv || a.n > c.wnd) {
			reply = "ack"
		}
		if receiving && a.seq <= c.rcv && a.seq+a.n > c.rcv {
			next = a.seq + a.n
		}
	}
	// Eighth.
	if a.flags.Has(FIN) {
		reply = "ack"
		if a.seq+a.n == next && a.seq+a.n <= c.rcv+c.wnd {
			switch s {
			case Established:
				s = CloseWait
			case FinWait1:
				s = Closing
			case FinWait2:
				s = TimeWait
			}
		}
	}
	return verdict{s, reply}
}

// acked moves on if our FIN is acknowledged; alive is false if that was all.
func (c situation) acked(ack int) (s State, alive bool) {
	if c.fin == 0 || ack != c.fin+1 || ack <= c.una {
		return c.state, true
	}
	switch c.state {
	case FinWait1:
		return FinWait2, true
	case Closing:
		return TimeWait, true
	case LastAck:
		return Closed, false
	}
	return c.state, true
}

// Every state meets every kind of segment.
//
// RFC 9293 §3.10.7, RFC 5961 §3.2, §4.2, §5.2, RFC 1337.
func TestSegmentArrives(t *testing.T) {
	all := []State{Closed, Listen, SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait}
	flags := []Flags{SYN, SYN | ACK, ACK, FIN | ACK, RST, RST | ACK, 0, SYN | FIN, SYN | RST, FIN, PSH | ACK, SYN | FIN | ACK, 0xff}
	for _, s := range all {
		t.Run(s.String(), func(t *testing.T) {
			for _, f := range flags {
				f &^= URG | ECE | CWR // ignored, TestUnusedBits
				for _, n := range []int{0, 10} {
					arrivesInState(t, s, f, n)
				}
			}
		})
	}
}

func arrivesInState(t *testing.T, s State, f Flags, n int) {
	probe := newRig(t, Config{ReceiveBuffer: 0xffff})
	probe.enter(s)
	c := probe.situation()
	probe.end()
	seqs := map[string]int{"exact": c.rcv, "in window": c.rcv + 100, "left edge - 1": c.rcv - 1,
		"old": c.rcv - 1000, "right edge - 1": c.rcv + c.wnd - 1, "right edge": c.rcv + c.wnd,
		"right edge + 1": c.rcv + c.wnd + 1, "outside": c.rcv + c.wnd + 10000}
	acks := map[string]int{"long ago": c.una - 70000, "una - 1": c.una - 1, "una": c.una, "nxt": c.nxt, "nxt + 1": c.nxt + 1}
	if !f.Has(ACK) {
		acks = map[string]int{"none": 0}
	}
	for where, seq := range seqs {
		for what, ack := range acks {
			name := fmt.Sprintf("%v, %d octets, seq %s, ack %s", f, n, where, what)
			r := newRig(t, Config{ReceiveBuffer: 0xffff})
			r.enter(s)
			r.send(f, seq, ack, make([]byte, n)...)
			got := verdict{r.state(), replies(r.take())}
			want := oracle(c, arrival{f, seq, ack, n})
			if got != want {
				t.Errorf("%s: got %v %q, want %v %q", name, got.state, got.reply, want.state, want.reply)
			}
			if p := r.only(); p != nil {
				if err := p.invariant(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			r.pass(time.Millisecond)
			r.end()
		}
	}
}

// state returns where the connection is; SYN-RECEIVED's child of a listener that
// is reset is back in LISTEN, which is CLOSED for the child.
func (r *rig) state() State {
	if p := r.only(); p != nil {
		return p.State()
	}
	if r.tcp.syn.n > 0 {
		return SynReceived
	}
	if r.l != nil && r.pcb == nil {
		return Listen
	}
	return Closed
}

// situation reads the connection's numbers from its state alone.
func (r *rig) situation() situation {
	c := situation{state: r.state()}
	switch c.state {
	case Closed, Listen:
		return situation{state: c.state, una: 1, nxt: 1, rcv: 1, wnd: 1000}
	case SynSent:
		return situation{state: c.state, una: 0, nxt: 1, rcv: 1, wnd: 1000}
	case SynReceived:
		return situation{state: c.state, una: 0, nxt: 1, rcv: 1, wnd: 65535}
	case Established:
		c.una, c.nxt, c.rcv = 1, 1, 1
	case FinWait1:
		c.una, c.nxt, c.rcv, c.fin = 1, 2, 1, 1
	case FinWait2:
		c.una, c.nxt, c.rcv, c.fin = 2, 2, 1, 1
	case CloseWait:
		c.una, c.nxt, c.rcv = 1, 1, 2
	case Closing, LastAck:
		c.una, c.nxt, c.rcv, c.fin = 1, 2, 2, 1
	case TimeWait:
		c.una, c.nxt, c.rcv, c.fin = 2, 2, 2, 1
	}
	c.wnd = r.only().rcv.window()
	return c
}

// replies names what was sent, each kind once.
func replies(sent []emitted) string {
	kinds := ""
	for _, e := range sent {
		k := "ack"
		switch {
		case e.flags.Has(RST):
			k = "rst"
		case e.flags.Has(SYN | ACK):
			k = "synack"
		case e.flags.Has(SYN):
			k = "syn"
		}
		if k != kinds {
			kinds += k
		}
	}
	return kinds
}

// What a RST carries when it answers a segment.
//
// RFC 9293 §3.10.7.1, §3.5.2.
func TestResetNumbers(t *testing.T) {
	r := newRig(t, Config{})
	r.send(SYN, 0, 0, 1, 2, 3)
	if e := r.expect(RST|ACK, -int(int32(r.iss)), 4, 0); e.wnd != 0 {
		t.Errorf("window %d", e.wnd)
	}
	r.send(ACK, 7, 9, 1, 2, 3)
	if e := r.take(); len(e) != 1 || e[0].flags != RST || e[0].seq != 9 || e[0].ack != 0 {
		t.Errorf("sent %v", e)
	}
	r.end()
}

// URG, ECE, CWR and the reserved bits change nothing: urgent data is in-line.
func TestUnusedBits(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	for i := range 4 {
		b := r.segment(ACK|URG|ECE|CWR, 1+3*i, 1, 1000, nil, []byte{1, 2, 3})
		b[12] |= 0x0f
		b[18], b[19] = 0xff, byte(i)
		r.seal(b)
		r.deliver(b)
	}
	if r.up.got.Len() != 12 {
		t.Errorf("%d octets arrived, want 12", r.up.got.Len())
	}
	r.end()
}

// A SYN with a FIN opens nothing.
func TestListenIgnoresSYNFIN(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Listen)
	r.send(SYN|FIN, 0, 0)
	r.silent()
	if n := r.tcp.Stats().BadFlags; n != 1 || r.tcp.Count(SynReceived) != 0 {
		t.Errorf("%d counted, %d children", n, r.tcp.Count(SynReceived))
	}
	r.end()
}

// Challenge ACKs are limited, for each connection by itself.
//
// RFC 5961 §7, CVE-2016-5696.
func TestChallengeLimit(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	for _, f := range []Flags{RST, SYN, ACK, SYN | ACK} {
		r.pass(time.Second)
		r.take()
		for range 100 {
			ack := 1
			if f == ACK {
				ack = 2 // never sent
			}
			r.send(f, 100, ack)
		}
		if n := len(r.take()); n < 10 || n > 17 {
			t.Errorf("%v: %d challenges in one second", f, n)
		}
	}
	r.pass(time.Second)
	for range 100 {
		r.send(SYN, -5000, 0)
	}
	if n := len(r.take()); n < 10 || n > 17 {
		t.Errorf("SYN outside the window: %d challenges in one second", n)
	}
	if r.tcp.Stats().ChallengeLimited == 0 || r.pcb.State() != Established {
		t.Error("not counted, or not established")
	}
	r.end()
}

// A repeated SYN is answered at once with our SYN,ACK.
//
// RFC 9293 §3.10.7.4, fourth.
func TestRepeatedSYN(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(SynReceived)
	r.send(SYN, 0, 0)
	r.expect(SYN|ACK, 0, 1, 0)
	r.send(ACK, 1, 1)
	if s := r.only().State(); s != Established {
		t.Error(s)
	}
	r.end()
}

// The simultaneous open of figure 8, segment by segment. The window of the SYN,ACK
// is not scaled.
//
// RFC 9293 §3.5, figure 8; RFC 7323 §2.2.
func TestSimultaneousOpenSegments(t *testing.T) {
	r := newRig(t, Config{})
	r.dial()
	r.take()
	opts := []byte{optScale, 3, 7, optNOP}
	r.deliver(r.segment(SYN, 0, 0, 60000, opts, nil))
	r.expect(SYN|ACK, 0, 1, 0)
	if r.pcb.State() != SynReceived {
		t.Fatal(r.pcb.State())
	}
	r.deliver(r.segment(SYN|ACK, 0, 1, 60000, opts, nil))
	if r.pcb.State() != Established || r.up.connected != 1 {
		t.Fatal(r.pcb.State())
	}
	if w := r.pcb.Info().SendWindow; w > 60000 || w < 59000 {
		t.Errorf("window %d", w)
	}
	r.end()
}
