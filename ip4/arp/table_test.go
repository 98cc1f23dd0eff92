package arp_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

func nth(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 10)}) }

func hwOf(i int) ethernet.Addr { return ethernet.Addr{2, 1, 0, 0, 0, byte(i)} }

func (h *host) learn(i int) {
	h.receive(packet(arp.Packet{Op: arp.Request, SenderHW: hwOf(i), Sender: num(nth(i)), Target: num(ourIP)}))
}

// Places are taken from the oldest stable entry, then from pending ones for
// which no packet waits, then from the others; never from static ones.
func TestRecycling(t *testing.T) {
	h := newHost(t, arp.Config{Table: 4})
	h.arp.AddStatic(h.ifc, nth(0), hwOf(0))
	h.send(nth(1), 1)           // pending, a packet waits
	h.arp.Query(h.ifc, nth(2))  // pending, none
	h.learn(3)                  // stable
	h.advance(time.Millisecond) // all within the first second
	for i, victim := range []int{3, 2, 1} {
		h.send(nth(4+i), 2) // pending with a packet
		for _, e := range h.arp.Entries() {
			if e.Addr == nth(victim) {
				t.Errorf("step %d: %v is still there", i, e.Addr)
			}
		}
		if n := len(h.arp.Entries()); n != 4 {
			t.Fatalf("step %d: %d entries, want 4", i, n)
		}
	}
	if e := h.arp.Entries()[0]; e.State != arp.Static || e.Addr != nth(0) || e.HW != hwOf(0) {
		t.Errorf("first entry %+v, want the static one", e)
	}
	if s := h.arp.Stats(); s.Recycled != 3 || s.FlushedDropped != 1 {
		t.Errorf("Recycled %d, FlushedDropped %d, want 3, 1", s.Recycled, s.FlushedDropped)
	}
	h.advance(time.Minute)
	h.drained()
}

func TestStatic(t *testing.T) {
	h := newHost(t, arp.Config{Table: 1})
	if !h.arp.AddStatic(h.ifc, peerIP, peerHW) {
		t.Fatal("refused")
	}
	h.receive(packet(arp.Packet{Op: arp.Reply, SenderHW: otherHW, Sender: num(peerIP), Target: num(ourIP)}))
	h.advance(time.Hour)
	if hw, ok := h.arp.Find(h.ifc, peerIP); !ok || hw != peerHW {
		t.Errorf("entry %v, %v", hw, ok)
	}
	if err := h.send(nth(1), 1); err == nil || h.arp.Stats().TableFull != 1 {
		t.Errorf("a packet found a place: %v", err)
	}
	h.ifc.SetUp(false)
	h.ifc.SetUp(true)
	if _, ok := h.arp.Find(h.ifc, peerIP); !ok {
		t.Error("gone when the interface went down")
	}
	if !h.arp.Remove(h.ifc, peerIP) || h.arp.Remove(h.ifc, peerIP) {
		t.Error("Remove")
	}
	for _, bad := range []string{"0.0.0.0", "224.0.0.1", "255.255.255.255", "10.0.0.255", "::1"} {
		if h.arp.AddStatic(h.ifc, netip.MustParseAddr(bad), peerHW) {
			t.Errorf("%s accepted", bad)
		}
	}
	if h.arp.AddStatic(h.ifc, peerIP, ethernet.Broadcast) {
		t.Error("broadcast hardware address accepted")
	}
	h.transmit()
	h.drained()
}

func TestFlushAtDown(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.learn(1)
	h.send(nth(2), 1)
	h.transmit()
	h.ifc.SetLink(false)
	if n := len(h.arp.Entries()); n != 0 {
		t.Errorf("%d entries, want none", n)
	}
	if s := h.arp.Stats(); s.FlushedDropped != 1 {
		t.Errorf("FlushedDropped %d, want 1", s.FlushedDropped)
	}
	h.drained()
}

