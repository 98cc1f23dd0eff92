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
