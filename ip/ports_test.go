package ip

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/sys_arch"
)

var (
	local4  = netip.MustParseAddr("192.0.2.1")
	remote4 = netip.MustParseAddrPort("198.51.100.7:80")
	local6  = netip.MustParseAddr("2001:db8::1")
	remote6 = netip.MustParseAddrPort("[2001:db8::2]:443")
)

func newTestPorts(seed uint64) *Ports { return NewPorts(sysarch.NewSeededRand(seed)) }

func TestChooseAsksEveryPortOnce(t *testing.T) {
	for _, flow := range []struct {
		name   string
		local  netip.Addr
		remote netip.AddrPort
	}{
		{"IPv4", local4, remote4},
		{"IPv6", local6, remote6},
		{"no source yet", netip.Addr{}, remote4},
	} {
		t.Run(flow.name, func(t *testing.T) {
			asked := make(map[uint16]bool)
			got := newTestPorts(1).Choose(flow.local, flow.remote, func(port uint16) bool {
				if asked[port] {
					t.Errorf("port %d asked for twice", port)
				}
				if port < FirstEphemeral {
					t.Errorf("port %d is not ephemeral", port)
				}
				asked[port] = true
				return false
			})
			if want := LastEphemeral - FirstEphemeral + 1; got != 0 || len(asked) != want {
				t.Errorf("got port %d after %d ports, want 0 after %d", got, len(asked), want)
			}
		})
	}
}

func TestChooseFindsTheOnlyFreePort(t *testing.T) {
	p := newTestPorts(2)
	for _, want := range []uint16{FirstEphemeral, 50000, LastEphemeral} {
		if got := p.Choose(local4, remote4, func(port uint16) bool { return port == want }); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

// RFC 6056 §3.3.4: towards one destination the ports go up one by one, so that
// the same four-tuple does not come again early.
func TestChooseDoesNotRepeatEarly(t *testing.T) {
	p := newTestPorts(3)
	free := func(uint16) bool { return true }
	first := p.Choose(local4, remote4, free)
	for i := 1; i < 1000; i++ {
		want := FirstEphemeral + (first-FirstEphemeral+uint16(i))%(LastEphemeral-FirstEphemeral+1)
		if got := p.Choose(local4, remote4, free); got != want {
			t.Fatalf("choice %d is %d, want %d", i, got, want)
		}
	}
}

// Another destination, another source and another key must each start
// elsewhere: an observer of one flow learns nothing of the others. With 200
// flows in 16384 places, fewer than 180 distinct starts are out of reach of a
// good hash (about one collision is expected).
func TestChooseStartsDiffer(t *testing.T) {
	free := func(uint16) bool { return true }
	starts := map[string]map[uint16]bool{"remote": {}, "port": {}, "local": {}, "key": {}}
	for i := range 200 {
		addr := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		starts["remote"][newTestPorts(4).Choose(local4, netip.AddrPortFrom(addr, 80), free)] = true
		starts["port"][newTestPorts(4).Choose(local4, netip.AddrPortFrom(addr, uint16(i)), free)] = true
		starts["local"][newTestPorts(4).Choose(addr, remote4, free)] = true
		starts["key"][newTestPorts(uint64(i)).Choose(local4, remote4, free)] = true
	}
	for what, ports := range starts {
		if len(ports) < 180 {
			t.Errorf("another %s: %d distinct first ports of 200", what, len(ports))
		}
	}
}

func TestChooseRepeatsForSeed(t *testing.T) {
	free := func(uint16) bool { return true }
	a, b := newTestPorts(5), newTestPorts(5)
	for range 100 {
		if x, y := a.Choose(local6, remote6, free), b.Choose(local6, remote6, free); x != y {
			t.Fatalf("same seed, ports %d and %d", x, y)
		}
	}
}

func TestZeroAllocChoose(t *testing.T) {
	p := newTestPorts(6)
	free := func(uint16) bool { return true }
	if n := testing.AllocsPerRun(100, func() { p.Choose(local6, remote6, free) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkChoose(b *testing.B) {
	p := newTestPorts(7)
	free := func(uint16) bool { return true }
	for b.Loop() {
		p.Choose(local6, remote6, free)
	}
}
