package udp_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/udp"
)

func TestConnect(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	p := w.pcb(&r, 0)
	if err := p.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	l := p.Local()
	if l.Addr() != addrA || l.Port() < ip.FirstEphemeral || p.Remote() != withPort(peer, 9) {
		t.Fatalf("local %v, remote %v", l, p.Remote())
	}
	w.input(withPort(peer, 9), l, w.a, "peer")
	w.input(withPort(peer, 10), l, w.a, "other port")
	w.input(withPort(netip.MustParseAddr("10.0.0.10"), 9), l, w.a, "other address")
	if len(r.got) != 1 || r.got[0].payload != "peer" {
		t.Errorf("got %+v", r.got)
	}
	p.Disconnect()
	if p.Local() != withPort(any4, l.Port()) || p.Remote().IsValid() {
		t.Errorf("after Disconnect: local %v, remote %v", p.Local(), p.Remote())
	}
	p.Disconnect()
	w.input(withPort(peer, 10), l, w.a, "other port")
	if len(r.got) != 2 {
		t.Errorf("got %+v", r.got)
	}
	if err := p.Send(w.payload("x")); err != udp.ErrNotConnected {
		t.Errorf("Send after Disconnect: %v", err)
	}
	w.noLeak()
}

func TestConnectAddress(t *testing.T) {
	nowhere := netip.MustParseAddr("203.0.113.1")
	for _, c := range []struct {
		name   string
		bind   netip.Addr
		opts   udp.Option
		remote netip.AddrPort
		local  netip.Addr
		want   error
	}{
		{name: "any address becomes the route's", bind: any4, remote: withPort(peer, 9), local: addrA},
		{name: "dual-stack to IPv4", bind: any6, remote: withPort(peer, 9), local: addrA},
		{name: "dual-stack to IPv6", bind: any6, remote: withPort(peer6, 9), local: addrA6},
		{name: "IPv4-mapped peer is IPv4", bind: any6, remote: withPort(netip.MustParseAddr("::ffff:10.0.0.9"), 9), local: addrA},
		{name: "V6Only to IPv4", bind: any6, opts: udp.V6Only, remote: withPort(peer, 9), want: ip.ErrFamily},
		{name: "IPv4 to IPv6", bind: any4, remote: withPort(peer6, 9), want: ip.ErrFamily},
		{name: "IPv6 address to IPv4", bind: addrA6, remote: withPort(peer, 9), want: ip.ErrFamily},
		{name: "bound address stays", bind: addrA, remote: withPort(peer, 9), local: addrA},
		{name: "bound group stays", bind: group, remote: withPort(peer, 9), local: group},
		{name: "no route", bind: any4, remote: withPort(nowhere, 9), want: ip.ErrNoRoute},
		{name: "port 0", bind: any4, remote: withPort(peer, 0), want: udp.ErrNoAddress},
		{name: "no address", bind: any4, want: udp.ErrNoAddress},
		{name: "broadcast", bind: any4, remote: withPort(bcastA, 9), want: udp.ErrBroadcast},
		{name: "broadcast permitted", bind: any4, opts: udp.Broadcast, remote: withPort(bcastA, 9), local: addrA},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			p := w.bound(nil, c.opts, withPort(c.bind, 53), nil)
			if err := p.Connect(c.remote); err != c.want {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want != nil {
				if p.Remote().IsValid() || p.Local() != withPort(c.bind, 53) {
					t.Errorf("changed in spite of the error: %v %v", p.Local(), p.Remote())
				}
				return
			}
			if p.Local() != withPort(c.local, 53) {
				t.Errorf("local %v, want %v", p.Local(), c.local)
			}
			p.Disconnect()
			if p.Local() != withPort(c.bind, 53) {
				t.Errorf("after Disconnect %v, want %v", p.Local(), c.bind)
			}
		})
	}
}

// TestReconnect: the source is selected anew; a failure leaves all as it was.
func TestReconnect(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.pcb(nil, 0)
	if err := p.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	port := p.Local().Port()
	if err := p.Connect(withPort(netip.MustParseAddr("203.0.113.1"), 9)); err != ip.ErrNoRoute {
		t.Errorf("got %v", err)
	}
	if p.Remote() != withPort(peer, 9) || p.Local() != withPort(addrA, port) {
		t.Errorf("after the failure: %v %v", p.Local(), p.Remote())
	}
	if err := p.BindInterface(w.b); err != nil {
		t.Fatal(err)
	}
	if err := p.Connect(withPort(netip.MustParseAddr("10.1.0.9"), 9)); err != nil {
		t.Fatal(err)
	}
	if p.Local() != withPort(addrB, port) {
		t.Errorf("local %v, want %v", p.Local(), addrB)
	}
}

