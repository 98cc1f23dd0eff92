package netif_test

import (
	"bytes"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// handler keeps what it gets.
type handler struct {
	name string
	got  *[]received
}

type received struct {
	handler string
	payload []byte
	flags   pbuf.Flags
}

func (h *handler) Input(_ *netif.Interface, buf *pbuf.Buf) {
	var b []byte
	for e := buf; e != nil; e = e.Next() {
		b = append(b, e.Bytes()...)
	}
	*h.got = append(*h.got, received{h.name, b, buf.Flags})
	buf.Free()
}

const test = ethernet.Type(0x88b5) // IEEE 802 local experimental

// handle adds a handler for every type and returns where they keep what they
// get.
func (w *world) handle() *[]received {
	got := new([]received)
	for t, name := range map[ethernet.Type]string{ethernet.IPv4: "ip4", ethernet.IPv6: "ip6", ethernet.ARP: "arp", test: "test"} {
		w.ifs.Handle(t, &handler{name: name, got: got})
	}
	return got
}

// input gives ifc a frame.
func (w *world) input(ifc *netif.Interface, b []byte) {
	buf := w.pool.Alloc(pbuf.Raw, len(b), pbuf.RAM)
	copy(buf.Bytes(), b)
	ifc.Input(buf)
}

var (
	peer  = ethernet.Addr{2, 0, 0, 0, 0, 2}
	group = ethernet.Addr{0x33, 0x33, 0, 0, 0, 1}
)

// frame returns an Ethernet frame; tci, if not negative, is its VLAN tag's.
func frame(dst, src ethernet.Addr, tci int, t ethernet.Type, payload string) []byte {
	b := make([]byte, ethernet.HeaderLen)
	if tci < 0 {
		ethernet.Put(b, dst, src, t)
	} else {
		ethernet.Put(b, dst, src, ethernet.VLAN)
		b = append(b, byte(tci>>8), byte(tci), byte(t>>8), byte(t))
	}
	return append(b, payload...)
}

func TestInputEthernet(t *testing.T) {
	for _, c := range []struct {
		name  string
		frame []byte
		setup func(*netif.Interface)
		want  string // the handler; "" for a drop
		flags pbuf.Flags
		drop  func(netif.Stats) uint64
	}{
		{name: "IPv4", frame: frame(station, peer, -1, ethernet.IPv4, "x"), want: "ip4"},
		{name: "IPv6", frame: frame(station, peer, -1, ethernet.IPv6, "x"), want: "ip6"},
		{name: "ARP", frame: frame(station, peer, -1, ethernet.ARP, "x"), want: "arp"},
		{name: "another type with a handler", frame: frame(station, peer, -1, test, "x"), want: "test"},
		{name: "broadcast", frame: frame(ethernet.Broadcast, peer, -1, ethernet.ARP, "x"), want: "arp", flags: pbuf.LinkBroadcast},
		{name: "multicast", frame: frame(group, peer, -1, ethernet.IPv6, "x"), want: "ip6", flags: pbuf.LinkMulticast},
		{name: "priority tag", frame: frame(station, peer, 0xe000, ethernet.IPv4, "x"), want: "ip4"},
		{name: "priority tag, ARP", frame: frame(ethernet.Broadcast, peer, 0x2000, ethernet.ARP, "x"), want: "arp", flags: pbuf.LinkBroadcast},
		{name: "type nobody handles", frame: frame(station, peer, -1, 0x88b6, "x"),
			drop: func(s netif.Stats) uint64 { return s.RxUnknownType }},
		{name: "length instead of a type", frame: frame(station, peer, -1, 46, "x"),
			drop: func(s netif.Stats) uint64 { return s.RxUnknownType }},
		{name: "another VLAN", frame: frame(station, peer, 7, ethernet.IPv4, "x"),
			drop: func(s netif.Stats) uint64 { return s.RxVLAN }},
		{name: "tag within a tag", frame: frame(station, peer, 0, ethernet.VLAN, "\x00\x00\x08\x00"),
			drop: func(s netif.Stats) uint64 { return s.RxUnknownType }},
		{name: "another station's", frame: frame(peer, peer, -1, ethernet.IPv4, "x"),
			drop: func(s netif.Stats) uint64 { return s.RxNotForUs }},
		{name: "another station's, promiscuous", frame: frame(peer, peer, -1, ethernet.IPv4, "x"),
			setup: func(ifc *netif.Interface) { ifc.SetPromiscuous(true) }, want: "ip4"},
		{name: "no longer promiscuous", frame: frame(peer, peer, -1, ethernet.IPv4, "x"),
			setup: func(ifc *netif.Interface) { ifc.SetPromiscuous(true); ifc.SetPromiscuous(false) },
			drop:  func(s netif.Stats) uint64 { return s.RxNotForUs }},
		{name: "source is a group", frame: frame(station, group, -1, ethernet.IPv4, "x"),
			drop: func(s netif.Stats) uint64 { return s.RxBadSource }},
		{name: "source is broadcast, promiscuous", frame: frame(station, ethernet.Broadcast, -1, ethernet.IPv4, "x"),
			setup: func(ifc *netif.Interface) { ifc.SetPromiscuous(true) },
			drop:  func(s netif.Stats) uint64 { return s.RxBadSource }},
		{name: "header only", frame: frame(station, peer, -1, ethernet.IPv4, ""),
			drop: func(s netif.Stats) uint64 { return s.RxTooShort }},
		{name: "down", frame: frame(station, peer, -1, ethernet.IPv4, "x"),
			setup: func(ifc *netif.Interface) { ifc.SetUp(false) },
			drop:  func(s netif.Stats) uint64 { return s.RxDown }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			ifc := w.up()
			got := w.handle()
			if c.setup != nil {
				c.setup(ifc)
			}
			w.input(ifc, c.frame)
			s := ifc.Stats()
			if s.RxFrames != 1 || s.RxBytes != uint64(len(c.frame)) {
				t.Errorf("counted %d frames, %d bytes", s.RxFrames, s.RxBytes)
			}
			if c.want == "" {
				if len(*got) != 0 || c.drop(s) != 1 || drops(s) != 1 {
					t.Errorf("handed up: %v; %+v", *got, s)
				}
				return
			}
			if len(*got) != 1 || drops(s) != 0 {
				t.Fatalf("handed up: %v; %+v", *got, s)
			}
			if r := (*got)[0]; r.handler != c.want || string(r.payload) != "x" || r.flags != c.flags {
				t.Errorf("got %+v, want %s", r, c.want)
			}
		})
	}
}

