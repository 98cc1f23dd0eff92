package tcp

import (
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
)

// script reads a fuzzer's bytes.
type script []byte

func (s *script) byte() int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b)
}

// FuzzSegments plays segments, calls and time at a connection in any state: it
// never panics, moves only as RFC 9293 §3.3.2 allows, its counts stay right, it
// is never stuck, and nothing is left behind.
func FuzzSegments(f *testing.F) {
	f.Add([]byte{4, 0, 0x10, 1, 1, 0, 0x11, 1, 1})
	f.Add([]byte{4, 7, 200, 7, 200, 0, 0x10, 1, 100, 3, 0, 0x11, 1, 2, 5, 6, 9, 9})
	f.Add([]byte{3, 0, 0x10, 1, 1, 0, 0x18, 1, 1, 255, 0, 0x10, 64, 1, 60, 4})
	f.Add([]byte{5, 7, 255, 1, 0, 7, 255, 8, 20, 2, 0, 0x10, 1, 120, 8, 255, 9})
	f.Add([]byte{24, 7, 255, 7, 255, 0, 0x10, 1, 1, 0, 0x10, 1, 1, 0, 0x10, 1, 1, 0, 0x10, 1, 1, 0, 0x10, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 400 {
			return
		}
		play(t, b)
	})
}

func play(t testing.TB, b []byte) {
	s := script(b)
	kind := s.byte()
	cfg := Config{MaxOutOfOrder: 8, ReceiveBuffer: 8000, SendBuffer: 16000}
	if kind&16 != 0 {
		cfg.ReceiveBuffer = 300000
	}
	r := newRig(t, cfg)
	state := State(kind % 11)
	r.enter(state)
	if r.pcb == nil {
		r.pcb = r.only()
	}
	fail := 0
	r.refuse = func() error {
		if fail > 0 {
			fail--
			return ip.ErrQueueFull
		}
		return nil
	}
	last := state
	step := func() {
		r.tcp.Flush()
		if r.pcb != nil {
			if now := r.pcb.State(); now != last {
				reaches(t, last, now)
				last = now
			}
		}
		r.checkAll()
		if len(r.tcp.ready) != 0 {
			t.Fatal("payload is left in the hand-over list")
		}
		r.sent = r.sent[:0]
	}
	for len(s) > 0 {
		r.act(&s, &fail)
		step()
	}
	r.refuse = nil
	r.end()
}

// act does one thing that the script says.
func (r *rig) act(s *script, fail *int) {
	p := r.pcb
	switch op := s.byte(); op % 12 {
	default: // a segment
		f := Flags(s.byte())
		seq := 1 + (s.byte()-128)*s.byte()
		ack := (s.byte() - 100) * 16
		n := s.byte() * 6
		if q := p; q != nil && op&16 == 0 { // aim well
			seq, ack = q.rcv.nxt.Sub(r.irs)+s.byte()%4*100, q.snd.nxt.Sub(r.iss)-s.byte()*s.byte()
		}
		r.wnd = uint16(s.byte() * s.byte())
		r.send(f, seq, ack, make([]byte, n)...)
	case 1:
		r.pass(time.Duration(s.byte()) * 10 * time.Millisecond)
	case 2:
		r.pass(time.Duration(s.byte()) * time.Second)
	case 3:
		if p != nil {
			p.Close()
		}
	case 4:
		if p != nil {
			p.Shutdown(Shutdown(s.byte() & 3))
		}
	case 5, 6:
		if p != nil {
			n := min(s.byte()*8, p.SendSpace())
			buf := r.pool.AllocBytes(0, n)
			if p.Write(buf, WriteFlags(n&1)) != nil {
				buf.Free()
			}
		}
	case 7:
		*fail = s.byte() % 8
	case 8:
		if r.up != nil {
			r.up.hold = !r.up.hold
			if p != nil {
				p.Recved(r.up.held)
			}
			r.up.held = 0
		}
	case 9:
		if p != nil {
			o := Option(s.byte())
			p.Set(o & (NoDelay | KeepAlive))
			p.Clear(^o & (NoDelay | KeepAlive))
		}
	case 10:
		if p != nil && s.byte() > 128 {
			e := ip.Error{Kind: ip.ErrorKind(s.byte() % 8), Src: r.addr, Dst: r.peer, MTU: s.byte() * 6}
			q := r.pool.AllocBytes(0, 8)
			h := make([]byte, 20)
			putHeader(h, r.mine, r.port, p.snd.una, 0, 20, 0, 0)
			copy(q.Bytes(), h)
			r.tcp.Error(q, &e)
			q.Free()
		}
	}
}

// reaches fails unless one state leads to another, maybe over others between.
func reaches(t testing.TB, from, to State) {
	t.Helper()
	seen := states(1 << from)
	for {
		more := seen
		for s := range State(len(transitions)) {
			if s.oneOf(seen) {
				more |= transitions[s]
			}
		}
		if more == seen {
			break
		}
		seen = more
	}
	if !to.oneOf(seen) {
		t.Fatalf("from %v to %v", from, to)
	}
}
