package fuzz

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/tcp"
)

// Bits of an input's third byte, beside those of how.
const (
	besides   = 4  // the changed packet comes besides the right one, before it
	inTwo     = 8  // every packet comes in two pieces
	late      = 16 // two seconds pass after the changed packet
	afterward = 32 // the changed packet comes after the right one
)

// FuzzConversation changes up to three fields of one packet of a conversation
// that is valid otherwise. Most of what was found in other stacks needs no more,
// but the right state.
func FuzzConversation(f *testing.F) {
	for i, s := range scenarios {
		for p := range s.packets() {
			for _, k := range []byte{0, 8, 1, 10} {
				f.Add([]byte{byte(i), k, 0, byte(p), byte(17 * p), setField, 0, 0, 0, 1})
				f.Add([]byte{byte(i), k | 16, besides, byte(p), byte(29 * p), edgeField, 0, 0, 0, 25, byte(7 * p), addField, 0, 0, 255, 255})
			}
		}
		f.Add([]byte{byte(i), 4, 2, 2, 25, insertBytes, 1, 2, 3, 4, 5, deleteBytes, 0, 0, 0, 3})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 4 || len(b) > 64 {
			return
		}
		s := source(b)
		i, k, bits := s.int(len(scenarios)), kind(s.byte()), s.byte()
		sc := &scenarios[i]
		at := s.int(sc.packets())
		var list []mutation
		for len(s) > 1 && len(list) < 3 {
			list = append(list, s.mutation())
		}
		play(t, sc, k, bits, at, list)
	})
}

// play runs a scenario with its packet at changed.
func play(t testing.TB, sc *scenario, k kind, bits byte, at int, list []mutation) *dialogue {
	d := &dialogue{world: newWorld(t, k)}
	d.listen()
	d.meet()
	d.q = d.newPeer(20000, tcpPort)
	n := 0
	for i := range sc.steps {
		st := &sc.steps[i]
		if st.app != nil {
			st.app(d)
		}
		if st.packet != nil {
			changes := n == at && len(list) > 0
			n++
			if right := st.packet(d); right != nil {
				d.packetOf(right, bits, changes, list)
			}
		}
		d.pass(st.wait)
		d.check()
	}
	d.serves()
	d.check()
	d.close()
	return d
}

// packetOf delivers a packet of the conversation, changed or not.
func (d *dialogue) packetOf(right []byte, bits byte, changes bool, list []mutation) {
	put := func(b []byte) {
		if bits&inTwo != 0 && len(b) > 16 {
			d.deliver(b, d.headRoom()+int(bits>>2)%(len(b)-15))
		} else {
			d.deliver(b)
		}
	}
	if !changes {
		put(right)
		return
	}
	wrong := mutate(right, d.kind.ip(), how(bits), list)
	if bits&afterward != 0 {
		put(right)
	}
	put(wrong)
	if bits&late != 0 {
		d.pass(2 * time.Second)
	}
	if bits&besides != 0 {
		put(right)
	}
}

// serves checks that the stack serves a host that had no part in what happened:
// it answers its echo requests, and takes a connection from it. A stack that is
// starved of memory or has few connections need not.
func (w *world) serves() {
	w.t.Helper()
	if w.kind.preset() == 3 {
		return
	}
	w.pass(70 * time.Second) // for who waits for the peer
	var got []byte
	w.tap = func(b []byte) {
		p := parse(b, w.kind.ip())
		if p.proto == 6 && bytes.Equal(p.dst, addrBytes(fresh4)) || p.proto == 1 || p.proto == 58 && p.body[0] == 129 {
			got = append(got[:0], p.body...)
		}
	}
	if !w.kind.ip() {
		w.deliver(w.arp(1, freshHW, fresh4, host4))
	}
	got = got[:0]
	w.deliver(w.ether(hostHW, freshHW, 0x0800, packet4(fresh4, host4, 1, 1, 0, nil, icmp(8, 0, 0x12345678, []byte("are you there?")))))
	if len(got) < 8 || got[0] != 0 || !bytes.Equal(got[4:], []byte("\x12\x34\x56\x78are you there?")) {
		w.t.Fatal("the stack does not answer an echo request any more")
	}
	got = got[:0]
	if !w.kind.ip() {
		w.deliver(w.solicitation(freshHW, fresh6))
	}
	w.deliver(w.ether(hostHW, freshHW, 0x86dd, packet6(fresh6, host6, 58, 64, icmp(128, 0, 0x12345678, []byte("are you there?")))))
	if len(got) < 8 || got[0] != 129 {
		w.t.Fatal("the stack does not answer an ICMPv6 echo request any more")
	}
	w.tap = nil
	q := &peer{w: w, hw: freshHW, addr: fresh4, to: host4, port: 12345, local: tcpPort, nxt: w.kind.iss(), wnd: 8000, plain: true}
	w.peers = append(w.peers, q)
	w.deliver(q.send(syn, 0))
	w.deliver(q.send(ack, 0))
	w.deliver(q.send(ack, 100))
	w.pass(time.Second)
	c := w.conns[len(w.conns)-1]
	if c.remote != netip.AddrPortFrom(netip.MustParseAddr(fresh4), 12345) || c.got != 100 || q.rcv != w.kind.iss()+1 {
		w.t.Fatalf("the stack takes no connections any more: %v", c.remote)
	}
}

// TestScenarios checks that every conversation gets somewhere when nothing is
// changed.
func TestScenarios(t *testing.T) {
	for i := range scenarios {
		sc := &scenarios[i]
		for k := range 256 {
			if kind(k).preset() == 3 || testing.Short() && k%11 != 0 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%02x", sc.name, k), func(t *testing.T) {
				d := play(t, sc, kind(k), 0, 0, nil)
				if len(sc.steps) < 2 || sc.packets() < 3 {
					t.Error("a short conversation")
				}
				switch sc.name {
				case "passive open, data, passive close":
					if c := d.conns[0]; c.got != 700 || c.wrote < 1000 || !c.closed || c.err != nil || d.q.off(d.q.rcv) != c.wrote+1 {
						t.Errorf("got %d, wrote %d, closed %v, %v, peer at %d", c.got, c.wrote, c.closed, c.err, d.q.off(d.q.rcv))
					}
				case "simultaneous open":
					if c := d.conns[0]; !c.connected && k&3 != 1 && k&3 != 2 {
						t.Error("not connected")
					}
				case "resets":
					if c := d.conns[0]; !c.closed || c.err != tcp.ErrReset {
						t.Errorf("closed %v, %v", c.closed, c.err)
					}
				}
			})
		}
	}
}