// The table, with its hash chains, growth and recycling, against a map.
func TestTableModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const table = 24
		h := newHost(t, arp.Config{Table: table})
		type known struct {
			hw ethernet.Addr
			at time.Duration
		}
		model := map[int]known{}
		for range rapid.IntRange(1, 120).Draw(rt, "steps") {
			now := h.q.Now().Sub(start)
			i := rapid.IntRange(0, 39).Draw(rt, "host")
			switch rapid.IntRange(0, 3).Draw(rt, "op") {
			case 0, 1:
				if _, ok := model[i]; !ok && len(model) == table {
					oldest := -1
					for j, k := range model {
						if oldest < 0 || k.at < model[oldest].at {
							oldest = j
						}
					}
					delete(model, oldest)
				}
				h.learn(i)
				model[i] = known{hwOf(i), now}
			case 2:
				if h.arp.Remove(h.ifc, nth(i)) != (model[i] != known{}) {
					rt.Fatalf("Remove %d disagrees", i)
				}
				delete(model, i)
			}
			h.advance(time.Duration(1+rapid.IntRange(0, 30000).Draw(rt, "ms")) * time.Millisecond)
			now = h.q.Now().Sub(start)
			live := 0
			for j := range 40 {
				k, ok := model[j]
				ok = ok && now-k.at < 300*time.Second
				if ok {
					live++
				}
				hw, found := h.arp.Find(h.ifc, nth(j))
				if found != ok || found && hw != k.hw {
					rt.Fatalf("host %d: %v %v, want %v %v", j, hw, found, k.hw, ok)
				}
			}
			if n := len(h.arp.Entries()); n != live {
				rt.Fatalf("%d entries, want %d", n, live)
			}
		}
	})
}

func TestOutputMapping(t *testing.T) {
	h := newHost(t, arp.Config{})
	for _, c := range []struct {
		dst  string
		want ethernet.Addr
	}{
		{"255.255.255.255", ethernet.Broadcast},
		{"10.0.0.255", ethernet.Broadcast},
		{"224.0.0.251", ethernet.Addr{0x01, 0x00, 0x5e, 0, 0, 0xfb}},
		{"239.129.2.3", ethernet.Addr{0x01, 0x00, 0x5e, 1, 2, 3}},
	} {
		h.send(netip.MustParseAddr(c.dst), 1)
		sent := h.take()
		if len(sent) != 1 {
			t.Fatalf("%s: %d frames", c.dst, len(sent))
		}
		if eth, _ := ethernet.ParseHeader(sent[0].b); eth.Dst() != c.want || eth.Type() != ethernet.IPv4 {
			t.Errorf("%s goes to %v, want %v", c.dst, eth.Dst(), c.want)
		}
	}
	for _, bad := range []string{"0.0.0.0", "::1"} {
		if err := h.send(netip.MustParseAddr(bad), 1); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
	if s := h.arp.Stats(); s.BadNextHop != 2 {
		t.Errorf("BadNextHop %d, want 2", s.BadNextHop)
	}
	h.drained()
}

// Nobody writes a link header into a block that somebody else looks at.
func TestOutputShared(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.send(peerIP, 0)
	h.answer()
	h.take()
	buf := h.pool.Alloc(pbuf.Link, 21, pbuf.RAM)
	room := buf.AddHeader(ethernet.HeaderLen)
	for i := range room {
		room[i] = 0xee
	}
	buf.RemoveHeader(ethernet.HeaderLen)
	other := buf.Share()
	h.arp.Output(h.ifc, buf, peerIP)
	h.transmit()
	for _, c := range other.AddHeaderForce(ethernet.HeaderLen) {
		if c != 0xee {
			t.Fatal("the shared block was written to")
		}
	}
	other.Free()
	if sent := h.take(); len(sent) != 1 || len(sent[0].b) != 35 {
		t.Errorf("sent %v", sent)
	}
	h.drained()
}

func TestZeroAllocOutput(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.send(peerIP, 0)
	h.answer()
	h.link.keep = false
	if n := testing.AllocsPerRun(1000, func() { h.send(peerIP, 1) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	reply := packet(arp.Packet{Op: arp.Request, SenderHW: peerHW, Sender: num(peerIP), Target: num(ourIP)})
	if n := testing.AllocsPerRun(1000, func() {
		buf := h.pool.AllocBytes(0, len(reply))
		copy(buf.Bytes(), reply)
		h.arp.Input(h.ifc, buf)
		h.transmit()
	}); n != 0 {
		t.Errorf("%v allocations a request answered", n)
	}
}

func BenchmarkOutput(b *testing.B) {
	h := newHost(b, arp.Config{})
	h.link.keep = false
	for i := range 200 {
		h.learn(i)
	}
	h.transmit()
	buf := h.pool.Alloc(pbuf.Link, 21, pbuf.RAM)
	binary.BigEndian.PutUint16(buf.Bytes(), 0x4500)
	for i := 0; b.Loop(); i++ {
		buf.Ref()
		h.arp.Output(h.ifc, buf, nth(i%200))
		buf.RemoveHeader(ethernet.HeaderLen)
		if i&255 == 255 {
			h.transmit()
		}
	}
}
