package raw_test

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
)

func TestSend(t *testing.T) {
	w := newWorld(raw.Config{TTL: 33})
	p := w.pcb(t, 99, nil)
	if err := p.SendTo(w.payload("to"), peer); err != nil {
		t.Fatal(err)
	}
	if err := p.Connect(peer6); err != nil {
		t.Fatal(err)
	}
	p.SetTTL(7)
	p.SetTOS(0xb8)
	if err := p.Send(w.payload("connected")); err != nil {
		t.Fatal(err)
	}
	if s := w.n4.out[0]; string(s.bytes) != "to" || s.Src != addrA || s.Dst != peer || s.Proto != 99 || s.TTL != 33 || s.Ifc != nil {
		t.Errorf("sent %+v", s)
	}
	if s := w.n6.out[0]; string(s.bytes) != "connected" || s.Src != addrA6 || s.Dst != peer6 || s.TTL != 7 || s.TOS != 0xb8 {
		t.Errorf("sent %+v", s)
	}
	noLeak(t, w.pool)
}

// TestSendICMPv6 has gopacket build the same message with its own checksum.
func TestSendICMPv6(t *testing.T) {
	echo := layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(layers.ICMPv6TypeEchoRequest, 0)}
	if err := echo.SetNetworkLayerForChecksum(&layers.IPv6{SrcIP: net.IP(addrA6.AsSlice()), DstIP: net.IP(peer6.AsSlice()), NextHeader: layers.IPProtocolICMPv6}); err != nil {
		t.Fatal(err)
	}
	body := gopacket.Payload("\x00\x01\x00\x02odd payload")
	out := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(out, gopacket.SerializeOptions{ComputeChecksums: true}, &echo, body); err != nil {
		t.Fatal(err)
	}
	want := out.Bytes()
	blank := bytes.Clone(want)
	blank[2], blank[3] = 0xaa, 0xaa // whatever is there is overwritten
	for _, c := range []struct {
		name string
		make func(w *world) *pbuf.Buf
	}{
		{"headroom", func(w *world) *pbuf.Buf { return w.payload(string(blank)) }},
		{"the caller's bytes are copied", func(w *world) *pbuf.Buf { return w.pool.AllocReference(blank, pbuf.ROM) }},
		{"checksum across elements", func(w *world) *pbuf.Buf {
			head, tail := w.payload(string(blank[:3])), w.payload(string(blank[3:]))
			head.SetNext(tail)
			return head
		}},
		{"checksum in the first of two elements", func(w *world) *pbuf.Buf {
			head, tail := w.payload(string(blank[:5])), w.payload(string(blank[5:]))
			head.SetNext(tail)
			return head
		}},
		{"a sum that is no longer right", func(w *world) *pbuf.Buf {
			buf := w.payload(string(blank))
			buf.Sum = checksum.Sum(blank)
			buf.Flags |= pbuf.HasSum
			return buf
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(raw.Config{})
			p := w.pcb(t, ip.ICMPv6, nil)
			if p.ChecksumOffset() != 2 {
				t.Errorf("offset %d", p.ChecksumOffset())
			}
			if err := p.SendTo(c.make(w), peer6); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(w.n6.out[0].bytes, want) {
				t.Errorf("sent     %x\ngopacket %x", w.n6.out[0].bytes, want)
			}
			if blank[2] != 0xaa {
				t.Error("wrote to the caller's bytes")
			}
			noLeak(t, w.pool)
		})
	}
}

