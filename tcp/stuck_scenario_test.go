package tcp

import (
	"errors"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
)

// A connection goes on whatever fails below it, and its counts stay right.
func TestTransferUnderFailures(t *testing.T) {
	names := map[string]error{"queue full": ip.ErrQueueFull, "no memory": ip.ErrNoMemory, "no route": ip.ErrNoRoute}
	for name, fail := range names {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(4) {
				// Half of all is lost: smaller segments would only take longer.
				p := newPair(t, Config{MTUProbing: ProbeOff})
				p.check = true
				r := sysarch.NewSeededRand(seed + 1)
				p.pass = func(*host, Header, int) bool { return r.IntN(25) != 0 }
				refuse := func() error {
					if r.IntN(4) == 0 {
						return fail
					}
					return nil
				}
				c, s := p.establish()
				p.a.refuse, p.b.refuse = refuse, refuse
				p.transfer(c, s, 100<<10, time.Hour)
				p.transfer(s, c, 100<<10, time.Hour)
				c.pcb.Close()
				s.pcb.Close()
				p.run(20 * time.Minute)
				if c.closed != 1 || s.closed != 1 {
					t.Errorf("closed: %d, %d", c.closed, s.closed)
				}
				p.end()
			}
		})
	}
}

// A driver that never has room loses nothing but time, and leaves no connection
// on the list of those that wait for it.
func TestDriverNeverReady(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	full := true
	p.a.refuse = func() error {
		if full {
			return ip.ErrQueueFull
		}
		return nil
	}
	p.check = true
	c.write(make([]byte, 50000))
	p.run(time.Second)
	if len(p.a.tcp.stalled) != 1 || s.got.Len() != 0 {
		t.Fatalf("%d stalled, %d bytes arrived", len(p.a.tcp.stalled), s.got.Len())
	}
	full = false
	p.a.tcp.Retry()
	p.until(time.Second, func() bool { return s.got.Len() == 50000 })
	full = true
	c.write(make([]byte, 50000))
	p.a.tcp.Flush()
	c.pcb.Abort()
	if len(p.a.tcp.stalled) != 0 {
		t.Fatal("an aborted connection still waits for the driver")
	}
	p.end()
}

// An ACK that the driver refuses goes out when it has room.
func TestRefusedACK(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.refuse = func() error { return ip.ErrQueueFull }
	r.send(ACK, 1, 1, 1, 2, 3)
	r.send(ACK, 4, 1, 4, 5, 6)
	r.silent()
	r.refuse = nil
	r.tcp.Retry()
	r.tcp.Flush()
	r.expect(ACK, 1, 7, 0)
	r.end()
}

// A retransmission that fails for want of memory is tried again soon, and not
// taken for sent.
func TestRefusedRetransmission(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.write(100)
	r.take()
	r.refuse = func() error { return ip.ErrNoMemory }
	r.pass(1100 * time.Millisecond)
	r.silent()
	r.refuse = nil
	r.pass(20 * time.Millisecond)
	r.expect(ACK, 1, 1, 100)
	if n := r.tcp.Stats().Retransmits; n != 1 {
		t.Errorf("%d retransmissions, want 1", n)
	}
	r.end()
}

// The octet of a window probe may be all there is: when the window opens, it is
// sent again, with a timer behind it.
//
// RFC 9293 §3.8.6.1, RFC 6298 §5.1.
func TestProbeOctetIsAll(t *testing.T) {
	for _, fin := range []bool{false, true} {
		r := newRig(t, Config{})
		r.wnd = 0
		r.enter(Established)
		n := 1
		if fin {
			n = 0
			r.pcb.Shutdown(ShutWrite)
			r.tcp.Flush()
		} else {
			r.write(1)
		}
		r.silent()
		r.pass(250 * time.Millisecond)
		if s := r.take(); len(s) != 1 || len(s[0].data) != n || s[0].flags.Has(FIN) != fin {
			t.Fatal("probe:", s)
		}
		r.send(ACK, 1, 1) // refused
		r.silent()
		r.wnd = 1000
		r.send(ACK, 1, 1) // the window opens
		if s := r.take(); len(s) != 1 || s[0].seq != 1 {
			t.Fatal("after the window opened:", s)
		}
		if err := r.pcb.invariant(); err != nil {
			t.Fatal(err)
		}
		r.pass(2 * time.Second) // and is lost
		if s := r.take(); len(s) == 0 {
			t.Fatal("not sent again")
		}
		r.end()
	}
}

// ACKs of window probes are not duplicate ACKs: they start no recovery.
func TestProbeACKsAreNoDuplicates(t *testing.T) {
	r := newRig(t, Config{})
	r.wnd = 0
	r.enter(Established)
	r.write(5000)
	for range 10 {
		r.pass(61 * time.Second)
		r.send(ACK, 1, 1)
	}
	s := r.tcp.Stats()
	if s.FastRetransmits != 0 || s.Timeouts != 0 {
		t.Errorf("%d fast retransmits, %d time-outs", s.FastRetransmits, s.Timeouts)
	}
	if n := len(r.take()); n < 10 || n > 20 {
		t.Errorf("%d probes in 10 minutes", n)
	}
	r.end()
}

