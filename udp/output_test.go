package udp_test

import (
	"bytes"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/udp"
)

// judge decodes what was sent with gopacket, has gopacket build the same
// datagram with its own checksum, and compares.
func judge(t *testing.T, s sent, src, dst netip.AddrPort, payload string) {
	t.Helper()
	var u layers.UDP
	if err := u.DecodeFromBytes(s.bytes, gopacket.NilDecodeFeedback); err != nil {
		t.Fatalf("gopacket: %v", err)
	}
	if uint16(u.SrcPort) != src.Port() || uint16(u.DstPort) != dst.Port() || int(u.Length) != len(s.bytes) || string(u.Payload) != payload {
		t.Errorf("gopacket reads %+v", u)
	}
	if s.Src != src.Addr() || s.Dst != dst.Addr() || s.Proto != ip.UDP {
		t.Errorf("header %+v, want %v → %v", s.Header, src, dst)
	}
	again := layers.UDP{SrcPort: u.SrcPort, DstPort: u.DstPort}
	var network gopacket.NetworkLayer = &layers.IPv4{SrcIP: net.IP(s.Src.AsSlice()), DstIP: net.IP(s.Dst.AsSlice()), Protocol: layers.IPProtocolUDP}
	if s.Src.Is6() {
		network = &layers.IPv6{SrcIP: net.IP(s.Src.AsSlice()), DstIP: net.IP(s.Dst.AsSlice()), NextHeader: layers.IPProtocolUDP}
	}
	if err := again.SetNetworkLayerForChecksum(network); err != nil {
		t.Fatal(err)
	}
	out := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(out, opts, &again, gopacket.Payload(payload)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), s.bytes) {
		t.Errorf("sent     %x\ngopacket %x", s.bytes, out.Bytes())
	}
}

// TestSendIsWhatGopacketSends sends payloads of every kind of buffer.
func TestSendIsWhatGopacketSends(t *testing.T) {
	kinds := []struct {
		name  string
		make  func(w *world, s string) *pbuf.Buf
		parts int // elements sent
	}{
		{"headroom", func(w *world, s string) *pbuf.Buf { return w.payload(s) }, 1},
		{"summed while copying", func(w *world, s string) *pbuf.Buf {
			buf := w.pool.Alloc(pbuf.Transport, len(s), pbuf.RAM)
			buf.Sum = checksum.Copy(buf.Bytes(), []byte(s))
			buf.Flags |= pbuf.HasSum
			return buf
		}, 1},
		{"no headroom", func(w *world, s string) *pbuf.Buf { return chain(w.pool, []byte(s)) }, 2},
		{"the caller's bytes", func(w *world, s string) *pbuf.Buf { return w.pool.AllocReference([]byte(s), pbuf.ROM) }, 2},
		{"chain of odd pieces", func(w *world, s string) *pbuf.Buf {
			i := min(3, len(s))
			j := min(8, len(s))
			return chain(w.pool, []byte(s[:i]), []byte(s[i:j]), []byte(s[j:]))
		}, 4},
	}
	ends := [][2]netip.AddrPort{
		{withPort(addrA, 53), withPort(peer, 9)}, {withPort(addrA6, 53), withPort(peer6, 9)},
	}
	for _, k := range kinds {
		for _, e := range ends {
			for _, n := range []int{0, 1, 2, 7, 8, 9, 100, 1472} {
				w := newWorld(t, udp.Config{})
				payload := strings.Repeat("payload of the datagram ", 64)[:n]
				p := w.bound(nil, 0, e[0], nil)
				if err := p.SendTo(k.make(w, payload), e[1]); err != nil {
					t.Fatalf("%s/%d: %v", k.name, n, err)
				}
				if err := p.Connect(e[1]); err != nil {
					t.Fatal(err)
				}
				for range 2 { // the second time from the cache
					if err := p.Send(k.make(w, payload)); err != nil {
						t.Fatalf("%s/%d: %v", k.name, n, err)
					}
				}
				out := append(w.n4.out, w.n6.out...)
				if len(out) != 3 {
					t.Fatalf("%s/%d: sent %d", k.name, n, len(out))
				}
				for _, s := range out {
					judge(t, s, e[0], e[1], payload)
					if s.parts != k.parts {
						t.Errorf("%s/%d: %d elements, want %d", k.name, n, s.parts, k.parts)
					}
				}
				if s := w.udp.Stats(); s.Sent != 3 {
					t.Errorf("stats %+v", s)
				}
				w.noLeak()
			}
		}
	}
}

