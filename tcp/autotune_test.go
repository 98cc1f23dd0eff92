package tcp

import (
	"testing"
	"time"

	"github.com/golwip/lwip/pbuf"
)

// far makes a pair with a round trip of 100 ms and establishes a connection.
func far(t *testing.T, cfg Config, pool pbuf.Config) (p *pair, c, s *owner) {
	p = newPairWithPools(t, cfg, pool)
	p.delay = 50 * time.Millisecond
	p.check = true
	c, s = p.establish()
	return p, c, s
}

// The receive buffer grows to what the application takes in two round trips, up
// to its limit, with timestamps and without; the edge of the window never moves
// left.
func TestReceiveTuning(t *testing.T) {
	const mega = 1 << 20
	for _, c := range []struct {
		name     string
		cfg      Config
		pool     pbuf.Config
		set      int // SetReceiveBuffer before the transfer
		from, to int // receive buffer afterwards
	}{
		{"the default", Config{}, pbuf.Config{}, 0, 6 * mega, 6 * mega},
		{"without timestamps", Config{NoTimestamps: true}, pbuf.Config{}, 0, 6 * mega, 6 * mega},
		{"a limit", Config{ReceiveBufferMax: mega}, pbuf.Config{}, 0, mega, mega},
		{"a limit below the default", Config{ReceiveBufferMax: 100000}, pbuf.Config{}, 0, 100000, 100000},
		{"off", Config{NoReceiveTuning: true}, pbuf.Config{}, 0, 256 << 10, 256 << 10},
		{"a size that is configured", Config{ReceiveBuffer: 100000}, pbuf.Config{}, 0, 100000, 100000},
		{"a size and a limit", Config{ReceiveBuffer: 100000, ReceiveBufferMax: 200000}, pbuf.Config{}, 0, 200000, 200000},
		{"a size that is set", Config{}, pbuf.Config{}, 300000, 300000, 300000},
		{"no window scale", Config{NoWindowScale: true, ReceiveBuffer: 20000, ReceiveBufferMax: mega}, pbuf.Config{}, 0, 0xffff, 0xffff},
		{"little memory", Config{}, pbuf.Config{MaxBytes: 4 * mega}, 0, 256 << 10, mega},
		{"a gigabyte", Config{ReceiveBufferMax: 1 << 30}, pbuf.Config{}, 0, 7 * mega, 1 << 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.SendBufferMax = 16 * mega
			p, snd, rcv := far(t, c.cfg, c.pool)
			if c.set != 0 {
				rcv.pcb.SetReceiveBuffer(c.set)
			}
			edge := rcv.pcb.rcv.adv
			p.pass = func(from *host, h Header, _ int) bool {
				if from == p.b && !h.Flags().Has(RST) {
					next := h.Ack().Add(int(h.Window()) << rcv.pcb.rcv.scale)
					if edge.Sub(next) >= 1<<rcv.pcb.rcv.scale {
						t.Fatalf("the edge moved left from %d to %d", edge, next)
					}
					edge = next
				}
				return true
			}
			p.transfer(snd, rcv, 30*mega, 10*time.Minute)
			if n := rcv.pcb.ReceiveBuffer(); n < c.from || n > c.to {
				t.Errorf("receive buffer of %d bytes, want %d to %d", n, c.from, c.to)
			}
			if grown := p.b.tcp.Stats().ReceiveGrown; (grown > 0) != (rcv.pcb.ReceiveBuffer() > max(c.set, c.cfg.withDefaults().ReceiveBuffer)) {
				t.Errorf("grown %d times", grown)
			}
			p.end()
		})
	}
}

// An application that takes less than half of the buffer in a round trip does not
// make it grow, however long it goes on, nor does one that takes much seldom.
func TestReceiveTuningSlowReader(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		gap  time.Duration
	}{
		{"steady", 50000, 100 * time.Millisecond},
		{"seldom", 200000, 2 * time.Second},
	} {
		for _, cfg := range []Config{{}, {NoTimestamps: true}} {
			p, snd, rcv := far(t, cfg, pbuf.Config{})
			for range 50 {
				snd.write(make([]byte, c.n))
				p.run(c.gap)
			}
			if n := rcv.pcb.ReceiveBuffer(); cfg.NoTimestamps && n > 1<<20 || !cfg.NoTimestamps && n > 512<<10 {
				t.Errorf("%s, %v: receive buffer of %d bytes", c.name, cfg.NoTimestamps, n)
			}
			p.end()
		}
	}
}

