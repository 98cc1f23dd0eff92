package api

import (
	"net"
	"strconv"
	"testing"

	"github.com/golwip/lwip/tcp"
	"golang.org/x/net/nettest"
)

func TestNettestTCP(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := pair(t, setup{})
		c, s := connect(t, a, b)
		return c, s, func() { c.Close(); s.Close() }, nil
	})
}

// The same with readers that yield, buffers of a few segments, and segments that
// wait for acknowledgements.
func TestNettestTCPSmall(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		a, b := pair(t, setup{
			api: Config{ReadYields: 2, WriteBatch: 100},
			tcp: tcp.Config{SendBuffer: 4000, ReceiveBuffer: 4000, MSS: 536},
		})
		c, s := connect(t, a, b)
		c.SetNoDelay(false)
		return c, s, func() { c.Close(); s.Close() }, nil
	})
}

func BenchmarkPingPong(b *testing.B) { benchmarkPingPong(b, Config{}) }

func BenchmarkPingPongYield(b *testing.B) { benchmarkPingPong(b, Config{ReadYields: 1}) }

func benchmarkPingPong(b *testing.B, cfg Config) {
	x, y := pair(b, setup{api: cfg})
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

func BenchmarkStream(b *testing.B) { benchmarkStream(b, Config{}) }

func benchmarkStream(b *testing.B, cfg Config) {
	x, y := pair(b, setup{api: cfg})
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

func BenchmarkWriteBatch(b *testing.B) {
	for _, batch := range []int{8 << 10, 16 << 10, 32 << 10, 64 << 10} {
		b.Run(strconv.Itoa(batch), func(b *testing.B) { benchmarkStream(b, Config{WriteBatch: batch}) })
	}
}
