package oracle

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
)

// faults are conversations that break exactly one rule, at packet c.fault.
var faults = []struct {
	rule string
	name string
	run  func(c *convo)
	opts Options
}{
	{rule: "tcp-checksum", name: "from the host beside", run: func(c *convo) {
		c.open()
		c.up(3)
		c.a.send(ACK, 100, badSum, lost, fault(c))
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 100, seq(c.a, -100))
		c.far()
		c.b.send(ACK, 0)
		c.close()
	}},
	{rule: "tcp-damaged", name: "from afar", run: func(c *convo) {
		c.open()
		c.down(3)
		c.b.send(ACK, 100, badSum, lost, fault(c))
		c.wait(300 * time.Millisecond)
		c.b.send(ACK, 100, seq(c.b, -100))
		c.soon()
		c.a.send(ACK, 0)
		c.far()
	}},
	{rule: "checksum-offload", name: "pseudo-header only", run: func(c *convo) {
		c.open()
		c.a.send(ACK, 2000, partialSum(c), fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.a.send(ACK, 1000, partialSum(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},

	{rule: "seq-data", name: "another byte", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 500, lost)
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 500, seq(c.a, -500), func(o *out) { o.payload = make([]byte, 500) }, fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "seq-acked", name: "long acknowledged", run: func(c *convo) {
		c.open()
		c.up(4)
		c.wait(time.Second)
		c.a.send(ACK, 1000, seq(c.a, -1000), fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "seq-hole", name: "500 octets skipped", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.nxt += 500
		c.a.send(ACK, 300, fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 300, seq(c.a, -300))
		c.far()
		c.b.send(ACK, 0)
		c.wait(2 * time.Second)
		c.a.send(ACK, 300, seq(c.a, -300))
		c.far()
		c.b.send(ACK, 0)
	}},
	{rule: "seq-unsent-ack", name: "an ACK far ahead", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 0, seq(c.a, 5000), fault(c))
		c.a.nxt -= 5000
		c.soon()
		c.up(2)
		c.close()
	}},
	{rule: "capture-hole", name: "a segment was not captured", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.nxt += 700
		c.b.rcv += 700
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.fault = c.a.send(ACK, 200)
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},

	{rule: "ack-missing", name: "data without ACK", run: func(c *convo) {
		c.open()
		c.up(2)
		c.a.send(PSH, 100, lost, fault(c))
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 100, seq(c.a, -100))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "ack-unsent", name: "too much", run: func(c *convo) {
		c.open()
		c.up(2)
		c.a.send(ACK, 100)
		c.far()
		c.b.send(ACK, 0, ack(c.b, 800), fault(c))
		c.soon()
		c.a.send(ACK, 0)
		c.up(2)
		c.close()
	}},
	{rule: "ack-back", name: "an old number", run: func(c *convo) {
		c.open()
		c.down(4)
		c.a.send(ACK, 0, ack(c.a, -1000), wnd(c.a, 1000), fault(c))
		c.far()
		c.down(2)
		c.close()
	}},
	{rule: "ack-late", name: "0.8 s", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(ACK|PSH, 100)
		c.wait(800 * time.Millisecond)
		c.a.send(ACK, 0, fault(c))
		c.far()
		c.down(2)
		c.close()
	}},
	{rule: "ack-stretch", name: "two segments, 0.4 s", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(ACK, 1400)
		c.wait(time.Millisecond)
		c.b.send(ACK, 1400)
		c.wait(400 * time.Millisecond)
		c.a.send(ACK, 0, fault(c))
		c.far()
		c.down(2)
		c.close()
	}},
	{rule: "ack-gap", name: "0.3 s", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.nxt += 1000
		c.b.send(ACK, 1000)
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 0, fault(c))
		c.far()
		c.b.send(ACK, 1000, seq(c.b, -2000))
		c.soon()
		c.a.send(ACK, 0)
		c.far()
	}},

	{rule: "win-exceeded", name: "by 200", run: func(c *convo) {
		c.b.wnd, c.b.scale = 3000, -1
		c.open()
		c.a.send(ACK, 1400)
		c.a.send(ACK, 1400)
		c.a.send(ACK, 400, fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "win-shrunk", name: "by 30000", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0, wnd(c.a, -30000), fault(c))
		c.far()
		c.a.wnd -= 30000
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0)
		c.far()
		c.close()
	}},
	{rule: "win-probe", name: "every 300 ms", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 500)
		c.far()
		c.b.wnd = 0
		c.b.send(ACK, 0)
		for range 5 {
			c.wait(280 * time.Millisecond)
			c.fault = c.a.send(ACK, 0, seq(c.a, -1))
			c.far()
			c.b.send(ACK, 0)
		}
		c.wait(time.Second)
		c.b.wnd = 60000
		c.b.send(ACK, 0)
		c.soon()
		c.up(2)
		c.close()
	}},

	{rule: "rexmit-early", name: "after 5 ms of 20", run: func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1000)
		c.wait(5 * time.Millisecond)
		c.a.send(ACK, 1000, seq(c.a, -1000), fault(c))
		c.wait(15 * time.Millisecond)
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "rexmit-syn", name: "after 100 ms", run: func(c *convo) {
		c.a.send(SYN, 0, lost)
		c.wait(100 * time.Millisecond)
		c.a.nxt--
		c.a.send(SYN, 0, fault(c))
		c.far()
		c.b.send(SYN|ACK, 0)
		c.soon()
		c.a.send(ACK, 0)
		c.up(4)
		c.close()
	}},
	{rule: "rexmit-backoff", name: "600 ms thrice", run: func(c *convo) {
		c.open()
		c.up(8)
		c.a.send(ACK, 1000, lost)
		for i := range 3 {
			c.wait(600 * time.Millisecond)
			n := c.a.send(ACK, 1000, seq(c.a, -1000))
			if i == 2 {
				c.fault = n
			}
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "rexmit-missing", name: "five minutes", run: func(c *convo) {
		c.open()
		c.up(4)
		c.down(4)
		c.a.send(ACK, 1000, lost)
		for range 3 {
			c.wait(100 * time.Second)
			c.b.send(ACK, 100)
			c.soon()
			c.fault = c.a.send(ACK, 0)
		}
		c.far()
	}},

	{rule: "cwnd-initial", name: "12 segments", run: func(c *convo) {
		c.open()
		for i := range 12 {
			n := c.a.send(ACK, 1400-70)
			if i == 11 {
				c.fault = n
			}
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}, opts: Options{PerRule: 1}},
	{rule: "cwnd-growth", name: "threefold a round trip", run: func(c *convo) {
		c.open()
		for range 4 {
			c.a.send(ACK, 1400)
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		for i := range 17 {
			n := c.a.send(ACK, 1400)
			if i == 15 {
				c.fault = n
			}
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}, opts: Options{PerRule: 1}},
	{rule: "cwnd-timeout", name: "four at once", run: func(c *convo) {
		c.open()
		c.up(8)
		for range 5 {
			c.a.send(ACK, 1000, lost)
		}
		c.wait(400 * time.Millisecond)
		for i := range 5 {
			n := c.a.send(ACK, 1000, seq(c.a, -5000+1000*i))
			if i == 3 {
				c.fault = n
			}
		}
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},

	{rule: "sack-unasked", name: "not in the SYN", run: func(c *convo) {
		c.a.sack = false
		c.open()
		c.down(4)
		c.b.nxt += 1000
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0, blocks(c.a, 1000, 2000), fault(c))
		c.far()
		c.b.send(ACK, 1000, seq(c.b, -2000))
		c.soon()
		c.a.send(ACK, 0)
	}},
	{rule: "sack-block", name: "ends before it begins", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.nxt += 1000
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0, blocks(c.a, 2000, 1000), fault(c))
		c.far()
		c.b.send(ACK, 1000, seq(c.b, -2000))
		c.soon()
		c.a.send(ACK, 0)
	}},
	{rule: "sack-block", name: "below the ACK, second", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.nxt += 1000
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0, blocks(c.a, 1000, 2000, -1000, -500), fault(c))
		c.far()
		c.b.send(ACK, 1000, seq(c.b, -2000))
		c.soon()
		c.a.send(ACK, 0)
	}},
	{rule: "sack-false", name: "beyond what was sent", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.nxt += 1000
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0, blocks(c.a, 1000, 2500), fault(c))
		c.far()
		c.b.send(ACK, 1000, seq(c.b, -2000))
		c.soon()
		c.a.send(ACK, 0)
		c.far()
		c.down(2)
	}},
	{rule: "sack-false", name: "of a hole", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 500, lost)
		c.a.nxt += 500
		c.a.send(ACK, 500)
		c.far()
		c.b.send(ACK, 0, blocks(c.b, 500, 1500), fault(c))
		c.soon()
		c.a.send(ACK, 500, seq(c.a, -1000))
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 500, seq(c.a, -1500))
		c.far()
		c.b.send(ACK, 0)
	}},
	{rule: "dsack-false", name: "came once", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(ACK, 1000)
		c.soon()
		c.a.send(ACK, 0, blocks(c.a, -1000, 0), fault(c))
		c.far()
		c.down(2)
		c.close()
	}},

	{rule: "ts-missing", name: "once", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 100, noTS, fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "ts-unasked", name: "not in the SYN", run: func(c *convo) {
		c.b.ts = false
		c.open()
		c.up(4)
		c.a.send(ACK, 100, option(8, 0, 0, 0, 1, 0, 0, 0, 0), fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "ts-back", name: "by 500", run: func(c *convo) {
		c.open()
		c.up(4)
		c.wait(time.Second)
		c.a.send(ACK, 100, func(o *out) { o.tsval -= 1500 }, fault(c))
		c.far()
		c.up(2)
		c.close()
	}},
	{rule: "ts-echo", name: "from nowhere", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 100, func(o *out) { o.tsecr += 100_000 }, fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "ts-rate", name: "10 kHz", run: func(c *convo) {
		start := c.now
		fast := func(o *out) { o.tsval += uint32(c.now.Sub(start).Milliseconds()) * 9 }
		c.a.send(SYN, 0)
		c.far()
		c.b.send(SYN|ACK, 0)
		c.soon()
		c.a.send(ACK, 0, fast)
		for range 3 {
			c.wait(2 * time.Second)
			c.fault = c.a.send(ACK, 100, fast)
			c.far()
			c.b.send(ACK, 0)
			c.soon()
		}
	}},

	{rule: "opt-malformed", name: "beyond the header", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 100, noTS, lost, func(o *out) {
			o.extra = []layers.TCPOption{{OptionType: 8, OptionLength: 12, OptionData: make([]byte, 10)}}
			o.bytes = func(b []byte) { b[21] = 40; reSum(c, b) }
		}, fault(c))
		c.wait(300 * time.Millisecond)
		c.a.send(ACK, 100, seq(c.a, -100))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "opt-syn-only", name: "MSS on data", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 100, option(2, 5, 0), fault(c))
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},
	{rule: "opt-unasked", name: "Window Scale", run: func(c *convo) {
		c.a.scale = -1
		c.a.send(SYN, 0)
		c.far()
		c.b.send(SYN|ACK, 0, option(3, 4), fault(c))
		c.soon()
		c.a.send(ACK, 0)
		c.up(4)
		c.close()
	}},
	{rule: "opt-unasked", name: "Timestamps", run: func(c *convo) {
		c.a.ts = false
		c.a.send(SYN, 0)
		c.far()
		c.b.send(SYN|ACK, 0, option(8, 0, 0, 0, 1, 0, 0, 0, 0), fault(c))
		c.soon()
		c.a.send(ACK, 0)
		c.up(4)
		c.close()
	}},
	{rule: "opt-scale", name: "15", run: func(c *convo) {
		c.a.scale = 15
		c.a.send(SYN, 0, fault(c))
		c.a.scale = 14
		c.far()
		c.b.send(SYN|ACK, 0)
		c.soon()
		c.a.send(ACK, 0)
		c.up(4)
		c.close()
	}},
	{rule: "opt-mss", name: "1448 of 1440", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(ACK, 1436, fault(c)) // and 12 of options
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.close()
	}},

	{rule: "rst-seq", name: "a million ahead", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(RST|ACK, 0, seq(c.a, 1_000_000), fault(c))
	}},
	{rule: "rst-after", name: "data goes on", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(RST|ACK, 0)
		c.soon()
		c.a.send(ACK, 100, fault(c))
	}},
	{rule: "rst-answered", name: "twice", run: func(c *convo) {
		c.open()
		c.up(4)
		c.b.send(RST|ACK, 0)
		c.soon()
		c.a.send(RST|ACK, 0)
		c.far()
		c.b.send(RST|ACK, 0)
		c.soon()
		c.a.send(RST|ACK, 0, fault(c))
	}},

	{rule: "fin-data", name: "100 octets", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(FIN|ACK, 0)
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.a.send(ACK, 100, fault(c))
		c.far()
		c.b.send(ACK, 0)
	}},
	{rule: "fin-moved", name: "one further", run: func(c *convo) {
		c.open()
		c.up(4)
		c.a.send(FIN|ACK, 0)
		c.far()
		c.b.send(ACK, 0)
		c.soon()
		c.a.send(FIN|ACK, 0, fault(c))
		c.far()
		c.b.send(ACK, 0)
	}},
	{rule: "fin-ack", name: "0.8 s", run: func(c *convo) {
		c.open()
		c.down(4)
		c.b.send(FIN|ACK, 0)
		c.wait(800 * time.Millisecond)
		c.a.send(ACK, 0, fault(c))
		c.soon()
		c.a.send(FIN|ACK, 0)
		c.far()
		c.b.send(ACK, 0)
	}},
}

