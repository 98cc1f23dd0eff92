package api

import (
	"testing"
	"time"

	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// A writer waits at the low-water mark of unsent bytes though the send buffer has
// room, and goes on when they are sent.
func TestWriteWaitsForUnsent(t *testing.T) {
	const mark, total = 20000, 200_000
	a, b := pair(t, setup{tcp: tcp.Config{ReceiveBuffer: 5000}})
	c, s := connect(t, a, b)
	if err := c.Control(func(p *tcp.PCB) { p.SetNotSentLowat(mark) }); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := c.Write(make([]byte, total))
		done <- err
	}()
	blocked(t, &c.endpoint, &c.wr, 1)
	if i, err := c.Info(); err != nil || i.Unsent < mark/2 || i.Unsent > mark+1460 {
		t.Errorf("%d bytes unsent, %v", i.Unsent, err)
	}
	buf := make([]byte, 4096)
	most := 0
	for n := 0; n < total; {
		k, err := s.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		n += k
		i, _ := c.Info()
		most = max(most, i.Unsent)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if most > mark+1460 {
		t.Errorf("%d bytes unsent", most)
	}
	c.Close()
	s.Close()
}

// A gather write that stops half way does not hold the rest of it back.
func TestWriteVectorsStopped(t *testing.T) {
	m := sysarch.NewManual()
	a, b := pair(t, setup{clock: m, tcp: tcp.Config{SendBuffer: 3000, MSS: 1000}})
	c, s := connect(t, a, b)
	n, err := (*stream)(c).writeVectors([][]byte{make([]byte, 500), make([]byte, 9000)}, dontBlock, 0)
	if n == 0 || err != ErrWouldBlock && err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	m.Advance(time.Millisecond)
	if got := (*stream)(s).pending(); got != n {
		t.Errorf("%d of %d bytes arrived", got, n)
	}
	c.Close()
	s.Close()
}
