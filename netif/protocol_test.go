package netif_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// driver is a link that frees what it is to transmit.
type driver struct {
	props netif.Properties
	sent  [][]byte // the first element of each frame
	busy  func()   // called during Transmit
}

func (d *driver) Properties() netif.Properties { return d.props }
func (d *driver) Attach(netif.Receiver) error  { return nil }
func (d *driver) Detach() error                { return nil }
func (d *driver) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		d.sent = append(d.sent, slices.Clone(f.Bytes()))
		f.Free()
	}
	if d.busy != nil {
		d.busy()
	}
}

var station = ethernet.Addr{2, 0, 0, 0, 0, 1}

// world is a list of interfaces that records events.
type world struct {
	t      testing.TB
	pool   *pbuf.Pool
	ifs    *netif.Protocol
	events []netif.Event
}

func newWorld(t testing.TB) *world {
	q := new(timers.Queue)
	q.Advance(1)
	w := &world{t: t, pool: pbuf.NewPool(pbuf.Config{})}
	w.ifs = netif.New(q, sysarch.NewSeededRand(1), w.pool)
	w.ifs.Listen(func(ev netif.Event) { w.events = append(w.events, ev) })
	t.Cleanup(func() {
		if s := w.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Errorf("leaked: %+v", s)
		}
	})
	return w
}

