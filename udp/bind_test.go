package udp_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/udp"
)

func TestBindConflict(t *testing.T) {
	const ra, rp, v6 = udp.ReuseAddr, udp.ReusePort, udp.V6Only
	for _, c := range []struct {
		name         string
		addr1, addr2 netip.Addr
		opt1, opt2   udp.Option
		ifc1, ifc2   int // 0 none, 1 a, 2 b
		want         error
	}{
		{name: "same address", addr1: addrA, addr2: addrA, want: udp.ErrInUse},
		{name: "different addresses", addr1: addrA, addr2: addrB},
		{name: "any after one", addr1: addrA, addr2: any4, want: udp.ErrInUse},
		{name: "one after any", addr1: any4, addr2: addrA, want: udp.ErrInUse},
		{name: "a group is not the host's address", addr1: addrA, addr2: group},
		{name: "both ReuseAddr", addr1: any4, addr2: addrA, opt1: ra, opt2: ra},
		{name: "only the first ReuseAddr", addr1: any4, addr2: addrA, opt1: ra, want: udp.ErrInUse},
		{name: "only the second ReuseAddr", addr1: any4, addr2: addrA, opt2: ra, want: udp.ErrInUse},
		{name: "both ReusePort", addr1: any4, addr2: any4, opt1: rp, opt2: rp},
		{name: "ReuseAddr and ReusePort", addr1: any4, addr2: any4, opt1: ra, opt2: rp, want: udp.ErrInUse},
		{name: "one in common", addr1: any4, addr2: any4, opt1: ra | rp, opt2: rp},
		{name: "dual-stack after IPv4", addr1: addrA, addr2: any6, want: udp.ErrInUse},
		{name: "IPv4 after dual-stack", addr1: any6, addr2: any4, want: udp.ErrInUse},
		{name: "V6Only after IPv4", addr1: any4, addr2: any6, opt2: v6},
		{name: "IPv4 after V6Only", addr1: any6, addr2: any4, opt1: v6},
		{name: "one IPv6 address after V6Only", addr1: any6, addr2: addrA6, opt1: v6, want: udp.ErrInUse},
		{name: "different interfaces", addr1: any4, addr2: any4, ifc1: 1, ifc2: 2},
		{name: "same interface", addr1: any4, addr2: any4, ifc1: 1, ifc2: 1, want: udp.ErrInUse},
		{name: "one on an interface, one on all", addr1: any4, addr2: any4, ifc1: 1, want: udp.ErrInUse},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			ifcs := []*netif.Interface{nil, w.a, w.b}
			w.bound(nil, c.opt1, withPort(c.addr1, 53), ifcs[c.ifc1])
			p := w.pcb(nil, c.opt2)
			if err := p.Bind(withPort(c.addr2, 53), ifcs[c.ifc2]); err != c.want {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if c.want != nil && p.Local().IsValid() {
				t.Errorf("bound to %v in spite of the error", p.Local())
			}
			if err := p.Bind(withPort(c.addr2, 54), ifcs[c.ifc2]); err != nil {
				t.Errorf("another port: %v", err)
			}
		})
	}
}

func TestBindAddress(t *testing.T) {
	elsewhere := netip.MustParseAddr("192.0.2.1")
	for _, c := range []struct {
		name  string
		addr  netip.Addr
		cfg   udp.Config
		opts  udp.Option
		local netip.Addr
		want  error
	}{
		{name: "of an interface", addr: addrA, local: addrA},
		{name: "of nobody here", addr: elsewhere, want: udp.ErrNoAddress},
		{name: "of nobody here, FreeBind", addr: elsewhere, cfg: udp.Config{FreeBind: true}, local: elsewhere},
		{name: "a group", addr: group, local: group},
		{name: "an IPv6 group", addr: group6, local: group6},
		{name: "a subnet's broadcast address", addr: bcastA, local: bcastA},
		{name: "the limited broadcast address", addr: limited, local: limited},
		{name: "IPv4-mapped is IPv4", addr: netip.MustParseAddr("::ffff:10.0.0.1"), local: addrA},
		{name: "a zone is dropped", addr: linkA6.WithZone("en0"), local: linkA6},
		{name: "none is any of both families", local: any6},
		{name: "none with V6Only is any IPv6", opts: udp.V6Only, local: any6},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.cfg)
			p := w.pcb(nil, c.opts)
			if err := p.Bind(withPort(c.addr, 53), nil); err != c.want {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want == nil && p.Local() != withPort(c.local, 53) {
				t.Errorf("bound to %v, want %v", p.Local(), c.local)
			}
		})
	}
}

