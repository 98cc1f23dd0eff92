package oracle

import (
	"testing"
	"time"
)

// innocents are conversations that look as if a rule were broken, and none is.
var innocents = []struct {
	rule string // the one that it looks like
	name string
	run  func(c *convo)
}{
	{"seq-unsent-ack", "an ACK overtakes payload", func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 0, seq(c.a, 1000))
		c.a.send(ACK, 1000, seq(c.a, -1000))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"ack-back", "an ACK overtakes another", func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(ACK, 1000)
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0)
		c.a.send(ACK, 0, ack(c.a, -1000), func(o *out) { o.tsval-- })
		c.far()
		c.down(2)
		c.close()
	}},
	{"win-shrunk", "a window update overtakes another", func(c *convo) {
		c.open()
		c.down(4)
		c.a.send(ACK, 0)
		c.a.send(ACK, 0, wnd(c.a, -30000))
		c.far()
		c.down(2)
		c.close()
	}},
	{"ts-back", "new payload is overtaken by old", func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 1000, lost)
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -1000))
		c.a.send(ACK, 1000, func(o *out) { o.tsval -= 2 })
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"rexmit-early", "the timer expires after a probe of the tail", func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1000, lost)
		c.wait(190 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -1000), lost)
		c.wait(10 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -1000))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"rexmit-early", "the timer expires after a fast retransmission", func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1000, lost)
		for range 3 {
			c.a.send(ACK, 1000)
		}
		c.far()
		for range 3 {
			c.b.send(ACK, 0)
		}
		c.soon()
		c.a.send(ACK, 1000, seq(c.a, -4000), lost)
		c.wait(5 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -4000))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"rexmit-early", "the timer of an older segment expires", func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1000, lost)
		c.wait(195 * time.Millisecond)
		c.a.send(ACK, 1000, lost)
		c.wait(5 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -1000))
		c.far()
		c.b.send(ACK, 0)
		c.wait(time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -2000))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"rexmit-early", "in smaller pieces", func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1400, lost)
		c.wait(3 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -1400))
		c.a.send(ACK, 400, seq(c.a, -400))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"rexmit-backoff", "copies that waited for a neighbour", func(c *convo) {
		c.open()
		c.up(8)
		c.wait(time.Minute)
		c.a.send(ACK, 1000, lost)
		for range 3 {
			c.wait(time.Second)
			c.arp(1, 1, "10.0.0.1", "10.0.0.2", nil)
		}
		for _, before := range []uint32{2700, 2100, 900} {
			c.a.send(ACK, 1000, seq(c.a, -1000), func(o *out) { o.tsval -= before })
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"rexmit-backoff", "a timer that was late once", func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1000, lost)
		for _, ms := range []int{40, 290, 400} { // twice 200 is due; the one before was 90 ms late
			c.wait(time.Duration(ms) * time.Millisecond)
			c.a.send(ACK, 1000, seq(c.a, -1000))
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"ack-gap", "the segment out of order was not taken", func(c *convo) {
		c.open()
		c.down(4)
		c.b.nxt += 1000
		c.b.send(ACK, 1000, lost)
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 100)
		c.far()
		c.b.send(ACK, 1000, seq(c.b, -2000))
		c.b.send(ACK, 1000, seq(c.b, -1000))
		c.soon()
		c.a.send(ACK, 0)
		c.far()
	}},
	{"opt-mss", "large segments that a card splits", func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 2000)
		c.a.send(ACK, 4000)
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{"ack-late", "the first copy was not taken", func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(ACK, 1000, lost)
		c.wait(time.Second)
		c.b.send(ACK, 1000, seq(c.b, -1000))
		c.soon()
		c.a.send(ACK, 0)
		c.far()
		c.down(2)
		c.close()
	}},
	{"seq-unsent-ack", "opened anew, late segments and all", func(c *convo) {
		c.open()
		c.up(4)
		c.down(4)
		c.a.send(RST|ACK, 0)
		a, b := *c.a, *c.b
		c.wait(10 * time.Second)
		// The RST was lost: b answers the SYN as the old connection has it.
		c.a.nxt, c.b.got = c.a.nxt-500_000, nil
		start := c.a.nxt
		c.a.send(SYN, 0, lost)
		c.far()
		c.b.send(ACK, 0, func(o *out) { o.seq, o.ack = b.nxt, a.nxt })
		c.soon()
		c.a.send(RST, 0, func(o *out) { o.seq = a.nxt })
		c.wait(time.Second)
		c.a.nxt = start
		c.b.nxt += 3_000_000
		c.a.send(SYN, 0)
		c.far()
		c.b.send(SYN|ACK, 0)
		c.soon()
		c.a.send(ACK, 0)
		c.up(2)
		// Segments of the former connection, of either side.
		c.b.send(ACK, 1000, lost, func(o *out) { o.seq, o.ack = b.nxt-1000, a.nxt })
		c.a.send(ACK, 0, lost, func(o *out) { o.seq, o.ack = a.nxt, b.nxt })
		c.soon()
		c.up(4)
		c.down(4)
		c.close()
	}},
}

// TestInnocent: what no rule forbids raises no alarm, from next to the host, as
// found out and as told.
func TestInnocent(t *testing.T) {
	for _, tt := range innocents {
		for _, six := range []bool{false, true} {
			t.Run(tt.rule+"/"+tt.name+map[bool]string{false: "/v4", true: "/v6"}[six], func(t *testing.T) {
				c := newConvo(t, six)
				tt.run(c)
				for _, o := range []Options{{}, {At: hosts}} {
					if list, r := judged(t, c.file.Bytes(), o); len(list) != 0 || len(r.Flows) == 0 {
						t.Errorf("%+v: %+v\n%s", o, r.Flows, lines(list))
					}
				}
			})
		}
	}
}

// TestLengthDamaged: a segment whose IPv6 length is greater than the frame's was
// damaged on the way, and is not judged.
func TestLengthDamaged(t *testing.T) {
	c := newConvo(t, true)
	c.b.wnd, c.b.scale = 1000, -1
	c.open()
	c.a.send(ACK, 1000, lost)
	file := c.file.Bytes()
	file[len(file)-1000-20-12-40+5] ^= 16 // the payload's length
	c.wait(300 * time.Millisecond)
	c.a.send(ACK, 1000, seq(c.a, -1000))
	c.far()
	c.b.send(ACK, 0)
	list, r := judged(t, c.file.Bytes(), Options{})
	if len(list) != 0 || r.Malformed != 1 {
		t.Errorf("%d malformed\n%s", r.Malformed, lines(list))
	}
}
