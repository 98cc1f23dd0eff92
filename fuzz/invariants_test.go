package fuzz

import (
	"github.com/golwip/lwip/tcp"
)

// reach says which states each may lead to, over any number of transitions
// (RFC 9293 §3.3.2).
func reach(from tcp.State) (set uint) {
	next := map[tcp.State][]tcp.State{
		tcp.SynSent:     {tcp.SynReceived, tcp.Established},
		tcp.SynReceived: {tcp.Established, tcp.FinWait1, tcp.CloseWait},
		tcp.Established: {tcp.FinWait1, tcp.CloseWait},
		tcp.FinWait1:    {tcp.FinWait2, tcp.Closing, tcp.TimeWait},
		tcp.FinWait2:    {tcp.TimeWait},
		tcp.CloseWait:   {tcp.LastAck},
		tcp.Closing:     {tcp.TimeWait},
	}
	set = 1<<from | 1<<tcp.Closed
	for _, s := range next[from] {
		set |= reach(s)
	}
	return set
}

// reaches is reach of every state.
var reaches = func() (t [11]uint) {
	for s := range t {
		t[s] = reach(tcp.State(s))
	}
	return t
}()

// checkTally checks that an event had a bounded answer. What waited for an
// address may come along with it.
func (w *world) checkTally() {
	w.t.Helper()
	if n := 12 + 4*len(w.conns); w.input.segments > n+64 {
		w.t.Fatalf("%d frames without payload answer one frame", w.input.segments)
	}
	if w.input.data > 4*bufferBytes {
		w.t.Fatalf("%d bytes of payload answer one frame", w.input.data)
	}
}

// check checks what must hold between events.
func (w *world) check() {
	w.t.Helper()
	if st := w.s.Pool().Stats(); st.BytesInUse > w.limit || st.BytesInUse < 0 || st.BlocksInUse < 0 || st.ViewsInUse < 0 {
		w.t.Fatalf("packet memory: %+v", st)
	}
	w.s.Lock()
	defer w.s.Unlock()
	pcbs := 0
	for s := tcp.Closed; s <= tcp.TimeWait; s++ {
		n := w.s.TCP().Count(s)
		if n < 0 {
			w.t.Fatalf("%d connections in %v", n, s)
		}
		pcbs += n
	}
	if n := w.s.Timers().Len(); n > pcbs+64 {
		w.t.Fatalf("%d timers for %d connections", n, pcbs)
	}
	for _, c := range w.conns {
		c.check()
	}
}

// check checks the figures of a connection.
func (c *conn) check() {
	t := c.w.t
	t.Helper()
	if !c.alive() {
		return
	}
	i := c.p.Info()
	if reaches[c.state]&(1<<i.State) == 0 {
		t.Fatalf("from %v to %v", c.state, i.State)
	}
	c.state = i.State
	switch {
	case i.State == tcp.Closed && !c.released:
		t.Fatal("closed, but its owner was not told")
	// SYN and FIN take a place each.
	case i.InFlight < 0 || i.Unsent < 0 || int64(i.InFlight) > c.wrote+2 || int64(i.Unsent) > c.wrote+2:
		t.Fatalf("%d in flight, %d unsent, %d written", i.InFlight, i.Unsent, c.wrote)
	case i.MSS < 20 || i.MSS > 1460:
		t.Fatalf("MSS %d", i.MSS)
	case i.Cwnd < 1 && i.State > tcp.SynReceived && i.State != tcp.TimeWait || i.Ssthresh < 0 || i.SendWindow < 0 || i.ReceiveWindow < 0:
		t.Fatalf("windows: %+v", i)
	case i.State != tcp.TimeWait && i.RTO <= 0, i.RTTVar < 0, i.RTT < 0, i.MinRTT < 0:
		t.Fatalf("times: %+v", i)
	case i.ReceiveWindow > c.p.ReceiveBuffer()+65535:
		t.Fatalf("a window of %d, a buffer of %d", i.ReceiveWindow, c.p.ReceiveBuffer())
	case c.peerEnded && (i.State == tcp.Established || i.State == tcp.FinWait1 || i.State == tcp.FinWait2):
		t.Fatalf("%v, but the peer's stream has ended", i.State)
	case c.unread < 0:
		t.Fatal("unread bytes")
	}
}