// TestChecksumOffset: RFC 3542 §3.1, row J5.
func TestChecksumOffset(t *testing.T) {
	w := newWorld(raw.Config{})
	p := w.pcb(t, 99, nil)
	if p.ChecksumOffset() != raw.NoChecksum {
		t.Errorf("default offset %d", p.ChecksumOffset())
	}
	for n, want := range map[int]error{3: raw.ErrBadOffset, -2: raw.ErrBadOffset, -3: raw.ErrBadOffset, raw.NoChecksum: nil, 0: nil, 6: nil} {
		if err := p.SetChecksumOffset(n); err != want {
			t.Errorf("offset %d: %v, want %v", n, err, want)
		}
	}
	for _, n := range []int{2, 4, raw.NoChecksum} {
		if err := w.pcb(t, ip.ICMPv6, nil).SetChecksumOffset(n); err != raw.ErrBadOffset {
			t.Errorf("ICMPv6, offset %d: %v", n, err)
		}
	}
	if err := p.SetChecksumOffset(6); err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		w.n6.out = nil
		err := p.SendTo(w.payload("abcdefghijkl"[:n]), peer6)
		if short := n < 8; short != (err == raw.ErrTooShort) || !short && err != nil {
			t.Errorf("%d bytes: %v", n, err)
			continue
		} else if short {
			continue
		}
		b := w.n6.out[0].bytes
		if checksum.Add(checksum.Sum(b), ip.PseudoSum(addrA6, peer6, 99, n)) != 0xffff {
			t.Errorf("%d bytes: checksum of %x is wrong", n, b)
		}
	}
	if err := p.SendTo(w.payload("short"), peer); err != nil || string(w.n4.out[0].bytes) != "short" {
		t.Errorf("IPv4 has no checksum offset: %v %q", err, w.n4.out[0].bytes)
	}
	noLeak(t, w.pool)
}

// TestHeaderIncluded: row J4. The packet goes out as it is, its own source and
// all.
func TestHeaderIncluded(t *testing.T) {
	foreign := netip.MustParseAddr("192.0.2.7")
	packet := string(header4(foreign, other, 47, 4, 8)) + "data"
	w := newWorld(raw.Config{})
	p := w.pcb(t, 99, nil)
	p.Set(raw.HeaderIncluded)
	if err := p.SendTo(w.payload(packet), peer); err != nil {
		t.Fatal(err)
	}
	s := w.n4.out[0]
	if string(s.bytes) != packet || !s.Flags.Has(ip.HeaderIncluded) || s.Dst != peer || s.Ifc != w.a || s.Src != foreign || s.Proto != 47 {
		t.Errorf("sent %+v", s)
	}
	v6 := make([]byte, 44)
	v6[0], v6[6] = 0x60, 58
	copy(v6[8:], peer6.AsSlice())
	if err := p.SendToIf(w.payload(string(v6)), peer6, w.b, netip.Addr{}); err != nil {
		t.Fatal(err)
	}
	if s := w.n6.out[0]; !bytes.Equal(s.bytes, v6) || s.Ifc != w.b || s.Src != peer6 || s.Proto != ip.ICMPv6 {
		t.Errorf("sent %+v", s)
	}
	for n, dst := range map[int]netip.Addr{19: peer, 39: peer6} {
		if err := p.SendTo(w.payload(string(make([]byte, n))), dst); err != raw.ErrTooShort {
			t.Errorf("%d bytes to %v: %v", n, dst, err)
		}
	}
	if err := p.SendTo(w.payload(packet), bcastA); err != raw.ErrBroadcast {
		t.Errorf("broadcast: %v", err)
	}
	if err := p.SendTo(w.payload(packet), nowhere); err != ip.ErrNoRoute {
		t.Errorf("no route: %v", err)
	}
	if !w.pcb(t, raw.Raw, nil).Has(raw.HeaderIncluded) {
		t.Error("IPPROTO_RAW does not imply the header")
	}
	noLeak(t, w.pool)
}

func TestSendErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		send func(w *world, p *raw.PCB) error
		want error
	}{
		{"not connected", func(w *world, p *raw.PCB) error { return p.Send(w.payload("x")) }, raw.ErrNotConnected},
		{"no destination", func(w *world, p *raw.PCB) error { return p.SendTo(w.payload("x"), netip.Addr{}) }, raw.ErrNoAddress},
		{"no route", func(w *world, p *raw.PCB) error { return p.SendTo(w.payload("x"), nowhere) }, ip.ErrNoRoute},
		{"driver behind", func(w *world, p *raw.PCB) error {
			w.n4.err = ip.ErrQueueFull
			return p.SendTo(w.payload("x"), peer)
		}, ip.ErrQueueFull},
		{"broadcast not permitted", func(w *world, p *raw.PCB) error { return p.SendTo(w.payload("x"), bcastA) }, raw.ErrBroadcast},
		{"the other family", func(w *world, p *raw.PCB) error {
			if err := p.Bind(addrA, nil); err != nil {
				return err
			}
			return p.SendTo(w.payload("x"), peer6)
		}, ip.ErrFamily},
		{"foreign source", func(w *world, p *raw.PCB) error {
			return p.SendToIf(w.payload("x"), peer, w.a, other)
		}, ip.ErrNoSource},
		{"source of the other family", func(w *world, p *raw.PCB) error {
			return p.SendToIf(w.payload("x"), peer, w.a, addrA6)
		}, raw.ErrNoAddress},
		{"too long", func(w *world, p *raw.PCB) error {
			return p.SendTo(w.pool.Alloc(pbuf.IP, 65516, pbuf.RAM), peer)
		}, raw.ErrTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(raw.Config{})
			if err := c.send(w, w.pcb(t, 99, nil)); err != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if s := w.raw.Stats(); s.SendErrors != 1 || s.Sent != 0 {
				t.Errorf("stats %+v", s)
			}
			noLeak(t, w.pool)
		})
	}
	w := newWorld(raw.Config{})
	p := w.pcb(t, 99, nil)
	p.Set(raw.Broadcast)
	if err := p.SendTo(w.payload("x"), bcastA); err != nil {
		t.Errorf("broadcast permitted: %v", err)
	}
	if err := p.SendTo(w.pool.Alloc(pbuf.IP, 65515, pbuf.RAM), peer); err != nil {
		t.Errorf("the longest: %v", err)
	}
	noLeak(t, w.pool)
}

