package netif_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/netif"
	"pgregory.net/rapid"
)

func TestSetAddr4(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	gw := netip.MustParseAddr("192.0.2.254")
	ifc.SetAddr4(netip.Prefix{}, gw) // nothing before, nothing after
	if len(w.events) != 0 {
		t.Errorf("%d events", len(w.events))
	}
	p := netip.MustParsePrefix("192.0.2.5/24")
	ifc.SetAddr4(p, gw)
	want := netif.Addr4{
		Addr: p.Addr(), Prefix: netip.MustParsePrefix("192.0.2.0/24"), Gateway: gw,
		Broadcast: netip.MustParseAddr("192.0.2.255"),
	}
	if got := *ifc.Addr4(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	ifc.SetAddr4(p, gw) // the listeners hear of it even so
	p2 := netip.MustParsePrefix("198.51.100.1/30")
	ifc.SetAddr4(p2, netip.Addr{})
	ifc.SetAddr4(netip.MustParsePrefix("0.0.0.0/0"), gw) // removes it
	if got := *ifc.Addr4(); got != (netif.Addr4{}) {
		t.Errorf("%+v, want none", got)
	}
	for i, c := range []struct{ old, new netip.Addr }{
		{netip.Addr{}, p.Addr()}, {p.Addr(), p.Addr()}, {p.Addr(), p2.Addr()}, {p2.Addr(), netip.Addr{}},
	} {
		if i >= len(w.events) {
			t.Fatalf("%d events, want 4", len(w.events))
		}
		ev := w.events[i]
		if ev.Kind != netif.Addr4Changed || ev.OldAddr != c.old || ev.NewAddr != c.new || ev.Old4.Addr != c.old {
			t.Errorf("event %d: %+v, want %v to %v", i, ev, c.old, c.new)
		}
	}
	if old := w.events[2].Old4; old != want {
		t.Errorf("old configuration %+v, want %+v", old, want)
	}
	if len(w.events) != 4 {
		t.Errorf("%d events, want 4", len(w.events))
	}
	ifc.SetAddr4(netip.MustParsePrefix("2001:db8::1/64"), gw)
	if ifc.Addr4().Addr.IsValid() {
		t.Error("an IPv6 address was taken")
	}
}

func TestIsBroadcast(t *testing.T) {
	eth, noBroadcast := netif.Properties{}, netif.Properties{NoBroadcast: true}
	for _, c := range []struct {
		name   string
		props  netif.Properties
		prefix string // "": none
		addr   string
		want   bool
	}{
		{"limited", eth, "", "255.255.255.255", true},
		{"0.0.0.0, as BSD once did", eth, "", "0.0.0.0", true},
		{"limited, on a link without", noBroadcast, "", "255.255.255.255", true},
		{"no address yet", eth, "", "192.0.2.255", false},
		{"subnet-directed", eth, "192.0.2.1/24", "192.0.2.255", true},
		{"subnet-directed /30", eth, "192.0.2.1/30", "192.0.2.3", true},
		{"subnet-directed /8", eth, "10.1.2.3/8", "10.255.255.255", true},
		{"subnet-directed /0", eth, "10.1.2.3/0", "255.255.255.255", true},
		{"network address", eth, "192.0.2.1/24", "192.0.2.0", false},
		{"another subnet's", eth, "192.0.2.1/25", "192.0.2.255", false},
		{"own address", eth, "192.0.2.1/24", "192.0.2.1", false},
		{"/31 has none (RFC 3021)", eth, "192.0.2.0/31", "192.0.2.1", false},
		{"/32 has none", eth, "192.0.2.1/32", "192.0.2.1", false},
		{"a link without", noBroadcast, "192.0.2.1/24", "192.0.2.255", false},
		{"IPv6 unspecified", eth, "192.0.2.1/24", "::", false},
		{"mapped", eth, "192.0.2.1/24", "::ffff:255.255.255.255", false},
		{"multicast", eth, "192.0.2.1/24", "224.0.0.1", false},
	} {
		w := newWorld(t)
		ifc := w.add(c.props, netif.Config{})
		if c.prefix != "" {
			ifc.SetAddr4(netip.MustParsePrefix(c.prefix), netip.Addr{})
		}
		if got := ifc.IsBroadcast(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestBroadcastModel: the broadcast address has the network's bits and ones.
func TestBroadcastModel(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	rapid.Check(t, func(t *rapid.T) {
		a := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address")))
		bits := rapid.IntRange(0, 32).Draw(t, "bits")
		if a.IsUnspecified() {
			t.Skip("not an address")
		}
		ifc.SetAddr4(netip.PrefixFrom(a, bits), netip.Addr{})
		b := ifc.Addr4().Broadcast
		if bits >= 31 {
			if b.IsValid() {
				t.Fatalf("/%d has broadcast address %v", bits, b)
			}
			return
		}
		x, y := a.As4(), b.As4()
		for i := range 32 {
			bit := func(v [4]byte) byte { return v[i/8] >> (7 - i%8) & 1 }
			if want := bit(x); i < bits && bit(y) != want || i >= bits && bit(y) != 1 {
				t.Fatalf("%v/%d: broadcast address %v", a, bits, b)
			}
		}
	})
}
