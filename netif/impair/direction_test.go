package impair

import (
	"testing"
	"time"

	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// earlyClock is a clock with one alarm, which the test fires when it likes: a
// host's may come late, or find that it has been moved meanwhile.
type earlyClock struct {
	*sysarch.Manual
	fire []func()
	set  []timers.Time
}

func (c *earlyClock) NewAlarm(fire func()) sysarch.Alarm {
	c.fire = append(c.fire, fire)
	return c
}
func (c *earlyClock) Set(at timers.Time) { c.set = append(c.set, at) }
func (c *earlyClock) Stop()              {}

type counter struct {
	pool *pbuf.Pool
	n    int
}

func (c *counter) Pool() *pbuf.Pool { return c.pool }
func (c *counter) SetLink(bool)     {}
func (c *counter) Deliver(frames []*pbuf.Buf) {
	c.n += len(frames)
	for _, f := range frames {
		f.Free()
	}
}

// TestAlarmTooEarlyOrTooLate: an alarm that finds nothing due is set again, one
// that comes after Detach finds nothing to do, and one that is set already is
// not set for every frame.
func TestAlarmTooEarlyOrTooLate(t *testing.T) {
	clock := &earlyClock{Manual: sysarch.NewManual()}
	r := &counter{pool: pbuf.NewPool(pbuf.Config{})}
	port, peer := memlink.New(memlink.Config{})
	d := New(port, clock, Config{Out: Profile{Delay: time.Second}})
	if d.Attach(r) != nil || peer.Attach(r) != nil {
		t.Fatal("not attached")
	}
	fire := clock.fire[0] // the one of Out
	due := clock.Now().Add(time.Second)
	for range 3 {
		d.Transmit([]*pbuf.Buf{r.pool.Alloc(pbuf.Raw, 60, pbuf.RAM)})
	}
	if len(clock.set) != 1 || clock.set[0] != due {
		t.Fatalf("set to %v, want %v once", clock.set, due)
	}
	fire()
	if len(clock.set) != 2 || clock.set[1] != due || r.n != 0 {
		t.Fatalf("after an early alarm: set to %v, %d frames arrived", clock.set, r.n)
	}
	clock.Advance(2 * time.Second)
	fire()
	if len(clock.set) != 2 || r.n != 3 {
		t.Errorf("after a late alarm: set to %v, %d frames arrived", clock.set, r.n)
	}
	d.Transmit([]*pbuf.Buf{r.pool.Alloc(pbuf.Raw, 60, pbuf.RAM)})
	if err := d.Detach(); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Second)
	fire()
	if len(clock.set) != 3 || r.n != 3 || r.pool.Stats().BlocksInUse != 0 {
		t.Errorf("after Detach: set to %v, %d frames, %+v", clock.set, r.n, r.pool.Stats())
	}
}