// TestSendChecksumOutOfMemory: a shared packet must be copied for its checksum.
func TestSendChecksumOutOfMemory(t *testing.T) {
	w := newWorld(raw.Config{})
	full := pbuf.NewPool(pbuf.Config{MaxBytes: 100})
	u := raw.New(full, w.n4, w.n6, w.ifs, raw.Config{})
	p, err := u.NewPCB(ip.ICMPv6, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SendTo(full.AllocReference(make([]byte, 8), pbuf.ROM), peer6); err != ip.ErrNoMemory {
		t.Errorf("got %v", err)
	}
	noLeak(t, full)
}

func TestSendMulticast(t *testing.T) {
	w := newWorld(raw.Config{})
	p := w.pcb(t, 99, nil)
	send := func() sent {
		t.Helper()
		w.n4.out = nil
		if err := p.SendTo(w.payload("x"), group); err != nil {
			t.Fatal(err)
		}
		return w.n4.out[0]
	}
	if s := send(); !s.Flags.Has(ip.MulticastLoop) || s.TTL != 1 || s.Ifc != nil {
		t.Errorf("default: %+v", s.Header)
	}
	p.Clear(raw.MulticastLoop)
	p.SetMulticastTTL(5)
	p.SetMulticastInterface(w.b)
	if s := send(); s.Flags.Has(ip.MulticastLoop) || s.TTL != 5 || s.Ifc != w.b || s.Src != addrB {
		t.Errorf("through b: %+v", s.Header)
	}
	w.ifs.Remove(w.b)
	if p.MulticastInterface() != nil {
		t.Error("multicast still through a removed interface")
	}
	p.SetMulticastTTL(0)
	w.n4.out = nil
	if err := p.SendTo(w.payload("x"), group); err != nil || len(w.n4.out) != 0 || w.raw.Stats().TxHostScope != 1 {
		t.Errorf("TTL 0 left the host: %v", err)
	}
	noLeak(t, w.pool)
}

// TestSendWithoutAddress: 0.0.0.0 is a source only where an interface is given.
func TestSendWithoutAddress(t *testing.T) {
	w := newWorld(raw.Config{AllowBroadcast: true})
	p := w.pcb(t, 99, nil)
	if err := p.SendToIf(w.payload("x"), bcastA, w.a, any4); err != nil {
		t.Fatal(err)
	}
	if err := p.SendToIf(w.payload("x"), peer, nil, any4); err != nil {
		t.Fatal(err)
	}
	if a, b := w.n4.out[0], w.n4.out[1]; a.Src != any4 || a.Ifc != w.a || b.Src != addrA {
		t.Errorf("sent from %v and %v", a.Src, b.Src)
	}
	noLeak(t, w.pool)
}

// TestSendFromGroup: an endpoint bound to a group or a broadcast address sends
// from the interface's.
func TestSendFromGroup(t *testing.T) {
	for _, local := range []netip.Addr{group, bcastA} {
		w := newWorld(raw.Config{})
		p := w.pcb(t, 99, nil)
		if err := p.Bind(local, nil); err != nil {
			t.Fatal(err)
		}
		if err := p.SendTo(w.payload("x"), peer); err != nil || w.n4.out[0].Src != addrA {
			t.Errorf("%v: sent %+v: %v", local, w.n4.out, err)
		}
	}
}

func TestBind(t *testing.T) {
	w := newWorld(raw.Config{})
	p := w.pcb(t, 99, nil)
	for addr, want := range map[netip.Addr]error{
		addrA: nil, any4: nil, group: nil, bcastA: nil, other: raw.ErrNoAddress, addrA6: nil, peer6: raw.ErrNoAddress,
		netip.MustParseAddr("127.0.0.1"): nil, {}: nil,
	} {
		if err := p.Bind(addr, nil); err != want {
			t.Errorf("Bind(%v): %v, want %v", addr, err, want)
		}
	}
	if err := p.Bind(addrA, w.b); err != nil || p.Interface() != w.b || p.Local() != addrA {
		t.Errorf("bound to %v on %v: %v", p.Local(), p.Interface(), err)
	}
	if err := p.Connect(peer6); err != ip.ErrFamily {
		t.Errorf("connect to the other family: %v", err)
	}
	if err := p.Connect(netip.Addr{}); err != raw.ErrNoAddress {
		t.Errorf("connect to nobody: %v", err)
	}
	free := raw.New(w.pool, w.n4, nil, w.ifs, raw.Config{FreeBind: true, MaxPCBs: 1})
	q, err := free.NewPCB(99, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Bind(other, nil); err != nil {
		t.Errorf("FreeBind: %v", err)
	}
	if err := q.Bind(addrA6, nil); err != ip.ErrFamily {
		t.Errorf("IPv6 without IPv6: %v", err)
	}
	if _, err := free.NewPCB(99, nil); err != raw.ErrTooManyPCBs || !errors.Is(err, ip.ErrNoMemory) {
		t.Errorf("too many: %v", err)
	}
	q.Close()
	for name, err := range map[string]error{
		"Bind": q.Bind(addrA, nil), "BindInterface": q.BindInterface(w.a), "Connect": q.Connect(peer),
		"Send": q.Send(w.payload("x")), "SendTo": q.SendTo(w.payload("x"), peer),
	} {
		if err != raw.ErrClosed {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	noLeak(t, w.pool)
}

// TestAddressReplaced: lwIP, raw_netif_ip_addr_changed.
func TestAddressReplaced(t *testing.T) {
	w := newWorld(raw.Config{})
	p, q := w.pcb(t, 99, nil), w.pcb(t, 98, nil)
	for pcb, addr := range map[*raw.PCB]netip.Addr{p: addrA, q: addrB} {
		if err := pcb.Bind(addr, nil); err != nil {
			t.Fatal(err)
		}
	}
	now := netip.MustParsePrefix("10.0.0.77/24")
	w.a.SetAddr4(now, netip.Addr{})
	if p.Local() != now.Addr() || q.Local() != addrB {
		t.Errorf("bound to %v and %v", p.Local(), q.Local())
	}
	w.a.SetAddr4(netip.Prefix{}, netip.Addr{})
	if p.Local() != now.Addr() {
		t.Errorf("moved to %v without a new address", p.Local())
	}
	if err := p.SendTo(w.payload("x"), peer); err != ip.ErrNoSource {
		t.Errorf("sent from an address that is gone: %v", err)
	}
	noLeak(t, w.pool)
}
