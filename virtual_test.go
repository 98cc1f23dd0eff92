package lwip_test

import (
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/gopacket/pcapgo"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

func mustAddrPort(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// anHour is what the tests call an hour: five minutes of them with -short.
func anHour() time.Duration {
	if testing.Short() {
		return 5 * time.Minute
	}
	return time.Hour
}

// TestHourOfConns lets an hour pass on a link that loses 2 % of the frames,
// while two connections, one over either family, exchange a message of changing
// size every 200 ms. It takes seconds.
func TestHourOfConns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := impair.Profile{Delay: 20 * time.Millisecond, Loss: 0.02, Seed: 11}
		a, b := twoStacks(t, nil, impaired(sysarch.Real(), link))
		l, err := a.Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		var served, asked sync.WaitGroup
		served.Go(func() { serveEcho(t, l, &served) })
		start := time.Now()
		for _, addr := range []string{"10.0.0.1:7", "[fd00::1]:7"} {
			asked.Go(func() { converse(t, b, addr, start.Add(anHour())) })
		}
		asked.Wait()
		if got := time.Since(start); got < anHour() || got > anHour()+time.Minute {
			t.Errorf("the hour took %v", got)
		}
		l.Close()
		served.Wait()
		if st := b.Stats().TCP; st.Retransmits < 20 {
			t.Errorf("only %d retransmissions: does the link lose anything?", st.Retransmits)
		}
		a.Close()
		b.Close()
		checkEmpty(t, a, b)
	})
}

// converse sends messages to the echo server at addr until the given time and
// compares what comes back.
func converse(t *testing.T, s *lwip.Stack, addr string, until time.Time) {
	c, err := s.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	r := sysarch.NewSeededRand(5)
	out, in := make([]byte, 8000), make([]byte, 8000)
	for n := 1; time.Now().Before(until); n = n*7%8000 + 1 {
		r.Read(out[:n])
		if _, err := c.Write(out[:n]); err != nil {
			t.Error(err)
			return
		}
		if _, err := io.ReadFull(c, in[:n]); err != nil || !bytes.Equal(in[:n], out[:n]) {
			t.Errorf("%s: a message of %d bytes came back wrong, %v", addr, n, err)
			return
		}
		pass(200 * time.Millisecond)
	}
}

// TestHourRepeats lets an hour of the callback API pass on one goroutine and a
// clock that is stepped. The same seed gives the same capture, byte for byte;
// another seed gives another one.
func TestHourRepeats(t *testing.T) {
	for _, addr := range []string{"10.0.0.1:7", "[fd00::1]:7"} {
		t.Run(addr, func(t *testing.T) {
			first := captureHour(t, 1, addr)
			checkCapture(t, first, anHour())
			if again := captureHour(t, 1, addr); !bytes.Equal(first, again) {
				t.Errorf("the same seed: captures of %d and %d bytes differ", len(first), len(again))
			}
			if other := captureHour(t, 2, addr); bytes.Equal(first, other) {
				t.Error("another seed: the same capture")
			}
		})
	}
}

// captureHour runs an hour of messages and returns the client's capture.
func captureHour(t *testing.T, seed uint64, addr string) []byte {
	t.Helper()
	clock := sysarch.NewManual()
	var file bytes.Buffer
	link := impair.Profile{
		Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond, Loss: 0.02,
		Reorder: 0.01, Duplicate: 0.01, Corrupt: 0.001, Seed: 100 * seed,
	}
	a, b := twoStacks(t, func(i int) lwip.Config {
		return lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(10*seed + uint64(i))}
	}, func(i int, d netif.Driver) netif.Driver {
		d = impaired(clock, link)(i, d)
		if i == 0 {
			return d
		}
		rec, err := pcapng.New(d, &file, clock, pcapng.Options{Name: "client", SnapLen: 128})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	})
	server := listenCallback(t, a, 7)
	c := dialCallback(t, b, addr)
	r := sysarch.NewSeededRand(seed)
	end := clock.Now().Add(anHour())
	for clock.Now() < end {
		b.Lock()
		if c.p.State() == tcp.Established {
			c.write(1 + r.IntN(4000))
		}
		b.Unlock()
		clock.Advance(time.Duration(50+r.IntN(400)) * time.Millisecond)
	}
	b.Lock()
	c.p.Shutdown(tcp.ShutWrite) // what is under way still comes back
	b.Unlock()
	clock.Advance(3 * time.Minute)
	if c.bad || c.sent == 0 || c.received != c.sent || !c.ended || c.err != nil {
		t.Errorf("%d bytes sent, %d came back, wrong: %v, ended: %v, %v", c.sent, c.received, c.bad, c.ended, c.err)
	}
	for _, s := range []*lwip.Stack{a, b} {
		if got := connections(s); got != "" && got != " 1 LISTEN" {
			t.Errorf("connections left:%s", got)
		}
		if st := s.Stats().TCP; st.Retransmits < 10 {
			t.Errorf("only %d retransmissions: does the link lose anything?", st.Retransmits)
		}
		s.Close()
	}
	if server.accepted != 1 {
		t.Errorf("%d connections accepted", server.accepted)
	}
	checkEmpty(t, a, b)
	return file.Bytes()
}

