package api

import (
	"errors"
	"testing"

	"github.com/golwip/lwip/tcp"
)

// Aborting the PCB from Control ends the endpoint, too: its calls fail, and nothing
// of the dead PCB is used.
func TestControlAbort(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	if err := c.Control(func(p *tcp.PCB) { p.Abort() }); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, tcp.ErrAborted) {
		t.Errorf("read: %v", err)
	}
	if _, err := c.Write([]byte("x")); err == nil {
		t.Error("write succeeded")
	}
	if err := c.Control(func(*tcp.PCB) { t.Error("called with a dead PCB") }); err == nil {
		t.Error("Control of a dead connection succeeded")
	}
	if c.RemoteAddr() == nil {
		t.Error("the address is forgotten")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// WithTCP on a connection that has ended says so, and leaves the pending error for
// Err.
func TestWithTCPKeepsPendingError(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := netconnPair(t, a, b)
	if err := c.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	c.Delete() // resets
	if err := s.WithTCP(func(*tcp.PCB) { t.Error("called with a dead PCB") }); !errors.Is(err, tcp.ErrReset) {
		t.Errorf("WithTCP: %v", err)
	}
	if err := s.Err(); !errors.Is(err, tcp.ErrReset) {
		t.Errorf("the pending error is %v", err)
	}
}
