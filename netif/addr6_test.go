package netif_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/timers"
)

func addr6(s string) netif.Addr6 {
	return netif.Addr6{Addr: netip.MustParseAddr(s), Bits: 64, State: netif.Tentative, PreferredUntil: timers.Never, ValidUntil: timers.Never}
}

func TestAddAddr6Slots(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	add := func(s string, want int) {
		t.Helper()
		got, err := ifc.AddAddr6(addr6(s))
		if got != want || err != nil {
			t.Errorf("%s: slot %d, %v, want %d", s, got, err, want)
		}
	}
	if ifc.LinkLocal6().IsValid() {
		t.Error("a link-local address without any")
	}
	add("2001:db8::1", 1) // slot 0 is the link-local address's
	add("fe80::1%eth0", 0)
	add("2001:db8::1", 1) // is there
	add("fe80::2", 2)     // a second link-local address
	if got := ifc.LinkLocal6(); got != netip.MustParseAddr("fe80::1") {
		t.Errorf("link-local address %v: zones are not kept", got)
	}
	for _, s := range []string{"2001:db8::3", "2001:db8::4", "2001:db8::5", "2001:db8::6"} {
		ifc.AddAddr6(addr6(s))
	}
	add("2001:db8::7", netif.MaxAddrs6-1)
	events := len(w.events)
	if i, err := ifc.AddAddr6(addr6("2001:db8::8")); i != -1 || !errors.Is(err, netif.ErrAddrsFull) {
		t.Errorf("a ninth address: slot %d, %v", i, err)
	}
	if events != 8 || len(w.events) != 8 {
		t.Errorf("%d events, then %d, want 8", events, len(w.events))
	}
	ifc.SetAddr6State(3, netif.Invalid)
	if i := ifc.FindAddr6(netip.MustParseAddr("2001:db8::3")); i != -1 {
		t.Errorf("a removed address is in slot %d", i)
	}
	add("2001:db8::8", 3)
	if i := ifc.FindAddr6(netip.MustParseAddr("2001:db8::7")); i != 7 {
		t.Errorf("found in slot %d, want 7", i)
	}
	if got, want := ifc.Addrs6()[3].Prefix(), netip.MustParsePrefix("2001:db8::/64"); got != want {
		t.Errorf("prefix %v, want %v", got, want)
	}
}

func TestAddAddr6Refuses(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	for _, c := range []struct {
		name string
		edit func(*netif.Addr6)
	}{
		{"IPv4", func(a *netif.Addr6) { a.Addr = netip.MustParseAddr("192.0.2.1") }},
		{"mapped", func(a *netif.Addr6) { a.Addr = netip.MustParseAddr("::ffff:192.0.2.1") }},
		{"multicast", func(a *netif.Addr6) { a.Addr = netip.MustParseAddr("ff02::1") }},
		{"unspecified", func(a *netif.Addr6) { a.Addr = netip.IPv6Unspecified() }},
		{"none", func(a *netif.Addr6) { a.Addr = netip.Addr{} }},
		{"no prefix length", func(a *netif.Addr6) { a.Bits = 0 }},
		{"long prefix", func(a *netif.Addr6) { a.Bits = 129 }},
		{"no state", func(a *netif.Addr6) { a.State = netif.Invalid }},
	} {
		a := addr6("2001:db8::1")
		c.edit(&a)
		if i, err := ifc.AddAddr6(a); i != -1 || !errors.Is(err, netif.ErrBadConfig) {
			t.Errorf("%s: slot %d, %v, want ErrBadConfig", c.name, i, err)
		}
	}
	if len(w.events) != 0 {
		t.Errorf("%d events", len(w.events))
	}
}

func TestAddr6Events(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	a := netip.MustParseAddr("2001:db8::1")
	slot, err := ifc.AddAddr6(addr6("2001:db8::1"))
	if err != nil {
		t.Fatal(err)
	}
	ifc.CountAddr6Probe(slot)
	ifc.SetAddr6Lifetimes(slot, 5, 7)
	ifc.SetAddr6State(slot, netif.Tentative) // is so: no event
	ifc.SetAddr6State(slot, netif.Preferred)
	ifc.SetAddr6State(slot, netif.Invalid)
	ifc.SetAddr6State(slot, netif.Invalid)
	ifc.SetAddr6State(slot, netif.Preferred) // nothing there
	none := netip.Addr{}
	want := []struct {
		kind     netif.EventKind
		state    netif.State6 // before
		old, new netip.Addr
	}{
		{netif.Addr6Changed, netif.Invalid, none, a},
		{netif.Addr6State, netif.Tentative, a, a},
		{netif.Addr6Changed, netif.Preferred, a, none},
	}
	if len(w.events) != len(want) {
		t.Fatalf("%d events, want %d: %+v", len(w.events), len(want), w.events)
	}
	for i, ev := range w.events {
		x := want[i]
		if ev.Kind != x.kind || ev.Slot != slot || ev.Old6.State != x.state || ev.OldAddr != x.old || ev.NewAddr != x.new {
			t.Errorf("event %d: %+v, want %+v", i, ev, x)
		}
	}
	if old := w.events[2].Old6; old.Probes != 1 || old.PreferredUntil != 5 || old.ValidUntil != 7 || old.Addr != a {
		t.Errorf("old values %+v", old)
	}
	if ifc.Addrs6()[slot] != (netif.Addr6{}) {
		t.Errorf("the slot is not free: %+v", ifc.Addrs6()[slot])
	}
}

func TestState6String(t *testing.T) {
	for s, want := range map[netif.State6]string{
		netif.Invalid: "invalid", netif.Tentative: "tentative", netif.Preferred: "preferred",
		netif.Deprecated: "deprecated", netif.Duplicated: "duplicated",
	} {
		if s.String() != want {
			t.Errorf("%d is %q, want %q", s, s, want)
		}
	}
}