// Who does not read does not make the buffer grow, and what a connection that
// received little costs is a pointer.
func TestReceiveTuningNotReading(t *testing.T) {
	p, snd, rcv := far(t, Config{}, pbuf.Config{})
	p.transfer(snd, rcv, 16000, time.Minute)
	if rcv.pcb.tune != nil {
		t.Error("tuned after 16,000 octets")
	}
	rcv.hold = true
	snd.write(make([]byte, 1<<20))
	p.run(10 * time.Second)
	if n := rcv.pcb.ReceiveBuffer(); n != 256<<10 || rcv.held > n {
		t.Errorf("receive buffer of %d bytes, %d held", n, rcv.held)
	}
	p.end()
}

// A peer in the same machine needs no larger buffers.
func TestTuningNearby(t *testing.T) {
	p := newPair(t, Config{})
	p.delay = 10 * time.Microsecond
	c, s := p.establish()
	p.transfer(c, s, 10<<20, time.Minute)
	if snd, rcv := c.pcb.SendBuffer(), s.pcb.ReceiveBuffer(); snd != 256<<10 || rcv != 256<<10 {
		t.Errorf("send buffer %d, receive buffer %d", snd, rcv)
	}
	p.end()
}

// The send buffer grows to two congestion windows, as far as the peer's window
// has use for it.
func TestSendTuning(t *testing.T) {
	const mega = 1 << 20
	for _, c := range []struct {
		name     string
		cfg      Config
		pool     pbuf.Config
		set      int
		from, to int
	}{
		{"the default", Config{}, pbuf.Config{}, 0, 4 * mega, 4 * mega},
		{"a limit", Config{SendBufferMax: mega}, pbuf.Config{}, 0, mega, mega},
		{"off", Config{NoSendTuning: true}, pbuf.Config{}, 0, 256 << 10, 256 << 10},
		{"a size that is configured", Config{SendBuffer: 100000}, pbuf.Config{}, 0, 100000, 100000},
		{"a size that is set", Config{}, pbuf.Config{}, 300000, 300000, 300000},
		{"the peer's window", Config{NoReceiveTuning: true}, pbuf.Config{}, 0, 300000, 512 << 10},
		{"little memory", Config{}, pbuf.Config{MaxBytes: 4 * mega}, 0, 256 << 10, mega},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, snd, rcv := far(t, c.cfg, c.pool)
			if c.set != 0 {
				snd.pcb.SetSendBuffer(c.set)
			}
			p.transfer(snd, rcv, 20*mega, 10*time.Minute)
			if n := snd.pcb.SendBuffer(); n < c.from || n > c.to {
				t.Errorf("send buffer of %d bytes, want %d to %d", n, c.from, c.to)
			}
			p.end()
		})
	}
}

// A listener's connections inherit that a size was set.
func TestPinnedBuffersInherited(t *testing.T) {
	p := newPair(t, Config{})
	p.delay = 50 * time.Millisecond
	l, err := p.b.tcp.NewPCB()
	if err == nil {
		l.SetReceiveBuffer(100000)
		l.SetSendBuffer(50000)
		l.SetNotSentLowat(7000)
		err = l.Bind(addrPort(p.b, 80), nil)
	}
	d := new(door)
	if err == nil {
		_, err = l.Listen(1, d)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := p.a.dial(p.b)
	p.until(time.Minute, func() bool { return c.connected == 1 && len(d.got) == 1 })
	s := d.got[0]
	p.transfer(c, s, 3<<20, time.Minute)
	p.transfer(s, c, 3<<20, time.Minute)
	if rcv, snd, lowat := s.pcb.ReceiveBuffer(), s.pcb.SendBuffer(), s.pcb.NotSentLowat(); rcv != 100000 || snd != 50000 || lowat != 7000 {
		t.Errorf("receive buffer %d, send buffer %d, low-water mark %d", rcv, snd, lowat)
	}
	p.end()
}

// Defaults of sizes and limits.
func TestBufferDefaults(t *testing.T) {
	for _, c := range []struct{ size, limit, wantSize, wantLimit int }{
		{0, 0, 256 << 10, 6 << 20},
		{1000, 0, 1000, 1000},
		{0, 1000, 1000, 1000},
		{0, 1 << 20, 256 << 10, 1 << 20},
		{1000, 2000, 1000, 2000},
		{2000, 1000, 2000, 2000},
		{1 << 31, 0, 1 << 30, 1 << 30},
	} {
		got := Config{ReceiveBuffer: c.size, ReceiveBufferMax: c.limit}.withDefaults()
		if got.ReceiveBuffer != c.wantSize || got.ReceiveBufferMax != c.wantLimit {
			t.Errorf("%d, %d: got %d, %d", c.size, c.limit, got.ReceiveBuffer, got.ReceiveBufferMax)
		}
	}
}
