package property

import (
	"errors"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// The tests of this file are what the machine has found, in few steps.

// opened returns a world with n connections from host 0 to host 1.
func opened(t *testing.T, n, family int) *world {
	t.Helper()
	w, err := newWorld(1)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		w.dial(t, w.hosts[0], family)
	}
	w.clock.Advance(10 * time.Millisecond)
	for _, c := range w.conns {
		if c.ends[1] == nil {
			t.Fatal("not opened")
		}
	}
	return w
}

// TestPathMTUOfAnother: when one connection has learned that the path to a host
// is narrow, segments of another that are too big for it are refused on the
// spot, and no ICMP error comes any more to say so.
//
// RFC 8201 §5.3: the path MTU is shared by all that use the path.
func TestPathMTUOfAnother(t *testing.T) {
	w := opened(t, 2, 1)
	w.hosts[0].tap.pathMTU = 1280
	for _, c := range w.conns {
		c.ends[0].write(20_000, 1428, 0)
	}
	w.clock.Advance(time.Second)
	w.check(t)
	for _, c := range w.conns {
		if got := c.ends[1].got; got != 20_000 {
			t.Errorf("%v: %d of 20000 bytes arrived", c, got)
		}
	}
	w.finish(t)
}

// TestResetInLastAck: a peer that has forgotten the connection before it got all
// of our payload did not close in order, and our owner must hear that.
func TestResetInLastAck(t *testing.T) {
	w := opened(t, 1, 0)
	c := w.conns[0]
	c.ends[1].close() // its FIN-WAIT-2 ends after a minute
	w.clock.Advance(2 * time.Minute)
	h := c.ends[0].h
	h.s.Lock()
	c.ends[0].p.Set(tcp.Cork) // so that the payload leaves together with the FIN
	h.s.Unlock()
	c.ends[0].write(100, 100, tcp.More)
	c.ends[0].close()
	w.clock.Advance(time.Second)
	w.check(t)
	if e := c.ends[0]; !e.gone || !errors.Is(e.err, tcp.ErrReset) {
		t.Errorf("gone: %v, error: %v", e.gone, e.err)
	}
	w.finish(t)
}
