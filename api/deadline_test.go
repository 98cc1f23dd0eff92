package api

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip/sys_arch"
)

func isTimeout(t *testing.T, err error) {
	t.Helper()
	var ne net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Fatalf("got %v, want a timeout", err)
	}
}

// A deadline on a manual clock is a time on that clock's calendar.
func TestDeadlineManualClock(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	start := m.Now()
	c.SetReadDeadline(m.Wall(start).Add(time.Hour))
	got := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
	blocked(t, &c.endpoint, &c.rd, 1)
	m.Advance(time.Hour - 1)
	blocked(t, &c.endpoint, &c.rd, 1)
	m.Advance(1)
	isTimeout(t, <-got)
	if at := m.Now().Sub(start); at != time.Hour {
		t.Errorf("timed out after %v, want 1h", at)
	}
}

// A deadline that moves later wakes nobody at the old time, and costs no core
// lock.
func TestDeadlineMovesLater(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	c.SetReadDeadline(m.Wall(m.Now()).Add(time.Second))
	got := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
	blocked(t, &c.endpoint, &c.rd, 1)
	before := a.lockCount()
	c.SetReadDeadline(m.Wall(m.Now()).Add(time.Minute))
	if n := a.lockCount() - before; n != 0 {
		t.Errorf("moving a deadline took the core lock %d times", n)
	}
	m.Advance(59 * time.Second)
	blocked(t, &c.endpoint, &c.rd, 1)
	m.Advance(time.Second)
	isTimeout(t, <-got)
}

func TestDeadlineRemoved(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	m.Advance(time.Minute) // the handshake's timers
	idle := a.q.Len()
	c.SetDeadline(m.Wall(m.Now()).Add(time.Second))
	if a.q.Len() != idle+2 {
		t.Fatalf("%d timers, want %d", a.q.Len(), idle+2)
	}
	c.SetDeadline(time.Time{})
	if a.q.Len() != idle {
		t.Errorf("%d timers after removal, want %d", a.q.Len(), idle)
	}
	c.SetDeadline(m.Wall(m.Now()).Add(time.Second))
	c.Close()
	if c.rd.dl.timer.Armed() || c.wr.dl.timer.Armed() {
		t.Error("a timer is armed after Close")
	}
	if err := c.SetDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("SetDeadline after Close: %v", err)
	}
}

// A deadline in the past ends blocked calls at once, and stays in force until it
// is changed.
func TestDeadlinePast(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	got := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
	blocked(t, &c.endpoint, &c.rd, 1)
	c.SetReadDeadline(time.Unix(1, 0))
	isTimeout(t, <-got)
	s.Write([]byte("x"))
	_, err := c.Read(make([]byte, 1))
	isTimeout(t, err)
	c.SetReadDeadline(time.Time{})
	if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("after removal: %d, %v", n, err)
	}
}

// Every way to wait ends at its deadline.
func TestDeadlineEverywhere(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	l, err := a.api.ListenTCP(a.at(0), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	u, err := a.api.ListenUDP(a.at(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	at := m.Wall(m.Now()).Add(10 * time.Second)
	for _, x := range []interface{ SetDeadline(time.Time) error }{c, l, u} {
		if err := x.SetDeadline(at); err != nil {
			t.Fatal(err)
		}
	}
	read := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
	write := async(func() error { _, err := c.Write(make([]byte, 10<<20)); return err })
	accept := async(func() error { _, err := l.Accept(); return err })
	packet := async(func() error { _, _, err := u.ReadFrom(make([]byte, 1)); return err })
	blocked(t, &c.endpoint, &c.rd, 1)
	blocked(t, &c.endpoint, &c.wr, 1)
	blocked(t, &l.endpoint, &l.rd, 1)
	blocked(t, &u.endpoint, &u.rd, 1)
	m.Advance(10 * time.Second)
	for _, e := range []<-chan error{read, write, accept, packet} {
		isTimeout(t, <-e)
	}
	_, err = u.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(b.at(9)))
	isTimeout(t, err)
}

// Waiting is durably blocking, so that a bubble's clock runs on.
func TestSynctest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair(t, setup{clock: sysarch.Real()})
		c, s := connect(t, a, b)
		start := time.Now()
		c.SetReadDeadline(start.Add(24 * time.Hour))
		got := async(func() error { _, err := c.Read(make([]byte, 1)); return err })
		isTimeout(t, <-got)
		if d := time.Since(start); d != 24*time.Hour {
			t.Errorf("waited %v, want 24h", d)
		}
		c.Close()
		s.Close()
		synctest.Wait()
	})
}
