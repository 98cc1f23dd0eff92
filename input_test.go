package lwip_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/ethernet"
)

// The tests of this file give a whole stack frames of every kind, cut off at
// every length and changed in every byte. Whatever comes, the stack processes it
// or says in a counter why not, and its memory is free in the end.

// TestInputValid checks that the frames that the other tests spoil do what they
// are there for.
func TestInputValid(t *testing.T) {
	for _, f := range goodFrames(t) {
		t.Run(f.name, func(t *testing.T) {
			v := newVictim(t)
			before, counters := v.effects(), v.counters()
			count := v.counter(f.counter)
			v.deliver(f.data, 0)
			if v.counter(f.counter) == count {
				t.Errorf("%s did not change; what did: %v", f.counter, v.changed(counters))
			}
			if v.effects() == before && f.effect {
				t.Error("no effect")
			}
			v.close(t)
		})
	}
}

// TestInputTruncated cuts every frame off at every length.
func TestInputTruncated(t *testing.T) {
	for _, f := range goodFrames(t) {
		t.Run(f.name, func(t *testing.T) {
			v := newJudge(t)
			for n := range f.data {
				v.judge(f.data[:n:n], fmt.Sprintf("first %d bytes", n))
				v.judge(mend(f.data[:n:n], true), fmt.Sprintf("first %d bytes, mended", n))
			}
			v.close(t)
		})
	}
}

// TestInputCorrupted changes every byte of every frame: each bit, and to 0x00
// and 0xff; as it is, and with checksums made right again, so that
// the change gets past them.
func TestInputCorrupted(t *testing.T) {
	for _, f := range goodFrames(t) {
		t.Run(f.name, func(t *testing.T) {
			v := newJudge(t)
			for at, was := range f.data {
				values := []byte{0, 0xff}
				for bit := range 8 {
					values = append(values, was^1<<bit)
				}
				if testing.Short() {
					values = []byte{0, 0xff, was ^ 1<<(at%8)}
				}
				for _, b := range values {
					if b == was {
						continue
					}
					frame := append([]byte(nil), f.data...)
					frame[at] = b
					v.judge(frame, fmt.Sprintf("byte %d is %#02x", at, b))
					v.judge(mend(frame, false), fmt.Sprintf("byte %d is %#02x, mended", at, b))
				}
			}
			v.close(t)
		})
	}
}

// TestInputEveryValue gives one stack every frame with every byte at each of its
// 255 other values, one after the other, in one piece and in two. It need not
// say what became of each, but must be whole in the end.
func TestInputEveryValue(t *testing.T) {
	if testing.Short() {
		t.Skip("a million frames")
	}
	for _, f := range goodFrames(t) {
		t.Run(f.name, func(t *testing.T) {
			v := newVictim(t)
			before := v.counter("Interfaces.RxFrames")
			for at := range f.data {
				for change := 1; change < 256; change++ {
					frame := append([]byte(nil), f.data...)
					frame[at] ^= byte(change)
					v.deliver(frame, 0)
					v.deliver(mend(frame, false), ethernet.HeaderLen+(at+change)%(len(frame)-ethernet.HeaderLen))
				}
				v.clock.Advance(time.Second)
			}
			if got, want := v.counter("Interfaces.RxFrames")-before, uint64(2*255*len(f.data)); got != want {
				t.Errorf("%d frames came in, want %d", got, want)
			}
			if st := v.s.Pool().Stats(); st.BytesInUse > 8<<20 {
				t.Errorf("%d bytes of packet memory in use", st.BytesInUse)
			}
			v.close(t)
		})
	}
}

// judge gives frames to a victim and judges what becomes of each. The victim is
// replaced once a frame has had an effect.
type judge struct {
	*victim
	t *testing.T
}

func newJudge(t *testing.T) *judge { return &judge{newVictim(t), t} }

func (j *judge) judge(frame []byte, what string) {
	j.t.Helper()
	counters, before := j.counters(), j.effects()
	j.deliver(frame, 0)
	effective := j.effects() != before
	if len(j.changed(counters)) == 0 && !effective {
		j.t.Errorf("%s: nothing happened, and no counter says why", what)
	}
	if effective {
		j.close(j.t)
		j.victim = newVictim(j.t)
	}
}