// TestBindLinkLocal: the address means something on its link only (RFC 4007 §6).
func TestBindLinkLocal(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	p := w.bound(&r, 0, withPort(linkA6, 53), nil)
	if p.Interface() != w.a {
		t.Fatalf("bound to %v, want the address's interface", p.Interface())
	}
	w.input(withPort(peer6, 9), withPort(linkA6, 53), w.b, "x")
	w.input(withPort(peer6, 9), withPort(linkA6, 53), w.a, "y")
	if len(r.got) != 1 || r.got[0].payload != "y" {
		t.Errorf("got %+v", r.got)
	}
}

// TestFamilyOff: a nil network switches its family off.
func TestFamilyOff(t *testing.T) {
	w := newWorld(t, udp.Config{})
	only4 := udp.New(w.pool, nil, sysarch.NewSeededRand(1), w.n4, nil, w.ifs, udp.Config{})
	only6 := udp.New(w.pool, nil, sysarch.NewSeededRand(1), nil, w.n6, w.ifs, udp.Config{})
	p4, _ := only4.NewPCB(nil)
	p6, _ := only6.NewPCB(nil)
	if err := p4.Bind(withPort(any6, 1), nil); err != ip.ErrFamily {
		t.Errorf("IPv6 without IPv6: %v", err)
	}
	if err := p6.Bind(withPort(any4, 1), nil); err != ip.ErrFamily {
		t.Errorf("IPv4 without IPv4: %v", err)
	}
	if err := p4.Bind(netip.AddrPort{}, nil); err != nil || p4.Local().Addr() != any4 {
		t.Errorf("any without IPv6: %v %v", p4.Local(), err)
	}
	if err := p4.SendTo(w.payload("x"), withPort(peer6, 9)); err != ip.ErrFamily {
		t.Errorf("send over IPv6: %v", err)
	}
	if err := p6.Connect(withPort(peer, 9)); err != ip.ErrFamily {
		t.Errorf("connect over IPv4: %v", err)
	}
	w.ifs.Remove(w.a) // events with a family switched off
	w.noLeak()
}

func TestEphemeralPorts(t *testing.T) {
	w := newWorld(t, udp.Config{})
	seen := map[uint16]bool{}
	inOrder := 0
	last := uint16(0)
	const n = ip.LastEphemeral - ip.FirstEphemeral + 1
	var pcbs []*udp.PCB
	for range n {
		p := w.bound(nil, 0, withPort(any4, 0), nil)
		port := p.Local().Port()
		if port < ip.FirstEphemeral || seen[port] {
			t.Fatalf("port %d twice or out of range", port)
		}
		seen[port] = true
		if port == last+1 {
			inOrder++
		}
		last = port
		pcbs = append(pcbs, p)
	}
	p := w.pcb(nil, 0)
	if err := p.Bind(withPort(any4, 0), nil); err != udp.ErrNoPort {
		t.Errorf("all ports taken: %v", err)
	}
	if err := p.Connect(withPort(peer, 9)); err != udp.ErrNoPort {
		t.Errorf("all ports taken, connect: %v", err)
	}
	if err := p.SendTo(w.payload("x"), withPort(peer, 9)); err != udp.ErrNoPort {
		t.Errorf("all ports taken, send: %v", err)
	}
	if err := w.pcb(nil, udp.V6Only).Bind(withPort(any6, 0), nil); err != nil {
		t.Errorf("the other family's ports are free: %v", err)
	}
	free := pcbs[1234].Local().Port()
	pcbs[1234].Close()
	if err := p.Bind(withPort(any4, 0), nil); err != nil || p.Local().Port() != free {
		t.Errorf("the only free port: %v %v, want %d", p.Local(), err, free)
	}
	w.noLeak()
}

