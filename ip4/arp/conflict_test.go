package arp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif/ethernet"
)

func claim(hw ethernet.Addr, addr netip.Addr) []byte {
	return packet(arp.Packet{Op: arp.Request, SenderHW: hw, Sender: num(addr), Target: num(addr)})
}

func TestWatch(t *testing.T) {
	h := newHost(t, arp.Config{})
	wanted := netip.MustParseAddr("10.0.0.9")
	var got []arp.Conflict
	w := h.arp.Watch(h.ifc, wanted, func(c arp.Conflict) { got = append(got, c) })

	if h.arp.Probe(h.ifc, wanted) != nil {
		t.Fatal("no probe")
	}
	h.transmit()
	sent := h.take()
	if p, ok := arp.ParsePacket(sent[0].b[ethernet.HeaderLen:]); !ok || p != (arp.Packet{Op: arp.Request, SenderHW: ourHW, Target: num(wanted)}) {
		t.Errorf("probe %+v", p)
	}
	h.receive(sent[0].b[ethernet.HeaderLen:]) // our own, heard back
	h.receive(claim(peerHW, peerIP))          // another address
	if len(got) != 0 {
		t.Fatalf("told of %+v", got)
	}
	h.receive(packet(arp.Packet{Op: arp.Reply, SenderHW: peerHW, Sender: num(wanted), TargetHW: ourHW}))
	h.receive(packet(arp.Packet{Op: arp.Request, SenderHW: otherHW, Target: num(wanted)}))
	want := []arp.Conflict{
		{Ifc: h.ifc, Addr: wanted, HW: peerHW, Op: arp.Reply},
		{Ifc: h.ifc, Addr: wanted, HW: otherHW, Op: arp.Request, Probing: true},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("told of %+v, want %+v", got, want)
	}
	w.Stop()
	h.receive(claim(peerHW, wanted))
	if len(got) != 2 {
		t.Error("told after Stop")
	}
	h.drained()
}

// RFC 5227 §2.4: an address that nobody watches is defended once per interval.
func TestDefence(t *testing.T) {
	for _, c := range []struct {
		name  string
		cfg   arp.Config
		watch bool
		want  []int // frames sent after claims at 0, 1 and 11 s
	}{
		{"default", arp.Config{}, false, []int{1, 0, 1}},
		{"upstream only counts", arp.Upstream(), false, []int{0, 0, 0}},
		{"left to who watches", arp.Config{}, true, []int{0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			if c.watch {
				h.arp.Watch(h.ifc, ourIP, func(arp.Conflict) {})
			}
			for i, wait := range []time.Duration{0, time.Second, 10 * time.Second} {
				h.advance(wait)
				h.receive(claim(peerHW, ourIP))
				sent := h.take()
				if len(sent) != c.want[i] {
					t.Errorf("claim %d: %d frames sent, want %d", i, len(sent), c.want[i])
				}
				for _, f := range sent {
					if p, ok := arp.ParsePacket(f.b[ethernet.HeaderLen:]); !ok || p.Sender != num(ourIP) || p.Target != num(ourIP) || p.Op != arp.Request {
						t.Errorf("defence is %+v", p)
					}
				}
			}
			if s := h.arp.Stats(); s.Conflicts != 3 {
				t.Errorf("Conflicts %d, want 3", s.Conflicts)
			}
			if _, ok := h.arp.Find(h.ifc, ourIP); ok {
				t.Error("learned our own address from another")
			}
			h.drained()
		})
	}
}