// TestSendSharedBlock: a payload that somebody else looks at is not written to.
func TestSendSharedBlock(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, 0, withPort(addrA, 53), nil)
	buf := w.payload("kept")
	other := buf.Share()
	room := other.AddHeaderForce(udp.HeaderLen)
	copy(room, "not ours")
	if err := p.SendTo(buf, withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	if got := string(other.Bytes()); got != "not ourskept" {
		t.Errorf("wrote into a shared block: %q", got)
	}
	judge(t, w.n4.out[0], withPort(addrA, 53), withPort(peer, 9), "kept")
	other.Free()
	w.noLeak()
}

// TestSendChecksumZero: RFC 768, "If the computed checksum is zero, it is
// transmitted as all ones". gopacket does not know that rule.
func TestSendChecksumZero(t *testing.T) {
	for _, e := range [][2]netip.AddrPort{
		{withPort(addrA, 53), withPort(peer, 9)}, {withPort(addrA6, 53), withPort(peer6, 9)},
	} {
		w := newWorld(t, udp.Config{})
		w.n4.keep, w.n6.keep = true, true
		p := w.bound(nil, 0, e[0], nil)
		found := false
		for i := 0; i < 1<<16 && !found; i++ {
			w.n4.out, w.n6.out = nil, nil
			if err := p.SendTo(w.payload(string([]byte{byte(i >> 8), byte(i)})), e[1]); err != nil {
				t.Fatal(err)
			}
			b := append(w.n4.out, w.n6.out...)[0].bytes
			if b[6] == 0 && b[7] == 0 {
				t.Fatalf("payload %#04x: sent a zero checksum", i)
			}
			found = b[6] == 0xff && b[7] == 0xff
		}
		if !found {
			t.Errorf("%v: no payload has checksum zero", e)
		}
		w.noLeak()
	}
}

func TestSendNoChecksum(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, udp.NoChecksum, withPort(any6, 53), nil)
	for _, dst := range []netip.AddrPort{withPort(peer, 9), withPort(peer6, 9)} {
		if err := p.SendTo(w.payload("x"), dst); err != nil {
			t.Fatal(err)
		}
	}
	if b := w.n4.out[0].bytes; b[6] != 0 || b[7] != 0 {
		t.Errorf("IPv4 has a checksum: %x", b)
	}
	judge(t, w.n6.out[0], withPort(addrA6, 53), withPort(peer6, 9), "x") // RFC 8200 §8.1
	w.noLeak()
}

// TestSendChecksumByLink: an interface that computes UDP checksums gets 0.
func TestSendChecksumByLink(t *testing.T) {
	w := newWorld(t, udp.Config{})
	ifc, err := w.ifs.Add(fakeDriver{}, netif.Config{Checksums: netif.NoGenUDP})
	if err != nil {
		t.Fatal(err)
	}
	ifc.SetAddr4(netip.MustParsePrefix("10.2.0.1/24"), netip.Addr{})
	p := w.bound(nil, 0, withPort(any4, 53), ifc)
	if err := p.Connect(withPort(netip.MustParseAddr("10.2.0.9"), 9)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Send(w.payload("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range w.n4.out {
		if s.bytes[6] != 0 || s.bytes[7] != 0 {
			t.Errorf("computed a checksum: %x", s.bytes)
		}
	}
	w.noLeak()
}

func TestSendTooLong(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, 0, withPort(any6, 53), nil)
	for _, c := range []struct {
		dst netip.AddrPort
		max int
	}{{withPort(peer, 9), 65507}, {withPort(peer6, 9), 65487}} {
		for n, want := range map[int]error{c.max: nil, c.max + 1: udp.ErrTooLong, 65535: udp.ErrTooLong} {
			buf := w.pool.Alloc(pbuf.Transport, n, pbuf.RAM)
			if err := p.SendTo(buf, c.dst); err != want {
				t.Errorf("%d bytes to %v: %v, want %v", n, c.dst, err, want)
			}
		}
	}
	if s := w.udp.Stats(); s.Sent != 2 || s.SendErrors != 4 {
		t.Errorf("stats %+v", s)
	}
	w.noLeak()
}

// TestSendErrors: each error frees the buffer and is counted.
func TestSendErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		send func(w *world, p *udp.PCB) error
		want error
	}{
		{"not connected", func(w *world, p *udp.PCB) error { return p.Send(w.payload("x")) }, udp.ErrNotConnected},
		{"no destination", func(w *world, p *udp.PCB) error { return p.SendTo(w.payload("x"), netip.AddrPort{}) }, udp.ErrNoAddress},
		{"port 0", func(w *world, p *udp.PCB) error { return p.SendTo(w.payload("x"), withPort(peer, 0)) }, udp.ErrNoAddress},
		{"no route: ERR_RTE", func(w *world, p *udp.PCB) error {
			return p.SendTo(w.payload("x"), withPort(netip.MustParseAddr("203.0.113.1"), 9))
		}, ip.ErrNoRoute},
		{"driver behind: ENOMEM, the application retries", func(w *world, p *udp.PCB) error {
			w.n4.err = ip.ErrQueueFull
			return p.SendTo(w.payload("x"), withPort(peer, 9))
		}, netif.ErrQueueFull},
		{"source of another interface", func(w *world, p *udp.PCB) error {
			return p.SendToIf(w.payload("x"), withPort(peer, 9), w.a, addrB)
		}, ip.ErrNoSource},
		{"source of the other family", func(w *world, p *udp.PCB) error {
			return p.SendToIf(w.payload("x"), withPort(peer, 9), w.a, addrA6)
		}, udp.ErrNoAddress},
		{"broadcast not permitted", func(w *world, p *udp.PCB) error { return p.SendTo(w.payload("x"), withPort(bcastA, 9)) }, udp.ErrBroadcast},
		{"limited broadcast not permitted", func(w *world, p *udp.PCB) error { return p.SendTo(w.payload("x"), withPort(limited, 9)) }, udp.ErrBroadcast},
		{"broadcast permission taken back", func(w *world, p *udp.PCB) error {
			p.Set(udp.Broadcast)
			if err := p.Connect(withPort(bcastA, 9)); err != nil {
				return err
			}
			if err := p.Send(w.payload("x")); err != nil {
				return err
			}
			p.Clear(udp.Broadcast)
			return p.Send(w.payload("x"))
		}, udp.ErrBroadcast},
		{"IPv6 from an IPv4 endpoint", func(w *world, p *udp.PCB) error {
			if err := p.Bind(withPort(any4, 53), nil); err != nil {
				return err
			}
			return p.SendTo(w.payload("x"), withPort(peer6, 9))
		}, ip.ErrFamily},
		{"IPv4-mapped from V6Only", func(w *world, p *udp.PCB) error {
			p.Set(udp.V6Only)
			return p.SendTo(w.payload("x"), withPort(netip.MustParseAddr("::ffff:10.0.0.9"), 9))
		}, ip.ErrFamily},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			p := w.pcb(nil, 0)
			if err := c.send(w, p); err != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if s := w.udp.Stats(); s.SendErrors != 1 {
				t.Errorf("stats %+v", s)
			}
			w.noLeak()
		})
	}
}

