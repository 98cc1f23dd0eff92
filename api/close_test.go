package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// want checks an error against all of the targets.
func want(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, x := range targets {
		if !errors.Is(err, x) {
			t.Errorf("got %v, want %v", err, x)
		}
	}
}

// Close ends every blocked call (guide §10).
func TestCloseWakes(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	l, _ := a.api.ListenTCP(a.at(0), 0, nil)
	u, _ := a.api.ListenUDP(a.at(0), nil)
	var all []<-chan error
	for range 3 {
		all = append(all, async(func() error { _, err := c.Read(make([]byte, 1)); return err }))
		all = append(all, async(func() error { _, err := c.Write(make([]byte, 10<<20)); return err }))
		all = append(all, async(func() error { _, err := l.Accept(); return err }))
		all = append(all, async(func() error { _, err := u.Read(make([]byte, 1)); return err }))
	}
	blocked(t, &c.endpoint, &c.rd, 3)
	blocked(t, &c.endpoint, &c.wr, 3)
	blocked(t, &l.endpoint, &l.rd, 3)
	blocked(t, &u.endpoint, &u.rd, 3)
	for _, x := range []io.Closer{c, l, u} {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		want(t, x.Close(), net.ErrClosed)
	}
	for _, e := range all {
		want(t, <-e, net.ErrClosed)
	}
	if c.LocalAddr() == nil || c.RemoteAddr() == nil || u.LocalAddr() == nil {
		t.Error("the addresses are lost")
	}
}

// What was consumed does not count as unread, even if TCP was not told yet.
func TestCloseAfterReading(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	s.Write([]byte("hello"))
	buf := make([]byte, 5)
	if _, err := io.ReadFull(c, buf); err != nil {
		t.Fatal(err)
	}
	if c.unread != 5 {
		t.Fatalf("%d bytes are unreported, want 5: the test tests nothing", c.unread)
	}
	c.Close()
	if _, err := s.Read(buf); err != io.EOF {
		t.Errorf("got %v, want EOF", err)
	}
}

// RFC 2525 §2.17: closing with unread data resets the connection.
func TestCloseUnreadResets(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	s.Write([]byte("hello"))
	c.Close()
	_, err := s.Read(make([]byte, 5))
	want(t, err, tcp.ErrReset, syscall.ECONNRESET)
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "read" || op.Source == nil || op.Addr == nil {
		t.Errorf("got %#v, want an OpError with addresses", err)
	}
	_, err = s.Write([]byte("x"))
	want(t, err, syscall.ECONNRESET)
}

// Bytes that arrived before a reset can still be read.
func TestResetAfterData(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	c.Write([]byte("last words"))
	c.SetLinger(0)
	c.Close()
	got := make([]byte, 10)
	if n, err := s.Read(got); err != nil || string(got[:n]) != "last words" {
		t.Fatalf("%q, %v", got, err)
	}
	_, err := s.Read(got)
	want(t, err, syscall.ECONNRESET)
}

// What was written before Close is delivered after it.
func TestCloseDelivers(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 24<<10) // more than the window
	done := async(func() error {
		_, err := c.Write(sent)
		if err == nil {
			err = c.Close()
		}
		return err
	})
	got, err := io.ReadAll(s)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("%d bytes of %d, %v", len(got), len(sent), err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	s.Close()
}

