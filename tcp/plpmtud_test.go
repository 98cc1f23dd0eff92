package tcp

import (
	"testing"
	"time"
)

// TestBlackHole: where full segments vanish the connection finds what arrives, and nearly
// the largest, and later that the path has become better.
//
// RFC 4821 §7.7, §7.3.
func TestBlackHole(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit int // bytes of segment that arrive
	}{
		{"1400", 1400}, {"1200", 1200}, {"600", 600},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPair(t, Config{})
			p.check = true
			c, s := p.establish()
			p.largest = tt.limit
			p.transfer(c, s, 64<<10, time.Minute) // in spite of it
			if c.pcb.snd.mss > uint16(tt.limit) || p.a.tcp.stats.BlackHoles == 0 {
				t.Errorf("MSS %d, %d black holes", c.pcb.snd.mss, p.a.tcp.stats.BlackHoles)
			}
			for range 12 { // time to search
				p.run(15 * time.Second)
				p.transfer(c, s, 256<<10, time.Minute)
			}
			if got := int(c.pcb.snd.mss) + HeaderLen; got > tt.limit || got < tt.limit-searchEnough-HeaderLen {
				t.Errorf("segments of %d bytes on a path for %d", got, tt.limit)
			}
			p.largest = 0
			for range 4 {
				p.run(searchAgain)
				p.transfer(c, s, 256<<10, time.Minute)
				p.run(searchAgain)
				p.transfer(c, s, 256<<10, time.Minute)
			}
			if got := c.pcb.snd.mss; got != 1460 {
				t.Errorf("MSS %d on a path that is whole again", got)
			}
			p.end()
		})
	}
}

// TestBlackHoleNone: a path that carries nothing for a while is no black hole: segments are
// full when it comes back.
func TestBlackHoleNone(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	p.pass = func(*host, Header, int) bool { return false }
	c.pcb.Write(c.pcb.t.pool.AllocBytes(0, 20000), 0)
	p.run(3 * time.Minute)
	p.pass = nil
	p.until(3*time.Minute, func() bool { return s.got.Len() == 20000 })
	if c.pcb.snd.mss != 1460 {
		t.Errorf("MSS %d", c.pcb.snd.mss)
	}
	p.end()
}

// TestBlackHoleOff: without the search only ICMP helps.
func TestBlackHoleOff(t *testing.T) {
	p := newPair(t, Config{MTUProbing: ProbeOff})
	c, s := p.establish()
	p.largest = 1200
	c.pcb.Write(c.pcb.t.pool.AllocBytes(0, 20000), 0)
	p.run(10 * time.Minute)
	if s.got.Len() != 0 || c.pcb.snd.mss != 1460 {
		t.Errorf("%d bytes arrived, MSS %d", s.got.Len(), c.pcb.snd.mss)
	}
	p.end()
}

// TestProbeAlways: a connection begins small and finds the path's size by the first
// probe.
//
// RFC 4821 §7.2.
func TestProbeAlways(t *testing.T) {
	p := newPair(t, Config{MTUProbing: ProbeAlways})
	p.check = true
	c, s := p.establish()
	if c.pcb.snd.mss != baseMSS {
		t.Errorf("MSS %d at first", c.pcb.snd.mss)
	}
	p.transfer(c, s, 256<<10, time.Minute)
	if c.pcb.snd.mss != 1460 || p.a.tcp.stats.Retransmits != 0 {
		t.Errorf("MSS %d, %d sent again", c.pcb.snd.mss, p.a.tcp.stats.Retransmits)
	}
	p.end()
}

// TestProbeInFlight: an ACK of what was sent before a probe says nothing of its size.
//
// RFC 4821 §7.6.1.
func TestProbeInFlight(t *testing.T) {
	r := newRig(t, Config{MTUProbing: ProbeAlways})
	r.wnd = 60000
	r.establish(optMSS, 4, 1460>>8, 1460&255)
	r.write(baseMSS)
	r.write(20000)
	if n := r.tcp.Stats().MTUProbes; n != 1 {
		t.Fatalf("%d probes", n)
	}
	r.pass(100 * time.Millisecond)
	r.send(ACK, 1, 1+baseMSS)
	if got := r.pcb.snd.mss; got != baseMSS {
		t.Errorf("MSS %d before the probe has arrived", got)
	}
	r.send(ACK, 1, 1+baseMSS+1460)
	if got := r.pcb.snd.mss; got != 1460 {
		t.Errorf("MSS %d when it has", got)
	}
	r.take()
	r.end()
}
