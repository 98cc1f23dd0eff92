package netif_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/netif"
)

func TestStateEvents(t *testing.T) {
	w := newWorld(t)
	ifc, err := w.ifs.Add(&driver{}, netif.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ifc.SetUp(false) // is down: no event
	ifc.SetUp(true)
	ifc.SetUp(true)
	ifc.SetLink(true) // is up: no event
	ifc.SetLink(false)
	ifc.SetUp(false)
	want := []netif.EventKind{netif.Added, netif.StatusChanged, netif.LinkChanged, netif.StatusChanged}
	if len(w.events) != len(want) {
		t.Fatalf("%d events, want %d", len(w.events), len(want))
	}
	for i, ev := range w.events {
		if ev.Kind != want[i] || ev.Ifc != ifc {
			t.Errorf("event %d: kind %d, want %d", i, ev.Kind, want[i])
		}
	}
}

func TestListeners(t *testing.T) {
	w := newWorld(t)
	var order string
	var stopB func()
	w.ifs.Listen(func(netif.Event) { order += "a" })
	stopB = w.ifs.Listen(func(netif.Event) { order += "b"; stopB() })
	stopC := w.ifs.Listen(func(netif.Event) { order += "c" })
	var stopE func()
	stopD := w.ifs.Listen(func(netif.Event) { order += "d"; stopE() })
	stopE = w.ifs.Listen(func(netif.Event) { order += "e" })
	ifc := w.up()
	if want := "abcd" + "acd"; order != want { // Added, then StatusChanged
		t.Errorf("called %q, want %q", order, want)
	}
	stopC()
	stopC()
	stopD()
	order = ""
	ifc.SetUp(false)
	if order != "a" {
		t.Errorf("called %q, want a", order)
	}
}

func TestProperties(t *testing.T) {
	w := newWorld(t)
	d := &driver{props: netif.Properties{Framing: netif.IP, MaxSegment: 64000}}
	ifc, err := w.ifs.Add(d, netif.Config{Checksums: netif.NoGenIP | netif.NoCheckTCP})
	if err != nil {
		t.Fatal(err)
	}
	if ifc.Driver() != netif.Driver(d) || ifc.Framing() != netif.IP || ifc.MaxSegment() != 64000 || ifc.Pool() != w.pool {
		t.Error("not the driver's properties")
	}
	c := ifc.Checksums()
	if !c.Has(netif.NoGenIP|netif.NoCheckTCP) || c.Has(netif.NoGenIP|netif.NoCheckIP) {
		t.Errorf("checksums %b", c)
	}
	if ifc.SetHostname("a"); ifc.Hostname() != "a" {
		t.Errorf("host name %q", ifc.Hostname())
	}
	if ifc.SetForwarding(true); !ifc.Flags().Has(netif.Forwarding) {
		t.Error("not forwarding")
	}
	if ifc.SetForwarding(false); ifc.Flags().Has(netif.Forwarding) {
		t.Error("still forwarding")
	}
}

// TestMTU6: what a router advertises is held to [1280, MTU] (RFC 8200 §5, RFC
// 4861 §6.3.4).
func TestMTU6(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	for _, c := range []struct{ set, want int }{{1400, 1400}, {1280, 1280}, {1279, 1280}, {-1, 1280}, {1501, 1500}} {
		if ifc.SetMTU6(c.set); ifc.MTU6() != c.want || ifc.MTU() != 1500 {
			t.Errorf("SetMTU6(%d): %d, MTU %d, want %d, 1500", c.set, ifc.MTU6(), ifc.MTU(), c.want)
		}
	}
}

func TestOwns(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	if ifc.Owns(netip.Addr{}) {
		t.Error("no address is ours")
	}
	v4 := netip.MustParseAddr("192.0.2.1")
	ifc.SetAddr4(netip.PrefixFrom(v4, 24), netip.Addr{})
	for a, want := range map[string]bool{"192.0.2.1": true, "192.0.2.2": false, "192.0.2.255": false, "::": false, "::ffff:192.0.2.1": false} {
		if got := ifc.Owns(netip.MustParseAddr(a)); got != want {
			t.Errorf("owns %s: %v, want %v", a, got, want)
		}
	}
	v6 := netip.MustParseAddr("2001:db8::1")
	slot, err := ifc.AddAddr6(netif.Addr6{Addr: v6, Bits: 64, State: netif.Tentative})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		state netif.State6
		want  bool
	}{
		{netif.Tentative, false}, {netif.Preferred, true}, {netif.Deprecated, true},
		{netif.Duplicated, false}, {netif.Invalid, false},
	} {
		ifc.SetAddr6State(slot, c.state)
		if got := ifc.Owns(v6); got != c.want || c.state.Valid() != c.want {
			t.Errorf("owns a %v address: %v, want %v", c.state, got, c.want)
		}
	}
}