// drops is the sum of all drop counters of reception.
func drops(s netif.Stats) uint64 {
	return s.RxDown + s.RxTooShort + s.RxNotForUs + s.RxBadSource + s.RxVLAN + s.RxUnknownType
}

func TestInputIP(t *testing.T) {
	for _, c := range []struct{ name, payload, want string }{
		{"IPv4", "\x45rest", "ip4"},
		{"IPv6", "\x60rest", "ip6"},
		{"another version", "\x50rest", ""},
	} {
		w := newWorld(t)
		ifc := w.add(netif.Properties{Framing: netif.IP}, netif.Config{})
		ifc.SetUp(true)
		got := w.handle()
		w.input(ifc, []byte(c.payload))
		w.input(ifc, nil)
		s := ifc.Stats()
		if s.RxTooShort != 1 {
			t.Errorf("%s: an empty packet: %+v", c.name, s)
		}
		if c.want == "" {
			if s.RxUnknownType != 1 || len(*got) != 0 {
				t.Errorf("%s: %+v", c.name, s)
			}
		} else if len(*got) != 1 || (*got)[0].handler != c.want || string((*got)[0].payload) != c.payload {
			t.Errorf("%s: handed up %v", c.name, *got)
		}
	}
}

func TestInputWithoutHandlers(t *testing.T) {
	w := newWorld(t)
	eth := w.up()
	tun := w.add(netif.Properties{Framing: netif.IP}, netif.Config{})
	tun.SetUp(true)
	for _, t := range []ethernet.Type{ethernet.IPv4, ethernet.IPv6, ethernet.ARP, test} {
		w.input(eth, frame(station, peer, -1, t, "x"))
	}
	w.input(tun, []byte{0x45})
	w.input(tun, []byte{0x60})
	if a, b := eth.Stats().RxUnknownType, tun.Stats().RxUnknownType; a != 4 || b != 2 {
		t.Errorf("%d and %d dropped, want 4 and 2", a, b)
	}
}

