package api

import (
	"testing"
	"time"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// slowClock gains step whenever it is read.
type slowClock struct {
	sysarch.Clock
	at   timers.Time
	step time.Duration
}

func (c *slowClock) Now() timers.Time {
	c.at = c.at.Add(c.step)
	return c.at
}

// A reader looks twice only after a write, and only as long as that pays.
func TestReaderExpectsAnswer(t *testing.T) {
	for _, c := range []struct {
		name    string
		yields  int
		silent  bool          // no write before the read
		answers bool          // the answer is there afterwards
		turn    time.Duration // of the others
		want    int           // of 1000 readers
	}{
		{"answered", 0, false, true, 0, 1000},
		{"not answered", 0, false, false, 0, 9},
		{"answered late", 0, false, true, time.Millisecond, 8 + 8},
		{"nothing asked", 0, true, true, 0, 0},
		{"configured to", 1, false, true, 0, 0},
		{"configured not to", -1, false, true, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := new(stream)
			s.p = &Protocol{clock: &slowClock{step: c.turn}, cfg: Config{ReadYields: c.yields}}
			if c.answers {
				s.rq.Append(pbuf.NewPool(pbuf.Config{}).AllocBytes(0, 1))
			}
			got := 0
			for range 1000 {
				if !c.silent {
					s.ask()
				}
				s.mu.Lock()
				if s.expect() {
					got++
				}
				s.mu.Unlock()
			}
			if got != c.want {
				t.Errorf("%d of 1000 readers looked twice, want %d", got, c.want)
			}
		})
	}
}