// TestSendOutOfMemory: no block for the header.
func TestSendOutOfMemory(t *testing.T) {
	w := newWorld(t, udp.Config{})
	full := pbuf.NewPool(pbuf.Config{MaxBytes: pbuf.Small})
	u := udp.New(full, nil, sysarch.NewSeededRand(1), w.n4, w.n6, w.ifs, udp.Config{})
	p, err := u.NewPCB(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SendTo(chain(full, []byte("no headroom")), withPort(peer, 9)); err != ip.ErrNoMemory {
		t.Errorf("got %v", err)
	}
	noLeak(t, full)
}

func TestSendToBindsOnce(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	p := w.pcb(&r, 0)
	for range 2 {
		if err := p.SendTo(w.payload("x"), withPort(peer, 9)); err != nil {
			t.Fatal(err)
		}
	}
	l := p.Local()
	if l.Addr() != any4 || l.Port() < ip.FirstEphemeral {
		t.Errorf("bound to %v", l)
	}
	judge(t, w.n4.out[1], withPort(addrA, l.Port()), withPort(peer, 9), "x")
	w.input(withPort(peer, 9), withPort(addrA, l.Port()), w.a, "reply")
	if len(r.got) != 1 {
		t.Errorf("got %+v", r.got)
	}
	w.noLeak()
}

func TestSendTTLAndTOS(t *testing.T) {
	w := newWorld(t, udp.Config{TTL: 33})
	p := w.bound(nil, 0, withPort(any6, 53), nil)
	q := w.bound(nil, 0, withPort(any6, 54), nil)
	q.SetTTL(7)
	q.SetTOS(0xb8)
	for _, c := range []struct {
		pcb      *udp.PCB
		dst      netip.Addr
		ttl, tos uint8
	}{
		{p, peer, 33, 0}, {p, peer6, 33, 0}, {p, group, 1, 0}, {p, group6, 1, 0},
		{q, peer, 7, 0xb8}, {q, peer6, 7, 0xb8}, {q, group, 1, 0xb8},
	} {
		w.n4.out, w.n6.out = nil, nil
		if err := c.pcb.SendTo(w.payload("x"), withPort(c.dst, 9)); err != nil {
			t.Fatal(err)
		}
		if s := append(w.n4.out, w.n6.out...)[0]; s.TTL != c.ttl || s.TOS != c.tos {
			t.Errorf("to %v: TTL %d TOS %#x, want %d %#x", c.dst, s.TTL, s.TOS, c.ttl, c.tos)
		}
	}
}

func TestSendMulticast(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, 0, withPort(any4, 53), nil)
	send := func() sent {
		t.Helper()
		w.n4.out = nil
		if err := p.SendTo(w.payload("x"), withPort(group, 9)); err != nil {
			t.Fatal(err)
		}
		return w.n4.out[0]
	}
	if s := send(); !s.Flags.Has(ip.MulticastLoop) || s.Ifc != nil || s.Src != addrA {
		t.Errorf("default: %+v", s.Header)
	}
	p.Clear(udp.MulticastLoop)
	p.SetMulticastTTL(5)
	p.SetMulticastInterface(w.b)
	if s := send(); s.Flags.Has(ip.MulticastLoop) || s.Ifc != w.b || s.TTL != 5 || s.Src != addrB {
		t.Errorf("through b: %+v", s.Header)
	}
	if err := p.BindInterface(w.a); err != nil {
		t.Fatal(err)
	}
	if s := send(); s.Ifc != w.a {
		t.Errorf("bound to a: %+v", s.Header)
	}
	p.SetMulticastTTL(0)
	w.n4.out = nil
	if err := p.SendTo(w.payload("x"), withPort(group, 9)); err != nil || len(w.n4.out) != 0 || w.udp.Stats().TxHostScope != 1 {
		t.Errorf("TTL 0 left the host: %v %+v", err, w.n4.out)
	}
	lwip := newWorld(t, udp.Config{NoMulticastLoop: true, MulticastTTL: 255})
	q := lwip.pcb(nil, 0)
	if q.Has(udp.MulticastLoop) || q.MulticastTTL() != 255 {
		t.Errorf("as lwIP: loop %v, TTL %d", q.Has(udp.MulticastLoop), q.MulticastTTL())
	}
	w.noLeak()
}

