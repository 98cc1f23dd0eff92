package fuzz

import (
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// FuzzPresets holds the same conversation, in bad weather, with stacks of
// different configurations. What a proper peer cannot tell apart must not differ:
// each delivers what the peer sent, and the peer gets what each wrote.
func FuzzPresets(f *testing.F) {
	f.Add([]byte{0, 0, 100, 1, 200, 2, 10, 20, 3, 4, 5, 100, 6, 30})
	f.Add([]byte{1, 2, 50, 60, 2, 10, 60, 0, 20, 7, 3, 3, 3, 3, 5, 200, 3, 6, 200, 4, 0})
	f.Add([]byte{2, 5, 255, 5, 255, 3, 4, 0, 6, 90, 3, 4, 200, 6, 90, 3, 8, 200, 9, 3, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 150 {
			return
		}
		s := source(b)
		k := kind(s.byte()) &^ 0xc3
		for preset := range 3 {
			script := append(source(nil), s...)
			w := newWorld(t, k|kind(preset))
			w.weather(&script)
			w.close()
		}
	})
}

// weather plays a conversation on w and completes it.
func (w *world) weather(s *source) {
	w.t.Helper()
	c, q := w.enter(tcp.Established, false)
	if c == nil || !c.connected {
		w.t.Fatal("no connection")
	}
	first, sent, asked := q.nxt, 0, int64(0)
	for n := 0; len(*s) > 0 && n < 60; n++ {
		switch op := s.byte(); op % 10 {
		case 0: // the next segment
			n := int(s.byte()) * 3
			w.deliver(q.send(ack, n))
			sent += n
		case 1: // the next segment is lost
			n := int(s.byte()) * 3
			q.send(ack, n)
			sent += n
		case 2: // an old segment, or part of one, again
			at := first + uint32(s.byte())*5
			if n := min(int(s.byte())*5, int(q.nxt-at)); n > 0 && int32(q.nxt-at) > 0 {
				w.deliver(q.segment(ack|psh, at, q.rcv, q.stream(at, n)))
			}
		case 3:
			w.deliver(q.send(ack, 0))
		case 4:
			q.wnd = uint16(s.byte()) * 50
			w.deliver(q.send(ack, 0))
		case 5:
			n := int(s.byte()) * 9
			w.do(func() { c.write(n) })
			asked += int64(n)
		case 6:
			w.pass(time.Duration(s.byte()) * 10 * time.Millisecond)
		case 7: // an old ACK
			w.deliver(q.segment(ack, q.nxt, w.kind.iss()+1, nil))
		case 8: // the reader pauses
			w.do(func() { c.hold = !c.hold; c.read() })
		case 9: // what an outsider sends: a RST or a SYN that miss, a wrong ACK
			off := uint32(s.byte())
			w.deliver(q.segment([]byte{rst, syn, ack}[off%3], q.nxt+100_000+off, q.rcv+70_000, nil))
		}
		w.check()
	}
	w.complete(c, q, first, sent)
}

// complete lets the peer send everything again, in order, take all that is
// written, and close: nothing may be missing.
func (w *world) complete(c *conn, q *peer, first uint32, sent int) {
	w.t.Helper()
	if q.reset || c.closed {
		w.t.Fatalf("reset %v, closed %v: %v", q.reset, c.closed, c.err)
	}
	w.do(func() { c.hold = false; c.read() })
	q.wnd = 8000
	for rounds := 0; c.got < int64(sent) || q.off(q.rcv) < c.wrote; rounds++ {
		if rounds > 400 {
			w.t.Fatalf("%d of %d bytes received, %d of %d sent", c.got, sent, q.off(q.rcv), c.wrote)
		}
		at := first + uint32(c.got)
		n := min(sent-int(c.got), 500)
		w.deliver(q.segment(ack, at, q.rcv, q.stream(at, n)))
		w.pass(200 * time.Millisecond)
		w.check()
	}
	w.do(c.shutdown)
	w.pass(10 * time.Millisecond)
	w.deliver(q.send(ack|fin, 0))
	w.pass(10 * time.Millisecond)
	w.deliver(q.send(ack, 0))
	w.check()
	if !c.peerEnded || !q.ended || c.got != int64(sent) || q.off(q.rcv) != c.wrote+1 {
		w.t.Fatalf("ends: %v, %v; got %d of %d, sent %d of %d", c.peerEnded, q.ended, c.got, sent, q.off(q.rcv), c.wrote)
	}
	if q.reset || c.err != nil {
		w.t.Fatalf("reset %v, %v", q.reset, c.err)
	}
}