// Mods.

func lost(o *out) { o.lost = true }
func noTS(o *out) { o.noTS = true }

func fault(c *convo) mod { return func(*out) { c.fault = c.n + 1 } }

// seq moves the sequence number by n from SND.NXT, ack the acknowledgment, wnd
// the window.
func seq(h *host, n int) mod { return func(o *out) { o.seq = h.nxt + uint32(n) } }
func ack(h *host, n int) mod { return func(o *out) { o.ack = h.rcv + uint32(n) } }
func wnd(h *host, n int) mod { return func(o *out) { o.wnd = h.wnd + uint32(n) } }

// blocks sets SACK blocks, relative to RCV.NXT.
func blocks(h *host, edges ...int) mod {
	return func(o *out) {
		o.blocks = nil
		for i := 0; i < len(edges); i += 2 {
			o.blocks = append(o.blocks, Block{h.rcv + uint32(edges[i]), h.rcv + uint32(edges[i+1])})
		}
	}
}

func option(kind layers.TCPOptionKind, data ...byte) mod {
	return func(o *out) {
		o.extra = append(o.extra, layers.TCPOption{OptionType: kind, OptionLength: uint8(2 + len(data)), OptionData: data})
	}
}

func badSum(o *out) { o.bytes = func(b []byte) { b[16] ^= 0x40 } }