// TestEphemeralDoesNotShare: a chosen port is nobody's, whatever may be shared.
func TestEphemeralDoesNotShare(t *testing.T) {
	w := newWorld(t, udp.Config{})
	seen := map[uint16]bool{}
	for range 1000 {
		p := w.bound(nil, udp.ReuseAddr|udp.ReusePort, withPort(any4, 0), nil)
		if seen[p.Local().Port()] {
			t.Fatalf("port %d twice", p.Local().Port())
		}
		seen[p.Local().Port()] = true
	}
}

func TestMaxPCBs(t *testing.T) {
	w := newWorld(t, udp.Config{MaxPCBs: 2})
	p := w.pcb(nil, 0)
	w.pcb(nil, 0)
	_, err := w.udp.NewPCB(nil)
	if err != udp.ErrTooManyPCBs || !errors.Is(err, ip.ErrNoMemory) {
		t.Errorf("got %v", err)
	}
	p.Close()
	p.Close()
	if w.udp.PCBs() != 1 {
		t.Errorf("%d endpoints", w.udp.PCBs())
	}
	w.pcb(nil, 0)
}

func TestClosed(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, 0, withPort(any4, 53), nil)
	if err := p.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	p.Close()
	p.Disconnect()
	p.Set(udp.V6Only | udp.ReusePort)
	for name, err := range map[string]error{
		"Bind":          p.Bind(withPort(any4, 53), nil),
		"BindInterface": p.BindInterface(w.a),
		"Connect":       p.Connect(withPort(peer, 9)),
		"Send":          p.Send(w.payload("x")),
		"SendTo":        p.SendTo(w.payload("x"), withPort(peer, 9)),
	} {
		if err != udp.ErrClosed {
			t.Errorf("%s: got %v", name, err)
		}
	}
	w.noLeak()
}

func TestBindInterface(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	p := w.bound(&r, 0, withPort(any4, 53), nil)
	q := w.bound(&r, 0, withPort(any4, 54), nil)
	if err := p.BindInterface(w.b); err != nil {
		t.Fatal(err)
	}
	w.input(withPort(peer, 9), withPort(addrA, 53), w.a, "no")
	w.input(withPort(peer, 9), withPort(addrA, 53), w.b, "yes")
	w.bound(&r, 0, withPort(any4, 53), w.a)
	if err := p.BindInterface(nil); err != udp.ErrInUse {
		t.Errorf("widened onto another endpoint: %v", err)
	}
	if err := q.BindInterface(nil); err != nil {
		t.Error(err)
	}
	if len(r.got) != 1 || r.got[0].payload != "yes" {
		t.Errorf("got %+v", r.got)
	}
	// Sending goes through the interface too (SO_BINDTODEVICE).
	if err := p.SendTo(w.payload("x"), withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	if s := w.n4.out[0]; s.Ifc != w.b || s.Src != addrB {
		t.Errorf("sent %+v", s.Header)
	}
	w.noLeak()
}

// TestRebindFreesThePort: an endpoint bound anew leaves its old port.
func TestRebindFreesThePort(t *testing.T) {
	w := newWorld(t, udp.Config{})
	p := w.bound(nil, 0, withPort(any4, 53), nil)
	if err := p.Bind(withPort(any4, 53), nil); err != nil {
		t.Errorf("the same again: %v", err)
	}
	if err := p.Bind(withPort(any4, 54), nil); err != nil {
		t.Fatal(err)
	}
	w.bound(nil, 0, withPort(any4, 53), nil)
}