// TestSendFromGroup: an endpoint bound to a group or a broadcast address sends
// from the interface's (lwIP: udp_sendto_if).
func TestSendFromGroup(t *testing.T) {
	for _, local := range []netip.Addr{group, bcastA, limited} {
		w := newWorld(t, udp.Config{})
		p := w.bound(nil, 0, withPort(local, 53), nil)
		if err := p.SendTo(w.payload("x"), withPort(peer, 9)); err != nil {
			t.Fatalf("%v: %v", local, err)
		}
		if s := w.n4.out[0]; s.Src != addrA {
			t.Errorf("%v: sent from %v", local, s.Src)
		}
	}
}

// TestSendWithoutAddress: a DHCP client sends from 0.0.0.0 (RFC 2131 §4.1).
func TestSendWithoutAddress(t *testing.T) {
	w := newWorld(t, udp.Config{})
	bare, err := w.ifs.Add(fakeDriver{}, netif.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p := w.bound(nil, udp.Broadcast, withPort(any4, 68), bare)
	if err := p.SendToIf(w.payload("discover"), withPort(limited, 67), bare, any4); err != nil {
		t.Fatal(err)
	}
	s := w.n4.out[0]
	if s.Ifc != bare {
		t.Errorf("sent through %v", s.Ifc)
	}
	judge(t, s, withPort(any4, 68), withPort(limited, 67), "discover")
	w.noLeak()
}

// TestSendAllowBroadcast: lwIP was measured to send to 255.255.255.255 without
// SO_BROADCAST.
func TestSendAllowBroadcast(t *testing.T) {
	w := newWorld(t, udp.Config{AllowBroadcast: true})
	p := w.pcb(nil, 0)
	for _, dst := range []netip.Addr{limited, bcastA} {
		if err := p.SendTo(w.payload("x"), withPort(dst, 9)); err != nil {
			t.Errorf("%v: %v", dst, err)
		}
	}
	w.noLeak()
}

// TestSendRouteCache: a connected endpoint asks for a route only after an
// event.
func TestSendRouteCache(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.pcb(nil, 0)
	if err := p.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	send := func() int {
		t.Helper()
		before := w.n4.routes
		if err := p.Send(w.payload("x")); err != nil {
			t.Fatal(err)
		}
		return w.n4.routes - before
	}
	send()
	if n := send(); n != 0 {
		t.Errorf("%d lookups without an event", n)
	}
	for name, event := range map[string]func(){
		"link":    func() { w.a.SetLink(false); w.a.SetLink(true) },
		"address": func() { w.a.SetAddr4(netip.MustParsePrefix("10.0.0.1/24"), netip.Addr{}) },
		"rebind":  func() { p.BindInterface(w.a) },
		"option":  func() { p.Set(udp.Broadcast) },
	} {
		if event(); send() != 1 || send() != 0 {
			t.Errorf("%s: not looked up exactly once", name)
		}
	}
	w.noLeak()
}
