package fuzz

import (
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// FuzzTimers lets time pass in any steps, days among them, with a host that is
// suspended now and then, between the events of a connection in any state.
func FuzzTimers(f *testing.F) {
	for state := range 10 {
		for _, k := range []byte{0, 1, 2, 8} {
			f.Add([]byte{k, byte(state), 0, 40, 0, 120, 2, 0, 200, 1, 80, 3, 1, 0, 0, 120, 4, 9, 0, 150, 5, 0, 200})
			f.Add([]byte{k, byte(state) | 64, 1, 160, 2, 3, 0, 100, 6, 0, 200, 1, 190, 7, 0, 60})
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 120 {
			return
		}
		s := source(b)
		k := kind(s.byte())
		state := s.byte()
		w := newWorld(t, k)
		c, q := w.enter(stateOf(state), state&64 != 0)
		days := 4 * 24 * time.Hour
		for n := 0; len(s) > 0 && n < 40; n++ {
			days -= w.timeOp(&s, c, q, days)
			w.check()
		}
		w.silence(c)
		w.check()
		w.close()
	})
}

// stretch is from a microsecond to three days, in steps of an eighth.
func stretch(b byte) time.Duration {
	d := time.Microsecond
	for i := 0; i < int(b) && d < 3*24*time.Hour; i++ {
		d += d/8 + 1
	}
	return d
}

// timeOp does the next thing that the input says and returns how much time it
// took.
func (w *world) timeOp(s *source, c *conn, q *peer, most time.Duration) time.Duration {
	op := s.byte()
	on := func(f func()) {
		if c != nil {
			w.do(f)
		}
	}
	switch op % 12 {
	case 0:
		d := min(stretch(s.byte()), most)
		w.pass(d)
		return d
	case 1:
		d := min(stretch(s.byte()), most)
		w.jump(d)
		return d
	case 2:
		w.deliver(q.send(ack, 0))
	case 3:
		w.deliver(q.send(ack, int(s.byte())*5))
	case 4:
		q.wnd = uint16(s.byte()) * 40
		w.deliver(q.send(ack, 0))
	case 5:
		on(func() { c.write(int(s.byte()) * 16) })
	case 6:
		on(c.close)
	case 7:
		on(c.shutdown)
	case 8:
		on(func() {
			if c.alive() {
				c.p.Set(tcp.KeepAlive)
				c.p.SetKeepAlive(max(stretch(s.byte()), time.Millisecond), max(stretch(s.byte()), time.Second), s.int(5))
			}
		})
	case 9:
		w.deliver(q.send(ack|fin, 0))
	case 10:
		on(func() {
			if c.alive() {
				c.p.SetUserTimeout(stretch(s.byte()))
			}
		})
	case 11:
		w.deliver(q.segment(ack, q.nxt+700, q.rcv, q.stream(q.nxt+700, 50)))
	}
	return 0
}

// silence lets hours pass without a word of the peer: what waits for one must
// have given up. The exceptions are connections on which nothing is sent.
func (w *world) silence(c *conn) {
	w.t.Helper()
	w.pass(6 * time.Hour)
	w.s.Lock()
	defer w.s.Unlock()
	for _, s := range []tcp.State{tcp.SynSent, tcp.SynReceived, tcp.FinWait1, tcp.Closing, tcp.LastAck, tcp.TimeWait} {
		if n := w.s.TCP().Count(s); n != 0 {
			w.t.Fatalf("%d connections in %v after six hours of silence", n, s)
		}
	}
	if c == nil || !c.alive() {
		return
	}
	if i := c.p.Info(); i.State == tcp.FinWait2 && c.released {
		w.t.Fatal("closed, and in FIN-WAIT-2 after six hours of silence")
	} else if i.InFlight > 0 {
		w.t.Fatalf("%d in flight after six hours of silence: %+v", i.InFlight, i)
	}
}