// checkCapture reads a capture with gopacket and checks how long it lasts.
func checkCapture(t *testing.T, file []byte, want time.Duration) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	var first, last time.Time
	n := 0
	for ; ; n++ {
		_, info, err := r.ReadPacketData()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("packet %d: %v", n, err)
		}
		if first.IsZero() {
			first = info.Timestamp
		}
		last = info.Timestamp
	}
	if got := last.Sub(first); n < 2000 || got < want || got > want+5*time.Minute {
		t.Errorf("%d packets in %v", n, got)
	}
}

// echoServer answers with what it gets, through the callback API.
type echoServer struct{ accepted int }

// listenCallback starts an echo server on s.
func listenCallback(t testing.TB, s *lwip.Stack, port uint16) *echoServer {
	t.Helper()
	s.Lock()
	defer s.Unlock()
	p, err := s.TCP().NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, port), nil); err != nil {
		t.Fatal(err)
	}
	e := new(echoServer)
	if _, err := p.Listen(4096, e); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *echoServer) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	e.accepted++
	l.Accepted(p)
	return &echoConn{}
}

func (e *echoServer) ListenerClosed(*tcp.Listener, error) {}

// echoConn is one connection of an echoServer.
type echoConn struct {
	waiting []*pbuf.Buf // not written back yet
	ended   bool        // the peer sends no more
}

func (e *echoConn) Connected(*tcp.PCB)               {}
func (e *echoConn) SoftError(*tcp.PCB, error)        {}
func (e *echoConn) Sent(p *tcp.PCB, _ int)           { e.pump(p) }
func (e *echoConn) PeerClosed(p *tcp.PCB)            { e.ended = true; e.pump(p) }
func (e *echoConn) Received(p *tcp.PCB, b *pbuf.Buf) { e.waiting = append(e.waiting, b); e.pump(p) }

func (e *echoConn) Closed(*tcp.PCB, error) {
	for _, b := range e.waiting {
		b.Free()
	}
	e.waiting = nil
}

// pump writes back what fits, and closes after all of it.
func (e *echoConn) pump(p *tcp.PCB) {
	for len(e.waiting) > 0 {
		n := e.waiting[0].TotalLen()
		if p.Write(e.waiting[0], 0) != nil {
			return
		}
		p.Recved(n)
		e.waiting = e.waiting[1:]
	}
	if e.ended {
		p.Close()
	}
}

// client sends a pattern through the callback API and compares what comes back.
type client struct {
	s              *lwip.Stack
	p              *tcp.PCB
	sent, received int
	bad            bool // what came back was not what was sent
	ended          bool
	err            error
}

// dialCallback begins to open a connection from s.
func dialCallback(t testing.TB, s *lwip.Stack, addr string) *client {
	t.Helper()
	s.Lock()
	defer s.Unlock()
	p, err := s.TCP().NewPCB()
	if err != nil {
		t.Fatal(err)
	}
	c := &client{s: s, p: p}
	if err := p.Connect(mustAddrPort(addr), c); err != nil {
		t.Fatal(err)
	}
	return c
}

// write sends n bytes, or as many as there is room for. The caller holds the
// core lock.
func (c *client) write(n int) {
	n = min(n, c.p.SendSpace())
	for n > 0 {
		buf := c.s.Pool().Alloc(pbuf.Transport, min(n, c.p.SegmentPayload()), pbuf.RAM)
		if buf == nil {
			return
		}
		b := buf.Bytes()
		for i := range b {
			b[i] = pattern(c.sent + i)
		}
		if err := c.p.Write(buf, 0); err != nil {
			buf.Free()
			c.err = fmt.Errorf("write: %w", err)
			return
		}
		c.sent += len(b)
		n -= len(b)
	}
}

// pattern is the byte at offset i of the stream.
func pattern(i int) byte { return byte(uint32(i) * 2654435761 >> 13) }

func (c *client) Connected(*tcp.PCB)        {}
func (c *client) PeerClosed(p *tcp.PCB)     { p.Close() }
func (c *client) Sent(*tcp.PCB, int)        {}
func (c *client) SoftError(*tcp.PCB, error) {}

func (c *client) Received(p *tcp.PCB, buf *pbuf.Buf) {
	for e := buf; e != nil; e = e.Next() {
		for _, x := range e.Bytes() {
			c.bad = c.bad || x != pattern(c.received)
			c.received++
		}
	}
	p.Recved(buf.TotalLen())
	buf.Free()
}

func (c *client) Closed(_ *tcp.PCB, err error) { c.ended, c.err = true, err }
