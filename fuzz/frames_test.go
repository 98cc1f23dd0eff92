package fuzz

import (
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// Operations of FuzzFrames: a byte's low bits. Frames and their length follow
// the byte.
const (
	opFrame      = iota // as it is
	opFrameMend         // with its checksums made right
	opFrameSplit        // mended, in two pieces: a byte says where
	opPass              // time
	opWrite
	opClose
	opRead
	opOps
)

// states are those that a byte of the fuzzer's chooses from.
func stateOf(b byte) tcp.State { return tcp.Listen + tcp.State(b)%10 }

// FuzzFrames gives a stack any frames at all while a connection is in a state
// that the input chooses.
func FuzzFrames(f *testing.F) {
	frameSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 8192 {
			return
		}
		s := source(b)
		k := kind(s.byte())
		state := s.byte()
		w := newWorld(t, k)
		c, _ := w.enter(stateOf(state), state&64 != 0)
		for n := 0; len(s) > 0 && n < 60; n++ {
			w.frameOp(&s, c)
			w.check()
		}
		w.pass(time.Second)
		w.check()
		w.close()
	})
}

// frameOp does the next thing that the input says.
func (w *world) frameOp(s *source, c *conn) {
	op := s.byte()
	switch op % opOps {
	case opFrame, opFrameMend, opFrameSplit:
		cut := 0
		if op%opOps == opFrameSplit {
			cut = s.uint16()
		}
		frame := append([]byte(nil), s.take(s.uint16()&0xfff)...)
		if op%opOps != opFrame {
			frame = mend(frame, w.kind.ip(), op&128 != 0)
		}
		if cut != 0 && len(frame) > 0 {
			w.deliver(frame, w.headRoom()+cut%len(frame))
		} else {
			w.deliver(frame)
		}
	case opPass:
		w.pass(time.Duration(s.uint16()) * time.Millisecond)
	case opWrite:
		if n := s.uint16() % 4096; c != nil {
			w.do(func() { c.write(n) })
		}
	case opClose:
		if c != nil {
			w.do(c.close)
		}
	case opRead:
		if c != nil {
			c.hold = !c.hold
			w.do(func() {
				if c.alive() {
					c.read()
				}
			})
		}
	}
}

// headRoom is what a driver delivers in one piece: the link header.
func (w *world) headRoom() int {
	if w.kind.ip() {
		return 1
	}
	return 14
}