func TestHalfClose(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	c.Write([]byte("request"))
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(s); err != nil || string(got) != "request" {
		t.Fatalf("%q, %v", got, err)
	}
	s.Write([]byte("answer"))
	got := make([]byte, 6)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "answer" {
		t.Fatalf("%q, %v", got, err)
	}
	_, err := c.Write([]byte("x"))
	want(t, err, syscall.EPIPE)
	if err := c.CloseRead(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(got); err != io.EOF {
		t.Errorf("after CloseRead: %v, want EOF", err)
	}
}

func TestLinger(t *testing.T) {
	t.Run("zero resets", func(t *testing.T) {
		a, b := pair(t, setup{})
		c, s := connect(t, a, b)
		defer s.Close()
		c.SetLinger(0)
		c.Close()
		_, err := s.Read(make([]byte, 1))
		want(t, err, syscall.ECONNRESET)
	})
	t.Run("waits for the acknowledgement", func(t *testing.T) {
		a, b := pair(t, setup{clock: sysarch.NewManual()})
		c, s := connect(t, a, b)
		c.Write([]byte("x"))
		c.SetLinger(10)
		if err := c.Close(); err != nil { // would not return without: the clock stands
			t.Fatal(err)
		}
		if got, err := io.ReadAll(s); string(got) != "x" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		s.Close()
	})
	t.Run("gives up and resets", func(t *testing.T) {
		m := sysarch.NewManual()
		a, b := pair(t, setup{clock: m})
		c, s := connect(t, a, b)
		defer s.Close()
		b.down()
		c.Write([]byte("x"))
		c.SetLinger(10)
		start := m.Now()
		done := async(c.Close)
		blocked(t, &c.endpoint, &c.wr, 1)
		for len(done) == 0 {
			m.Advance(time.Second)
			if d := m.Now().Sub(start); d > 10*time.Second {
				break
			}
		}
		<-done
		if a.tcp.Count(tcp.FinWait1) != 0 {
			t.Error("the connection is still there")
		}
	})
}

func TestDialErrors(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		a, b := pair(t, setup{})
		_, err := a.api.DialTCP(t.Context(), netip.AddrPort{}, b.at(9), nil)
		want(t, err, syscall.ECONNREFUSED, tcp.ErrRefused)
		if a.tcp.Count(tcp.SynSent) != 0 {
			t.Error("the PCB is left")
		}
	})
	t.Run("timeout", func(t *testing.T) {
		m := sysarch.NewManual()
		a, b := pair(t, setup{clock: m})
		b.down()
		got := async(func() error { _, err := a.api.Dial("tcp", b.at(9).String()); return err })
		var err error
		waitFor(t, "the SYN to time out", func() bool {
			m.Step()
			select {
			case err = <-got:
				return true
			default:
				return false
			}
		})
		want(t, err, syscall.ETIMEDOUT)
		var ne net.Error
		if !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("%v is no timeout", err)
		}
	})
	t.Run("cancelled", func(t *testing.T) {
		a, b := pair(t, setup{})
		b.down()
		ctx, cancel := context.WithCancel(t.Context())
		got := async(func() error { _, err := a.api.DialContext(ctx, "tcp", b.at(9).String()); return err })
		waitFor(t, "the SYN", func() bool {
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.tcp.Count(tcp.SynSent) == 1
		})
		cancel()
		want(t, <-got, context.Canceled)
		if a.tcp.Count(tcp.SynSent) != 0 {
			t.Error("the PCB is left")
		}
	})
	t.Run("no route", func(t *testing.T) {
		a, _ := pair(t, setup{})
		a.ifs.SetDefault(nil)
		_, err := a.api.Dial("tcp", "192.0.2.1:80")
		want(t, err, syscall.EHOSTUNREACH)
	})
	t.Run("no such interface", func(t *testing.T) {
		a, _ := pair(t, setup{})
		_, err := a.api.Dial("tcp", "[fe80::2%nope]:80")
		want(t, err, syscall.ENODEV)
	})
	t.Run("stack closed", func(t *testing.T) {
		a, b := pair(t, setup{})
		a.api.Close()
		_, err := a.api.Dial("tcp", b.at(9).String())
		want(t, err, net.ErrClosed)
		_, err = a.api.ListenPacket("udp", ":0")
		want(t, err, net.ErrClosed)
		_, err = a.api.Listen("tcp", ":0")
		want(t, err, net.ErrClosed)
	})
}

// Closing the API ends what waits and frees what is queued, closed or not.
func TestProtocolClose(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	u, _ := b.api.ListenUDP(b.at(7), nil)
	w, _ := a.api.DialUDP(netip.AddrPort{}, b.at(7), nil)
	w.Write([]byte("unread"))
	c.Write([]byte("unread"))
	l, _ := b.api.ListenTCP(b.at(0), 0, nil)
	accept := async(func() error { _, err := l.Accept(); return err })
	blocked(t, &l.endpoint, &l.rd, 1)
	b.api.Close()
	want(t, <-accept, net.ErrClosed)
	_, err := u.Read(make([]byte, 1))
	want(t, err, net.ErrClosed)
	b.Lock()
	b.tcp.Close()
	b.Unlock()
	_, err = s.Read(make([]byte, 10))
	want(t, err, syscall.ECONNABORTED)
}
