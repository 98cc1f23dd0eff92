package fuzz

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// stranger is the ith of many addresses of the link.
func stranger(i int) string {
	return netip.AddrFrom4([4]byte{10, 0, 0, byte(10 + i%200)}).String()
}

// distant is the ith of many addresses behind the router.
func distant(i int) string {
	return netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)}).String()
}

// flood is what one host, or many, can send as fast as the link allows.
type flood struct {
	name  string
	frame func(w *world, i int) []byte
	// answers is the most frames that answer 3000 of them within an instant.
	answers int
	// left is the most memory in bytes that they pin.
	left int
}

var floods = []flood{
	{"SYNs", func(w *world, i int) []byte {
		seg := tcpSegment(uint16(1000+i), tcpPort, uint32(i)*999, 0, syn, 1000, 0, nil, nil)
		return w.ether(hostHW, routerHW, 0x0800, packet4(distant(i), host4, 6, 1, 0, nil, seg))
	}, 3010, 200 << 10}, // a cookie each
	{"first fragments", func(w *world, i int) []byte {
		return w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, uint16(i), 0x2000, nil, make([]byte, 1400)))
	}, 0, 300 << 10},
	{"first fragments over IPv6", func(w *world, i int) []byte {
		return w.from6(44, append([]byte{17, 0, 0, 1, 0, 0, byte(i >> 8), byte(i)}, make([]byte, 1200)...))
	}, 0, 5 << 20},
	{"fragments of eight bytes", func(w *world, i int) []byte {
		return w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, 7, 0x2000|uint16(3000-i), nil, make([]byte, 8)))
	}, 0, 5 << 20},
	{"ARP requests from everybody", func(w *world, i int) []byte {
		return w.arp(1, "\x02\x01\x01\x01"+string([]byte{byte(i >> 8), byte(i)}), stranger(i), host4)
	}, 3000, 64 << 10},
	{"solicitations from everybody", func(w *world, i int) []byte {
		return w.solicitation("\x02\x01\x01\x01"+string([]byte{byte(i >> 8), byte(i)}), fmt.Sprintf("fd00::1:%x", i+1))
	}, 3000, 64 << 10},
	{"advertisements of routers", func(w *world, i int) []byte {
		return w.nd(routerHW, fmt.Sprintf("fe80::1:%x", i+1), "ff02::1", 134, 0x40_00_0708, make([]byte, 8),
			[]byte{3, 4, 64, 0xc0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0, 0, 0}, addrBytes(fmt.Sprintf("2001:db8:%x::", i+1)))
	}, 8, 64 << 10},
	{"datagrams to closed ports", func(w *world, i int) []byte {
		return w.ether(hostHW, routerHW, 0x0800, packet4(distant(i), host4, 17, 1, 0, nil, udpDatagram(9, uint16(2000+i), make([]byte, 20))))
	}, 60, 64 << 10},
	{"datagrams to closed ports over IPv6", func(w *world, i int) []byte {
		return w.from6(17, udpDatagram(9, uint16(2000+i), make([]byte, 20)))
	}, 120, 64 << 10},
	{"datagrams nobody reads", func(w *world, i int) []byte {
		return w.from4(17, udpDatagram(9, 54, make([]byte, 1400)))
	}, 60, 64 << 10},
	{"tiny segments out of order", func(w *world, i int) []byte {
		q := w.peers[0]
		seq := q.nxt + uint32(3+2*i)
		return q.segment(ack, seq, q.rcv, q.stream(seq, 1))
	}, 3000, 300 << 10},
	{"RSTs that miss", func(w *world, i int) []byte {
		q := w.peers[0]
		return q.segment(rst, q.nxt+uint32(1+i), 0, nil)
	}, 40, 64 << 10},
	{"SYNs that miss", func(w *world, i int) []byte {
		q := w.peers[0]
		return q.segment(syn, q.nxt+uint32(1+i), 0, nil)
	}, 40, 64 << 10},
	{"ACKs of what was never sent", func(w *world, i int) []byte {
		q := w.peers[0]
		return q.segment(ack, q.nxt, q.rcv+uint32(100_000+i), nil)
	}, 40, 64 << 10},
	{"chains of headers", func(w *world, i int) []byte {
		chain := make([]byte, 0, 1400)
		for range 170 {
			chain = append(chain, 60, 0, 1, 4, 0, 0, 0, 0)
		}
		return w.from6(60, append(chain, 59, 0, 1, 4, 0, 0, 0, 0))
	}, 120, 64 << 10},
}

// TestFloods checks that no flood takes more than its share, that a connection
// lives on under each, and that others are served when it is over.
func TestFloods(t *testing.T) {
	for _, f := range floods {
		for _, preset := range []kind{0, 1, 2} {
			t.Run(fmt.Sprintf("%s/%d", f.name, preset), func(t *testing.T) {
				w := newWorld(t, preset)
				c, q := w.enter(tcp.Established, false)
				before := w.frames
				for i := range 3000 {
					w.deliver(f.frame(w, i))
				}
				t.Logf("%d answers, %d bytes", w.frames-before, w.s.Pool().Stats().BytesInUse)
				if n := w.frames - before; n > f.answers && preset == 0 {
					t.Errorf("%d frames answer, want at most %d", n, f.answers)
				}
				if n := w.s.Pool().Stats().BytesInUse; n > f.left {
					t.Errorf("%d bytes are pinned, want at most %d", n, f.left)
				}
				w.check()
				w.deliver(q.send(ack, 100))
				w.deliver(q.send(ack, 100))
				w.pass(time.Second)
				if c.closed || c.got < 200 {
					t.Errorf("the connection: closed %v (%v), got %d", c.closed, c.err, c.got)
				}
				w.pass(4 * time.Minute)
				w.serves()
				w.close()
			})
		}
	}
}
