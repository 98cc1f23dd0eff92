package arp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif/ethernet"
)

// RFC 826: an entry is made if we are the target, changed if it exists.
func TestLearn(t *testing.T) {
	third := netip.MustParseAddr("10.0.0.3")
	for _, c := range []struct {
		name    string
		pkt     arp.Packet
		known   bool // an entry with otherHW is there before
		want    ethernet.Addr
		reply   bool
		counter func(arp.Stats) uint64
	}{
		{name: "request for us", pkt: arp.Packet{Op: arp.Request, Target: num(ourIP)}, want: peerHW, reply: true},
		{name: "reply to us", pkt: arp.Packet{Op: arp.Reply, Target: num(ourIP)}, want: peerHW},
		{name: "request for another", pkt: arp.Packet{Op: arp.Request, Target: num(third)}},
		{name: "request for another updates", pkt: arp.Packet{Op: arp.Request, Target: num(third)}, known: true, want: peerHW},
		{name: "gratuitous makes none", pkt: arp.Packet{Op: arp.Request, Target: num(peerIP)}},
		{name: "gratuitous updates", pkt: arp.Packet{Op: arp.Reply, Target: num(peerIP)}, known: true, want: peerHW},
		{name: "operation 3", pkt: arp.Packet{Op: 3, Target: num(ourIP)}, counter: func(s arp.Stats) uint64 { return s.BadOp }},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, arp.Config{})
			if c.known {
				h.receive(packet(arp.Packet{Op: arp.Request, SenderHW: otherHW, Sender: num(peerIP), Target: num(ourIP)}))
				h.take()
			}
			c.pkt.SenderHW, c.pkt.Sender = peerHW, num(peerIP)
			h.receive(packet(c.pkt))
			got, _ := h.arp.Find(h.ifc, peerIP)
			if got != c.want {
				t.Errorf("entry %v, want %v", got, c.want)
			}
			if c.counter != nil && c.counter(h.arp.Stats()) != 1 {
				t.Errorf("not counted: %+v", h.arp.Stats())
			}
			sent := h.take()
			if (len(sent) == 1) != c.reply {
				t.Fatalf("%d frames sent", len(sent))
			}
			if c.reply {
				eth, _ := ethernet.ParseHeader(sent[0].b)
				p, ok := arp.ParsePacket(sent[0].b[ethernet.HeaderLen:])
				want := arp.Packet{Op: arp.Reply, SenderHW: ourHW, Sender: num(ourIP), TargetHW: peerHW, Target: num(peerIP)}
				if !ok || p != want || eth.Dst() != peerHW || eth.Src() != ourHW {
					t.Errorf("reply %+v to %v, want %+v", p, eth.Dst(), want)
				}
			}
			h.drained()
		})
	}
}

func TestBadSender(t *testing.T) {
	for _, c := range []struct {
		name   string
		hw     ethernet.Addr
		sender string
	}{
		{"multicast hardware", ethernet.Addr{1}, "10.0.0.2"},
		{"broadcast hardware", ethernet.Broadcast, "10.0.0.2"},
		{"zero hardware", ethernet.Addr{}, "10.0.0.2"},
		{"limited broadcast", peerHW, "255.255.255.255"},
		{"subnet broadcast", peerHW, "10.0.0.255"},
		{"multicast", peerHW, "224.0.0.1"},
		{"loopback", peerHW, "127.0.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, arp.Config{})
			a := netip.MustParseAddr(c.sender)
			h.receive(packet(arp.Packet{Op: arp.Request, SenderHW: c.hw, Sender: num(a), Target: num(ourIP)}))
			if s := h.arp.Stats(); s.BadSender != 1 {
				t.Errorf("BadSender %d, want 1", s.BadSender)
			}
			if n := len(h.take()); n != 0 {
				t.Errorf("%d frames sent, want none", n)
			}
			if n := len(h.arp.Entries()); n != 0 {
				t.Errorf("%d entries, want none", n)
			}
			h.drained()
		})
	}
}

// A probe is answered and teaches nothing.
func TestProbeForUs(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.receive(packet(arp.Packet{Op: arp.Request, SenderHW: peerHW, Target: num(ourIP)}))
	if n := len(h.take()); n != 1 {
		t.Errorf("%d frames sent, want the reply", n)
	}
	if n := len(h.arp.Entries()); n != 0 {
		t.Errorf("%d entries, want none", n)
	}
}

// RFC 3927 §2.5: from a link-local address everything is broadcast.
func TestLinkLocalIsBroadcast(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.ifc.SetAddr4(netip.MustParsePrefix("169.254.7.7/16"), netip.Addr{})
	h.transmit()
	h.take()
	h.receive(packet(arp.Packet{Op: arp.Request, SenderHW: peerHW, Sender: num(netip.MustParseAddr("169.254.1.1")), Target: num(h.ifc.Addr4().Addr)}))
	sent := h.take()
	if len(sent) != 1 {
		t.Fatalf("%d frames sent, want the reply", len(sent))
	}
	if eth, _ := ethernet.ParseHeader(sent[0].b); eth.Dst() != ethernet.Broadcast {
		t.Errorf("reply to %v, want broadcast", eth.Dst())
	}
}

// Every truncation and every single-byte corruption ends in a counter or in a
// valid result.
func TestCorruption(t *testing.T) {
	valid := packet(arp.Packet{Op: arp.Request, SenderHW: peerHW, Sender: num(peerIP), Target: num(ourIP)})
	h := newHost(t, arp.Config{})
	for n := range valid {
		h.receive(valid[:n])
	}
	if s := h.arp.Stats(); s.Malformed != uint64(len(valid)) {
		t.Errorf("Malformed %d after %d truncations", s.Malformed, len(valid))
	}
	for at := range valid {
		for v := range 256 {
			if byte(v) == valid[at] {
				continue
			}
			before := h.arp.Stats()
			b := append([]byte(nil), valid...)
			b[at] = byte(v)
			h.receive(b)
			s := h.arp.Stats()
			malformed, badOp := s.Malformed-before.Malformed, s.BadOp-before.BadOp
			taken := s.Replies - before.Replies + s.Learned - before.Learned + s.Updated - before.Updated +
				s.BadSender - before.BadSender + s.Conflicts - before.Conflicts + s.OwnEcho - before.OwnEcho
			switch {
			case at < 6 && malformed != 1, at == 6 && badOp != 1, at == 7 && v != 2 && badOp != 1:
				t.Errorf("byte %d = %#x: %+v", at, v, s)
			case at >= 8 && at < 18 && taken == 0:
				t.Errorf("byte %d = %#x: neither taken nor counted", at, v)
			}
		}
	}
	h.advance(time.Hour)
	h.drained()
}

// A packet split anywhere is one packet.
func TestSplit(t *testing.T) {
	h := newHost(t, arp.Config{})
	b := packet(arp.Packet{Op: arp.Request, SenderHW: peerHW, Sender: num(peerIP), Target: num(ourIP)})
	for i := 1; i < len(b); i++ {
		h.receive(b, i)
		if n := len(h.take()); n != 1 {
			t.Errorf("split at %d: %d replies, want 1", i, n)
		}
	}
	h.drained()
}