// reSum computes a segment's checksum anew: the difference is made up for.
func reSum(c *convo, b []byte) {
	b[16], b[17] = 0, 0
	var p Packet
	p.Src, p.Dst = c.a.addr, c.b.addr
	binary.BigEndian.PutUint16(b[16:], ^sum(uint32(p.pseudo(protoTCP, len(b))), b))
}

func partialSum(c *convo) mod {
	return func(o *out) {
		o.bytes = func(b []byte) {
			var p Packet
			p.Src, p.Dst = c.a.addr, c.b.addr
			binary.BigEndian.PutUint16(b[16:], p.pseudo(protoTCP, len(b)))
		}
	}
}

// TestFaults: each planted fault is found, at its packet, and nothing else is.
func TestFaults(t *testing.T) {
	found := make(map[string]bool)
	for _, tt := range faults {
		for _, six := range []bool{false, true} {
			t.Run(tt.rule+"/"+tt.name+map[bool]string{false: "/v4", true: "/v6"}[six], func(t *testing.T) {
				c := newConvo(t, six)
				tt.run(c)
				list, report := judged(t, c.file.Bytes(), tt.opts)
				if len(list) != 1 || list[0].Rule != tt.rule || list[0].last() != c.fault {
					t.Errorf("want %s at packet %d, got:\n%s%+v", tt.rule, c.fault, lines(list), report.Flows)
				}
				found[tt.rule] = true
			})
		}
	}
	for _, r := range Rules() {
		if !found[r.ID] && !slices.Contains(elsewhere, r.ID) {
			t.Errorf("no trace breaks %s", r.ID)
		}
	}
}