// add makes an interface and forgets the events of it.
func (w *world) add(props netif.Properties, cfg netif.Config) *netif.Interface {
	w.t.Helper()
	ifc, err := w.ifs.Add(&driver{props: props}, cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.events = nil
	return ifc
}

// up makes an Ethernet interface that is up.
func (w *world) up() *netif.Interface {
	w.t.Helper()
	ifc := w.add(netif.Properties{HWAddr: station}, netif.Config{})
	ifc.SetUp(true)
	w.events = nil
	return ifc
}

func TestAddNamesAndNumbers(t *testing.T) {
	w := newWorld(t)
	for i, c := range []struct {
		props netif.Properties
		name  string
		want  string
	}{
		{netif.Properties{Loopback: true, Framing: netif.IP}, "", "lo0"},
		{netif.Properties{}, "", "en1"},
		{netif.Properties{Framing: netif.IP}, "", "tn2"},
		{netif.Properties{}, "wl", "wl3"},
	} {
		ifc := w.add(c.props, netif.Config{Name: c.name})
		if ifc.Name() != c.want || ifc.Index() != i+1 {
			t.Errorf("got %s, index %d, want %s, %d", ifc.Name(), ifc.Index(), c.want, i+1)
		}
		if w.ifs.ByName(c.want) != ifc || w.ifs.ByIndex(i+1) != ifc {
			t.Errorf("%s is not found", c.want)
		}
	}
	if w.ifs.ByName("en0") != nil || w.ifs.ByIndex(0) != nil || w.ifs.ByIndex(5) != nil {
		t.Error("found an interface that is not there")
	}
	names := []string{}
	for _, ifc := range w.ifs.List() {
		names = append(names, ifc.Name())
	}
	if want := []string{"lo0", "en1", "tn2", "wl3"}; !slices.Equal(names, want) {
		t.Errorf("list %v, want %v", names, want)
	}
}

// TestNumbersAreUnique: 255 interfaces, numbers 0 to 254; one given up is used
// again only when its turn comes.
func TestNumbersAreUnique(t *testing.T) {
	w := newWorld(t)
	first := w.add(netif.Properties{}, netif.Config{})
	w.ifs.Remove(first)
	if ifc := w.add(netif.Properties{}, netif.Config{}); ifc.Index() != 2 {
		t.Errorf("index %d after 1 was given up, want 2", ifc.Index())
	}
	for range 254 {
		w.add(netif.Properties{}, netif.Config{})
	}
	seen := make(map[int]bool)
	for _, ifc := range w.ifs.List() {
		if i := ifc.Index(); i < 1 || i > 255 || seen[i] {
			t.Errorf("index %d", i)
		}
		seen[ifc.Index()] = true
	}
	if _, err := w.ifs.Add(&driver{}, netif.Config{}); !errors.Is(err, netif.ErrNoNumber) {
		t.Errorf("256th interface: %v, want ErrNoNumber", err)
	}
	w.ifs.Remove(w.ifs.ByIndex(100))
	if ifc := w.add(netif.Properties{}, netif.Config{}); ifc.Index() != 100 {
		t.Errorf("index %d, want the only free one, 100", ifc.Index())
	}
}

func TestAddConfig(t *testing.T) {
	for _, c := range []struct {
		name  string
		props netif.Properties
		cfg   netif.Config
		mtu   int // 0: refused
	}{
		{"default MTU", netif.Properties{}, netif.Config{}, 1500},
		{"the driver's", netif.Properties{MTU: 9000}, netif.Config{}, 9000},
		{"lowered", netif.Properties{MTU: 9000}, netif.Config{MTU: 1400}, 1400},
		{"raised", netif.Properties{MTU: 1400}, netif.Config{MTU: 1401}, 0},
		{"least of IPv4 (RFC 791)", netif.Properties{}, netif.Config{MTU: 68}, 68},
		{"less", netif.Properties{}, netif.Config{MTU: 67}, 0},
		{"longest packet", netif.Properties{MTU: 65535}, netif.Config{}, 65535},
		{"longer", netif.Properties{MTU: 65536}, netif.Config{}, 0},
		{"IPv6 as Addr4", netif.Properties{}, netif.Config{Addr4: netip.MustParsePrefix("::1/64")}, 0},
		{"negative queue", netif.Properties{}, netif.Config{TxQueue: -1}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			ifc, err := w.ifs.Add(&driver{props: c.props}, c.cfg)
			if c.mtu == 0 {
				if !errors.Is(err, netif.ErrBadConfig) || len(w.ifs.List()) != 0 || len(w.events) != 0 {
					t.Errorf("error %v, %d interfaces, %d events", err, len(w.ifs.List()), len(w.events))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if ifc.MTU() != c.mtu || ifc.MTU6() != c.mtu {
				t.Errorf("MTU %d and %d, want %d", ifc.MTU(), ifc.MTU6(), c.mtu)
			}
		})
	}
}

func TestAddFlags(t *testing.T) {
	const (
		eth = netif.LinkUp | netif.Broadcast | netif.Multicast | netif.ARP | netif.ND
		tun = netif.LinkUp | netif.Multicast
	)
	for _, c := range []struct {
		name  string
		props netif.Properties
		want  netif.Flags
	}{
		{"Ethernet", netif.Properties{}, eth},
		{"Ethernet that cannot", netif.Properties{NoBroadcast: true, NoMulticast: true}, eth &^ (netif.Broadcast | netif.Multicast)},
		{"IP", netif.Properties{Framing: netif.IP}, tun},
		{"loopback", netif.Properties{Framing: netif.IP, Loopback: true, NoMulticast: true}, netif.LinkUp | netif.LoopbackFlag},
	} {
		w := newWorld(t)
		ifc := w.add(c.props, netif.Config{})
		if ifc.Flags() != c.want || ifc.Ready() {
			t.Errorf("%s: flags %b, want %b", c.name, ifc.Flags(), c.want)
		}
		if ifc.SetUp(true); !ifc.Ready() {
			t.Errorf("%s: up, but not ready", c.name)
		}
		if ifc.SetLink(false); ifc.Ready() {
			t.Errorf("%s: ready without a link", c.name)
		}
	}
}

func TestHWAddr(t *testing.T) {
	w := newWorld(t)
	if got := w.add(netif.Properties{HWAddr: station}, netif.Config{}).HWAddr(); got != station {
		t.Errorf("got %v, want the driver's", got)
	}
	a := w.add(netif.Properties{}, netif.Config{}).HWAddr()
	b := w.add(netif.Properties{}, netif.Config{}).HWAddr()
	if a == b || a[0]&3 != 2 || b[0]&3 != 2 {
		t.Errorf("made up %v and %v: want two locally administered station addresses", a, b)
	}
	if got := w.add(netif.Properties{Framing: netif.IP}, netif.Config{}).HWAddr(); !got.IsZero() {
		t.Errorf("an IP link has address %v", got)
	}
}

func TestDefaultInterface(t *testing.T) {
	w := newWorld(t)
	lo := w.add(netif.Properties{Loopback: true, Framing: netif.IP}, netif.Config{})
	if w.ifs.Default() != nil {
		t.Error("the loopback is the default")
	}
	a := w.add(netif.Properties{}, netif.Config{})
	b := w.add(netif.Properties{}, netif.Config{})
	if w.ifs.Default() != a {
		t.Error("the first interface is not the default")
	}
	w.ifs.Remove(b)
	if w.ifs.Default() != a {
		t.Error("removing another interface changed the default")
	}
	w.ifs.Remove(a)
	if w.ifs.Default() != nil {
		t.Error("there is a default after its removal: lwIP sets none")
	}
	c := w.add(netif.Properties{}, netif.Config{})
	if w.ifs.Default() != c {
		t.Error("a later interface does not become the default")
	}
	w.ifs.SetDefault(lo)
	if w.ifs.Default() != lo {
		t.Error("SetDefault has no effect")
	}
	w.ifs.SetDefault(nil)
	if w.ifs.Default() != nil {
		t.Error("SetDefault(nil) has no effect")
	}
}

func TestRemove(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	ifc.SetAddr4(netip.MustParsePrefix("192.0.2.1/24"), netip.MustParseAddr("192.0.2.254"))
	ifc.AddAddr6(netif.Addr6{Addr: netip.MustParseAddr("fe80::1"), Bits: 64, State: netif.Preferred})
	ifc.AddAddr6(netif.Addr6{Addr: netip.MustParseAddr("2001:db8::1"), Bits: 64, State: netif.Deprecated})
	other := w.add(netif.Properties{}, netif.Config{})
	w.ifs.Listen(func(ev netif.Event) { // as IGMP leaves its groups
		if ev.Kind == netif.Addr4Changed {
			ifc.Output(w.pool.Alloc(pbuf.Raw, 60, pbuf.RAM))
		}
	})
	ifc.Output(w.pool.Alloc(pbuf.Raw, 60, pbuf.RAM))
	w.ifs.Remove(ifc)
	kinds := []netif.EventKind{}
	for _, ev := range w.events {
		if ev.Ifc != ifc {
			t.Error("an event of another interface")
		}
		kinds = append(kinds, ev.Kind)
	}
	want := []netif.EventKind{netif.StatusChanged, netif.Addr4Changed, netif.Addr6Changed, netif.Addr6Changed, netif.Removed}
	if !slices.Equal(kinds, want) {
		t.Errorf("events %v, want %v", kinds, want)
	}
	if !slices.Equal(w.ifs.List(), []*netif.Interface{other}) || w.ifs.ByIndex(1) != nil {
		t.Error("still in the list")
	}
	if err := ifc.Output(w.pool.Alloc(pbuf.Raw, 60, pbuf.RAM)); !errors.Is(err, netif.ErrDown) {
		t.Errorf("Output after Remove: %v, want ErrDown", err)
	}
	if batch, _ := ifc.Publish(); len(batch) != 0 {
		t.Errorf("%d frames left for a driver that is gone", len(batch))
	}
	if got := ifc.Stats().TxDown; got != 3 { // staged before, in the event, and after
		t.Errorf("%d frames dropped, want 3", got)
	}
	w.events = nil
	w.ifs.Remove(ifc)
	if len(w.events) != 0 {
		t.Error("removed twice")
	}
}