// The last octets fit into the window and only the FIN does not: they go at
// once.
func TestOnlyFINDoesNotFit(t *testing.T) {
	r := newRig(t, Config{})
	r.wnd = 100
	r.enter(Established)
	r.write(100)
	r.take()
	r.send(ACK, 1, 101)
	r.write(50)
	r.take()
	r.up.write(make([]byte, 50))
	r.pcb.Close()
	r.tcp.Flush()
	r.expect(ACK, 151, 1, 50)
	r.send(ACK, 1, 201)
	r.expect(FIN|ACK, 201, 1, 0)
	r.end()
}

// Both ends closed their windows and probe each other: the one that opens it is
// heard, though its ACK comes from behind its own probe.
func TestBothWindowsZero(t *testing.T) {
	p := newPair(t, Config{ReceiveBuffer: 4096, WindowUpdate: 1024})
	p.check = true
	c, s := p.establish()
	c.hold, s.hold = true, true
	data := make([]byte, 20000)
	cr, sr := c.write(data), s.write(data)
	p.run(30 * time.Second)
	s.hold = false
	s.pcb.Recved(s.held)
	from := p.now
	p.until(time.Second, func() bool { return s.got.Len() > 4096 })
	if d := p.now.Sub(from); d > 100*time.Millisecond {
		t.Errorf("the open window was noticed after %v", d)
	}
	c.hold = false
	c.pcb.Recved(c.held)
	p.until(time.Minute, func() bool {
		cr, sr = c.write(cr), s.write(sr)
		return s.got.Len() == len(data) && c.got.Len() == len(data)
	})
	p.end()
}

// A peer that closes its window for ever holds a connection as long as it has an
// owner; a closed one it does not.
//
// RFC 9293 §3.8.6.1 (MUST-37), RFC 6429 §3.
func TestZeroWindowAfterClose(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	s.hold = true
	c.write(make([]byte, 400<<10))
	p.run(time.Hour)
	if c.closed != 0 {
		t.Fatal("gave up: ", c.err)
	}
	c.pcb.Close()
	p.run(time.Hour)
	if c.closed != 1 || !errors.Is(c.err, ErrTimeout) || p.a.tcp.pcbs != 0 {
		t.Fatalf("closed %d, %v; %d PCBs", c.closed, c.err, p.a.tcp.pcbs)
	}
	if s.closed != 1 || s.err != ErrReset {
		t.Fatalf("the peer: %d, %v", s.closed, s.err)
	}
	p.end()
}

// Payload that nobody reads after Shutdown(ShutRead) does not close the window.
func TestShutReadKeepsWindowOpen(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	s.pcb.Shutdown(ShutRead)
	rest := c.write(make([]byte, 1<<20))
	p.until(10*time.Second, func() bool { rest = c.write(rest); return len(rest) == 0 && c.pcb.sendq.head == nil })
	if s.got.Len() != 0 {
		t.Errorf("%d bytes were read", s.got.Len())
	}
	s.pcb.Close()
	p.run(time.Second)
	if c.closed != 0 || c.eof != 1 {
		t.Errorf("reset in place of FIN: %v", c.err)
	}
	p.end()
}

// Connections outlive an exhausted pool: with few blocks for everything, all arrives in the end. What may be queued must leave room for
// headers.
func TestTransferUnderExhaustion(t *testing.T) {
	for _, pool := range []pbuf.Config{{MaxBytes: 13 << 10}, {MaxBytes: 12<<10 + 512}} {
		p := newPairWithPools(t, Config{ReceiveBuffer: 8 << 10, SendBuffer: 8 << 10}, pool)
		p.check = true
		r := sysarch.NewSeededRand(3)
		p.pass = func(*host, Header, int) bool { return r.IntN(30) != 0 }
		c, s := p.establish()
		p.transfer(c, s, 100<<10, time.Hour)
		p.transfer(s, c, 100<<10, time.Hour)
		if n := p.a.tcp.Stats().NoMemory + p.b.tcp.Stats().NoMemory + p.a.pool.Stats().Exhausted; n == 0 {
			t.Error("the pool was never exhausted")
		}
		c.pcb.Close()
		s.pcb.Close()
		p.run(20 * time.Minute)
		p.end()
	}
}

// A SYN,ACK that the driver refuses goes out when it has room.
func TestRefusedSYNACK(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(SynReceived)
	r.refuse = func() error { return ip.ErrQueueFull }
	r.send(SYN, 0, 0)
	r.silent()
	r.refuse = nil
	r.tcp.Retry()
	r.tcp.Flush()
	r.expect(SYN|ACK, 0, 1, 0)
	r.end()
}

// A large element, written before the segment size is known, is cut when it is
// sent, however few views there are to cut it with.
func TestSplitWithFewViews(t *testing.T) {
	for views := 1; views < 8; views++ {
		p := newPairWithPools(t, Config{MSS: 536}, pbuf.Config{MaxViews: views})
		p.check = true
		_, d := p.b.listen()
		c := p.a.dial(p.b)
		buf := p.a.pool.AllocBytes(0, 6000)
		if err := c.pcb.Write(buf, 0); err != nil {
			t.Fatal(err)
		}
		p.until(time.Hour, func() bool { return len(d.got) == 1 && d.got[0].got.Len() == 6000 })
		if views == 1 && p.a.pool.Stats().Exhausted == 0 {
			t.Error("there were views enough")
		}
		p.end()
	}
}
