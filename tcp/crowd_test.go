package tcp

import (
	"testing"
	"time"
)

// Many connections to a near peer have a share of the cache each, one that set its
// buffers, or is far away, has what its buffers hold; and nobody is stuck.
func TestCrowd(t *testing.T) {
	const conns, each = 32, 300 << 10
	for _, c := range []struct {
		name  string
		delay time.Duration
		set   int
		full  bool // all buffers fill
	}{
		{"near", 10 * time.Microsecond, 0, false},
		{"far", 5 * time.Millisecond, 0, true},
		{"set", 10 * time.Microsecond, 256 << 10, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPair(t, Config{})
			p.delay, p.check = c.delay, true
			_, d := p.b.listen()
			clients := make([]*owner, conns)
			for i := range clients {
				clients[i] = p.a.dial(p.b)
			}
			p.until(time.Minute, func() bool { return len(d.got) == conns })
			rest := make([][]byte, conns)
			for i, s := range d.got {
				s.hold = true
				if c.set != 0 {
					clients[i].pcb.SetSendBuffer(c.set)
					s.pcb.SetReceiveBuffer(c.set)
				}
				rest[i] = make([]byte, each)
			}
			write := func() {
				for i, cl := range clients {
					rest[i] = cl.write(rest[i])
				}
			}
			for i, cl := range clients { // one begins after the other
				for range 4 {
					rest[i] = cl.write(rest[i])
					p.run(50 * time.Millisecond)
				}
			}
			// The buffer is full of whole segments. A SYN has promised 64 KiB to each
			// that begins when it is crowded.
			least, most := conns*(256<<10-4*1448), conns*(256<<10)
			if !c.full {
				least, most = crowdBytes, crowdBytes+256<<10+conns*(64<<10)
			}
			if n := p.b.tcp.unread; n < least || n > most {
				t.Errorf("%d bytes wait to be read, want between %d and %d", n, least, most)
			}
			for _, s := range d.got {
				s.hold = false
				s.pcb.Recved(s.held)
			}
			p.until(time.Minute, func() bool {
				write()
				for _, s := range d.got {
					if s.got.Len() != each {
						return false
					}
				}
				return true
			})
			p.end()
		})
	}
}

// While it is crowded a writer gets its share once nothing waits, and no less.
func TestCrowdSendShare(t *testing.T) {
	p := newPair(t, Config{})
	p.delay = 10 * time.Microsecond
	c, s := p.establish()
	if n := c.pcb.SendShare(); n != 256<<10 {
		t.Errorf("share of %d bytes when nobody is there", n)
	}
	p.a.tcp.unacked += crowdBytes + 1
	if n, space, limit := c.pcb.SendShare(), c.pcb.SendSpace(), c.pcb.SendLimit(); n != crowdShare || space != n || limit != 256<<10 {
		t.Errorf("share of %d bytes, space %d, limit %d", n, space, limit)
	}
	p.a.tcp.unacked -= crowdBytes + 1
	for _, o := range []*owner{c, s} {
		if n := o.pcb.WindowStride(); n > crowdShare/2 {
			t.Errorf("told of the consumed after %d bytes, half of the share is %d", n, crowdShare/2)
		}
	}
	p.end()
}