func lines(list []Finding) string {
	s := ""
	for _, f := range list {
		s += f.String() + "\n"
	}
	return s
}

// TestValid: a conversation without a fault has no finding, whoever opens it,
// with and without options, and cut short in every way.
func TestValid(t *testing.T) {
	for _, six := range []bool{false, true} {
		for _, with := range []string{"all", "no timestamps", "no scale", "no SACK"} {
			for _, snap := range []int{1 << 16, 96, 80, 60} {
				c := newConvo(t, six)
				c.snap = snap
				switch with {
				case "no timestamps":
					c.a.ts = false
				case "no scale":
					c.b.scale = -1
				case "no SACK":
					c.a.sack = false
				}
				if with == "all" {
					c.open()
				} else {
					c.opened()
				}
				c.up(20)
				c.down(20)
				// A loss, reported and repaired.
				c.b.send(ACK, 1000, lost)
				c.wait(100 * time.Microsecond)
				c.b.send(ACK, 1000)
				c.soon()
				c.a.send(ACK, 0)
				c.far()
				c.b.send(ACK, 1000, seq(c.b, -2000))
				c.soon()
				c.a.send(ACK, 0)
				c.close()
				list, r := judged(t, c.file.Bytes(), Options{})
				if len(list) != 0 {
					t.Errorf("%v, %s, %d octets of each packet:\n%s", six, with, snap, lines(list))
				}
				if snap == 1<<16 && (len(r.Flows) != 1 || !r.Flows[0].Opening || r.Flows[0].A.Bytes != 20000 && r.Flows[0].B.Bytes != 20000) {
					t.Errorf("%+v", r.Flows)
				}
			}
		}
	}
}