// TestConnectLinkLocal: peers with one link-local address on two links are told
// apart (RFC 4007 §6).
func TestConnectLinkLocal(t *testing.T) {
	w := newWorld(t, udp.Config{})
	far := netip.MustParseAddr("fe80::99")
	var r recorder
	p := w.pcb(&r, 0)
	if err := p.Connect(withPort(far, 9)); err != nil {
		t.Fatal(err)
	}
	w.input(withPort(far, 9), p.Local(), w.b, "from the other link")
	w.input(withPort(far, 9), p.Local(), w.a, "from the link")
	if len(r.got) != 1 || r.got[0].payload != "from the link" {
		t.Errorf("got %+v", r.got)
	}
	if err := p.Send(w.payload("x")); err != nil || w.n6.out[0].Ifc != w.a {
		t.Errorf("sent through %v: %v", w.n6.out[0].Ifc, err)
	}
	p.Disconnect()
	w.input(withPort(far, 9), withPort(linkB6, p.Local().Port()), w.b, "free again")
	if len(r.got) != 2 {
		t.Errorf("got %+v", r.got)
	}
}

// TestAddressReplaced: row I16. lwIP: udp_netif_ip_addr_changed.
func TestAddressReplaced(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	bound := w.bound(&r, 0, withPort(addrA, 53), nil)
	wild := w.bound(&r, 0, withPort(any4, 54), nil)
	other := w.bound(&r, 0, withPort(addrB, 53), nil)
	auto := w.pcb(&r, 0)
	if err := auto.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	if err := auto.Send(w.payload("x")); err != nil {
		t.Fatal(err)
	}
	now := netip.MustParseAddr("10.0.0.77")
	w.a.SetAddr4(netip.PrefixFrom(now, 24), netip.Addr{})
	for _, c := range []struct {
		pcb  *udp.PCB
		want netip.Addr
	}{{bound, now}, {wild, any4}, {other, addrB}, {auto, now}} {
		if c.pcb.Local().Addr() != c.want {
			t.Errorf("local %v, want %v", c.pcb.Local(), c.want)
		}
	}
	w.input(withPort(peer, 9), withPort(now, 53), w.a, "x")
	if len(r.got) != 1 || r.got[0].pcb != bound {
		t.Errorf("got %+v", r.got)
	}
	if err := auto.Send(w.payload("x")); err != nil || w.n4.out[1].Src != now {
		t.Errorf("sent from %v: %v", w.n4.out[1].Src, err)
	}
	auto.Disconnect()
	if auto.Local().Addr() != any4 {
		t.Errorf("after Disconnect %v", auto.Local())
	}
	w.noLeak()
}

// TestAddressLost: no replacement, as when a DHCP lease ends.
func TestAddressLost(t *testing.T) {
	w := newWorld(t, udp.Config{})
	bound := w.bound(nil, 0, withPort(addrA, 53), nil)
	if err := bound.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	auto := w.pcb(nil, 0)
	if err := auto.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	auto6 := w.pcb(nil, 0)
	if err := auto6.Connect(withPort(peer6, 9)); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*udp.PCB{bound, auto, auto6} {
		if err := p.Send(w.payload("before")); err != nil {
			t.Fatal(err)
		}
	}
	w.a.SetAddr4(netip.Prefix{}, netip.Addr{})
	w.a.SetAddr6State(w.a.FindAddr6(addrA6), netif.Invalid)
	if bound.Local().Addr() != addrA {
		t.Errorf("bound endpoint moved to %v", bound.Local())
	}
	if auto.Local().Addr() != any4 || auto6.Local().Addr() != any6 {
		t.Errorf("addresses chosen by Connect stayed: %v %v", auto.Local(), auto6.Local())
	}
	if err := bound.Send(w.payload("x")); err != ip.ErrNoSource {
		t.Errorf("sent from an address that is gone: %v", err)
	}
	w.a.SetAddr4(netip.MustParsePrefix("10.0.0.1/24"), netip.Addr{})
	if err := bound.Send(w.payload("x")); err != nil {
		t.Errorf("the address is back: %v", err)
	}
	if err := auto.Send(w.payload("x")); err != nil {
		t.Errorf("a new address: %v", err)
	}
	w.noLeak()
}

func TestInterfaceRemoved(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, 0, withPort(any4, 53), w.b)
	p.SetMulticastInterface(w.b)
	q := w.pcb(nil, 0)
	q.SetMulticastInterface(w.b)
	w.ifs.Remove(w.b)
	if q.MulticastInterface() != nil {
		t.Errorf("multicast still through a removed interface")
	}
	if err := p.SendTo(w.payload("x"), withPort(peer, 9)); err == nil {
		t.Errorf("sent through a removed interface")
	}
	w.noLeak()
}
