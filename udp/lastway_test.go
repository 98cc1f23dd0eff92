package udp_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// A datagram goes as the one before went only while nothing has changed that
// decides about it.
func TestSendToFollowsChanges(t *testing.T) {
	q := &timers.Queue{}
	q.Advance(1e9)
	r := sysarch.NewSeededRand(1)
	pool := pbuf.NewPool(pbuf.Config{})
	ifs := netif.New(q, r, pool)
	n4 := ip4.New(ifs, q, r, pool, nil, ip4.Config{})
	u := udp.New(pool, q, r, n4, nil, ifs, udp.Config{})
	var links [2]tun
	var on [2]*netif.Interface
	addrs := [2]netip.Addr{netip.MustParseAddr("10.1.0.1"), netip.MustParseAddr("10.2.0.1")}
	for i := range links {
		ifc, err := ifs.Add(&links[i], netif.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ifc.SetUp(true)
		ifc.SetAddr4(netip.PrefixFrom(addrs[i], 24), netip.Addr{})
		on[i] = ifc
	}
	ifs.SetDefault(on[0])
	p, err := u.NewPCB(nil)
	if err != nil {
		t.Fatal(err)
	}
	far := netip.MustParseAddrPort("192.0.2.1:7")
	prefix := netip.PrefixFrom(far.Addr(), 32)
	moved := netip.MustParseAddr("10.2.0.9")
	for _, step := range []struct {
		name string
		do   func() error
		want int // the interface that it leaves by; -1: none
		src  netip.Addr
	}{
		{"default", func() error { return nil }, 0, addrs[0]},
		{"route added", func() error { return n4.AddRoute(ip4.StaticRoute{Prefix: prefix, Ifc: on[1]}) }, 1, addrs[1]},
		{"route removed", func() error { n4.RemoveRoute(prefix, netip.Addr{}); return nil }, 0, addrs[0]},
		{"default changed", func() error { ifs.SetDefault(on[1]); return nil }, 1, addrs[1]},
		{"address changed", func() error { on[1].SetAddr4(netip.PrefixFrom(moved, 24), netip.Addr{}); return nil }, 1, moved},
		{"bound to interface", func() error { return p.BindInterface(on[0]) }, 0, addrs[0]},
		{"interface down", func() error { on[0].SetUp(false); return nil }, -1, netip.Addr{}},
		{"interface up", func() error { on[0].SetUp(true); return nil }, 0, addrs[0]},
		{"free again", func() error { return p.BindInterface(nil) }, 1, moved},
	} {
		t.Run(step.name, func(t *testing.T) {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			for range 3 { // looked up, and from memory
				err := p.SendTo(pool.Alloc(pbuf.Transport, 1, pbuf.RAM), far)
				if (err == nil) != (step.want >= 0) {
					t.Fatal(err)
				}
				for i, ifc := range on {
					if batch, sender := ifc.Publish(); sender {
						ifc.Transmit(batch)
					}
					out := links[i].out
					links[i].out = nil
					if got := len(out) == 1; got != (i == step.want) {
						t.Fatalf("interface %d sent %d packets", i, len(out))
					}
					if len(out) == 1 {
						if src, _ := netip.AddrFromSlice(out[0][12:16]); src != step.src {
							t.Fatalf("source %v, want %v", src, step.src)
						}
					}
				}
			}
		})
	}
}
