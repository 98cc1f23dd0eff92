package api

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"
)

func TestNettestTCP(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := pair(t, setup{})
		c, s := connect(t, a, b)
		return c, s, func() { c.Close(); s.Close() }, nil
	})
}

func BenchmarkPingPong(b *testing.B) {
	x, y := pair(b, setup{})
	c, s := connect(b, x, y)
	go func() {
		buf := make([]byte, 1)
		for {
			if _, err := s.Read(buf); err != nil {
				return
			}
			if _, err := s.Write(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 1)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := c.Write(buf); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
	c.Close()
	s.Close()
}

func BenchmarkStream(b *testing.B) {
	x, y := pair(b, setup{})
	c, s := connect(b, x, y)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 64<<10)
		for {
			if _, err := s.Read(buf); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, err := c.Write(buf); err != nil {
			b.Fatal(err)
		}
	}
	c.CloseWrite()
	<-done
	c.Close()
	s.Close()
}