// TestInputARPNeedsTheFlag: on a link without ARP such frames are ignored, as in
// lwIP without NETIF_FLAG_ETHARP.
func TestInputARPNeedsTheFlag(t *testing.T) {
	w := newWorld(t)
	ifc := w.add(netif.Properties{Loopback: true, HWAddr: station}, netif.Config{}) // Ethernet framing, no ARP
	ifc.SetUp(true)
	got := w.handle()
	w.input(ifc, frame(station, peer, -1, ethernet.ARP, "x"))
	w.input(ifc, frame(station, peer, 0, ethernet.ARP, "x"))
	w.input(ifc, frame(station, peer, -1, ethernet.IPv4, "x"))
	if len(*got) != 1 || ifc.Stats().RxUnknownType != 2 {
		t.Errorf("handed up %v, %+v", *got, ifc.Stats())
	}
}

// TestInputTruncatedAndCorrupted: every truncation and every corruption of one
// byte ends with a handler or in a counter.
func TestInputTruncatedAndCorrupted(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	tun := w.add(netif.Properties{Framing: netif.IP}, netif.Config{})
	tun.SetUp(true)
	got := w.handle()
	n := uint64(0)
	check := func(ifc *netif.Interface, b []byte) {
		t.Helper()
		*got = (*got)[:0]
		before := drops(ifc.Stats())
		w.input(ifc, b)
		n++
		if int(drops(ifc.Stats())-before)+len(*got) != 1 {
			t.Fatalf("% x: %d handed up, %d dropped", b, len(*got), drops(ifc.Stats())-before)
		}
	}
	for _, whole := range [][]byte{
		frame(station, peer, -1, ethernet.IPv4, "payload"),
		frame(group, peer, 0xe000, ethernet.IPv6, "payload"),
		frame(ethernet.Broadcast, peer, 0, ethernet.ARP, ""),
	} {
		for _, ifc := range []*netif.Interface{ifc, tun} {
			for i := range len(whole) + 1 {
				check(ifc, whole[:i])
			}
			for i := range whole {
				for x := range 255 {
					b := bytes.Clone(whole)
					b[i] ^= byte(x + 1)
					check(ifc, b)
				}
			}
		}
	}
}

// TestInputHeaderInTheFirstElement: a header cut by a chain is too short, as in
// lwIP; a payload in another element is not.
func TestInputHeaderInTheFirstElement(t *testing.T) {
	b := frame(station, peer, 0, ethernet.IPv4, "payload")
	for cut := range len(b) {
		w := newWorld(t)
		ifc := w.up()
		got := w.handle()
		head, tail := w.pool.Alloc(pbuf.Raw, cut, pbuf.RAM), w.pool.Alloc(pbuf.Raw, len(b)-cut, pbuf.RAM)
		copy(head.Bytes(), b)
		copy(tail.Bytes(), b[cut:])
		head.SetNext(tail)
		ifc.Input(head)
		if whole := cut >= ethernet.HeaderLen+ethernet.VLANLen; whole != (len(*got) == 1) || whole == (ifc.Stats().RxTooShort == 1) {
			t.Errorf("cut at %d: handed up %v, %+v", cut, *got, ifc.Stats())
		} else if whole && string((*got)[0].payload) != "payload" {
			t.Errorf("cut at %d: payload %q", cut, (*got)[0].payload)
		}
	}
}

// FuzzInput checks that every frame goes to one handler, or is freed and counted
// once.
func FuzzInput(f *testing.F) {
	f.Add(frame(station, peer, -1, ethernet.IPv4, "payload"), false)
	f.Add(frame(group, peer, 0, ethernet.IPv6, "payload"), false)
	f.Add([]byte{0x45, 0, 0, 20}, true)
	f.Fuzz(func(t *testing.T, b []byte, ip bool) {
		if len(b) > pbuf.MaxLen {
			return
		}
		w := newWorld(t)
		props := netif.Properties{HWAddr: station}
		if ip {
			props.Framing = netif.IP
		}
		ifc := w.add(props, netif.Config{})
		ifc.SetUp(true)
		got := w.handle()
		w.input(ifc, b)
		if int(drops(ifc.Stats()))+len(*got) != 1 {
			t.Fatalf("%d handed up, %+v", len(*got), ifc.Stats())
		}
		if len(*got) == 1 && !bytes.HasSuffix(b, (*got)[0].payload) {
			t.Fatal("the payload is not the end of the frame")
		}
	})
}

func TestZeroAllocInput(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	w.ifs.Handle(ethernet.IPv4, freeing{})
	b := frame(station, peer, -1, ethernet.IPv4, "payload")
	if n := testing.AllocsPerRun(100, func() { w.input(ifc, b) }); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}

// freeing frees what it gets.
type freeing struct{}

func (freeing) Input(_ *netif.Interface, buf *pbuf.Buf) { buf.Free() }
