package nd6

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// lwIP, measured: multicast NS at 0, 1, 2 s, then the entry is freed.
func TestResolutionUnanswered(t *testing.T) {
	h := readyHost(t, Upstream())
	if err := h.output(peerGA, 1); err != nil {
		t.Fatal(err)
	}
	fs := h.advance(10 * time.Second)
	if got, want := times(fs), []time.Duration{0, time.Second, 2 * time.Second}; !slices.Equal(got, want) {
		t.Fatalf("solicitations at %v, want %v", got, want)
	}
	for _, f := range fs {
		src, dst, target := h.solicitation(f)
		if src != ourGA || dst != SolicitedNode(peerGA) || target != peerGA {
			t.Errorf("NS %v → %v for %v", src, dst, target)
		}
	}
	if _, ok := h.state(peerGA); ok {
		t.Error("entry still there")
	}
	if len(h.failed) != 1 || h.failed[0].Bytes()[40] != 1 {
		t.Fatalf("handler got %d packets, want the one", len(h.failed))
	}
	if s := h.nd.Stats(); s.Unresolved != 1 || s.NUDFailures != 1 || s.OutNS != 3 {
		t.Errorf("stats %+v", s)
	}
	if h.q.Next() != timers.Never {
		t.Error("a timer is left")
	}
	h.checkLeaks()
}

func TestResolutionAnswered(t *testing.T) {
	h := readyHost(t, Config{})
	for i := range 3 {
		if err := h.output(peerGA, byte(i)); err != nil {
			t.Fatal(err)
		}
	}
	fs := h.sent()
	if len(fs) != 1 {
		t.Fatalf("%d frames, want one solicitation", len(fs))
	}
	h.solicitation(fs[0])
	m := fs[0].Layer(layers.LayerTypeICMPv6NeighborSolicitation).(*layers.ICMPv6NeighborSolicitation)
	if len(m.Options) != 1 || m.Options[0].Type != layers.ICMPv6OptSourceAddress || string(m.Options[0].Data) != string(ourHW[:]) {
		t.Errorf("options %v, want our link-layer address", m.Options)
	}
	h.input(peerGA, ourGA, na(peerGA, naSolicited|naOverride, llOption(optTargetLL, peerHW)))
	fs = h.sent()
	if len(fs) != 3 {
		t.Fatalf("%d frames after the answer, want 3", len(fs))
	}
	for i, f := range fs {
		eth := f.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
		if f.raw[54] != byte(i) || string(eth.DstMAC) != string(peerHW[:]) {
			t.Errorf("frame %d is %d to %v", i, f.raw[54], eth.DstMAC)
		}
	}
	if n, _ := h.state(peerGA); n.State != Reachable || n.HWAddr != peerHW {
		t.Errorf("neighbor %+v", n)
	}
	if h.q.Next() != timers.Never {
		t.Error("a reachable neighbor keeps a timer")
	}
	h.checkLeaks()
}

// reach makes peerGA reachable.
func (h *host) reach() {
	h.Helper()
	h.output(peerGA, 0)
	h.input(peerGA, ourGA, na(peerGA, naSolicited|naOverride, llOption(optTargetLL, peerHW)))
	if n, _ := h.state(peerGA); n.State != Reachable {
		h.Fatalf("not reachable: %+v", n)
	}
	h.sent()
}

// RFC 4861 §7.3.3: reachable 30 s, then stale; used: delay 5 s, three unicast
// probes a second apart, then gone.
func TestUnreachabilityDetection(t *testing.T) {
	h := readyHost(t, Config{})
	h.reach()
	h.advance(29 * time.Second)
	h.output(peerGA, 1)
	if n, _ := h.state(peerGA); n.State != Reachable {
		t.Fatalf("after 29 s: %v", n.State)
	}
	h.advance(time.Second)
	if n, _ := h.state(peerGA); n.State != Stale {
		t.Fatalf("after 30 s: %v", n.State)
	}
	base := h.q.Now().Sub(h.start)
	h.output(peerGA, 2)
	if n, _ := h.state(peerGA); n.State != Delay {
		t.Fatalf("after use: %v", n.State)
	}
	fs := h.advance(20 * time.Second)
	var got []time.Duration
	for _, f := range fs {
		got = append(got, f.at-base)
	}
	want := []time.Duration{0, 5 * time.Second, 6 * time.Second, 7 * time.Second}
	if !slices.Equal(got, want) {
		t.Fatalf("frames at %v, want %v", got, want)
	}
	for _, f := range fs[1:] {
		if _, dst, _ := h.solicitation(f); dst != peerGA {
			t.Errorf("probe to %v, want unicast", dst)
		}
	}
	if _, ok := h.state(peerGA); ok {
		t.Error("unreachable neighbor still there")
	}
	h.checkLeaks()
}

func TestReachabilityHint(t *testing.T) {
	h := readyHost(t, Config{})
	h.reach()
	h.advance(31 * time.Second)
	h.output(peerGA, 1)
	h.advance(4 * time.Second)
	h.nd.Reachable(h.ifc, peerGA)
	if fs := h.advance(29 * time.Second); len(fs) != 0 {
		t.Errorf("%d frames after a hint", len(fs))
	}
	if n, _ := h.state(peerGA); n.State != Reachable {
		t.Errorf("state %v, want reachable", n.State)
	}
	h.nd.Reachable(h.ifc, farGA) // unknown: nothing
	if _, ok := h.state(farGA); ok {
		t.Error("a hint made an entry")
	}
	h.checkLeaks()
}

// RFC 4861 appendix C, the rows about received messages.
func TestNeighborTable(t *testing.T) {
	otherHW := ethernet.Addr{2, 9, 9, 9, 9, 9}
	tll := func(hw ethernet.Addr) []byte { return llOption(optTargetLL, hw) }
	for _, tt := range []struct {
		name  string
		from  State
		msg   []byte
		state State
		hw    ethernet.Addr
	}{
		{"incomplete, solicited", Incomplete, na(peerGA, naSolicited, tll(otherHW)), Reachable, otherHW},
		{"incomplete, unsolicited: stale, but the queue is a use", Incomplete, na(peerGA, 0, tll(otherHW)), Delay, otherHW},
		{"incomplete, no address", Incomplete, na(peerGA, naSolicited|naOverride), Incomplete, ethernet.Addr{}},
		{"reachable, unsolicited, no override, same", Reachable, na(peerGA, 0, tll(peerHW)), Reachable, peerHW},
		{"reachable, no override, different", Reachable, na(peerGA, naSolicited, tll(otherHW)), Stale, peerHW},
		{"stale, no override, different", Stale, na(peerGA, naSolicited, tll(otherHW)), Stale, peerHW},
		{"stale, solicited, no override, same", Stale, na(peerGA, naSolicited, tll(peerHW)), Reachable, peerHW},
		{"stale, solicited, no address", Stale, na(peerGA, naSolicited), Reachable, peerHW},
		{"stale, unsolicited, no address", Stale, na(peerGA, 0), Stale, peerHW},
		{"reachable, solicited override different", Reachable, na(peerGA, naSolicited|naOverride, tll(otherHW)), Reachable, otherHW},
		{"reachable, unsolicited override different", Reachable, na(peerGA, naOverride, tll(otherHW)), Stale, otherHW},
		{"reachable, unsolicited override same", Reachable, na(peerGA, naOverride, tll(peerHW)), Reachable, peerHW},
		{"delay, solicited", Delay, na(peerGA, naSolicited, tll(peerHW)), Reachable, peerHW},
		{"probe, solicited", Probe, na(peerGA, naSolicited, tll(peerHW)), Reachable, peerHW},
		{"reachable, NS same", Reachable, ns(ourGA, llOption(optSourceLL, peerHW)), Reachable, peerHW},
		{"reachable, NS different", Reachable, ns(ourGA, llOption(optSourceLL, otherHW)), Stale, otherHW},
		{"none, NS", None, ns(ourGA, llOption(optSourceLL, otherHW)), Stale, otherHW},
		{"incomplete, NS", Incomplete, ns(ourGA, llOption(optSourceLL, otherHW)), Delay, otherHW},
		{"none, NA: ignored", None, na(peerGA, naSolicited|naOverride, tll(otherHW)), None, ethernet.Addr{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := readyHost(t, Config{})
			switch tt.from {
			case None:
			case Incomplete:
				h.output(peerGA, 0)
			case Reachable, Stale, Delay, Probe:
				h.reach()
				n := h.nd.find(h.ifc, peerGA)
				if tt.from != Reachable {
					h.nd.setState(n, tt.from)
				}
			}
			h.sent()
			h.input(peerGA, ourGA, tt.msg)
			n, ok := h.state(peerGA)
			if tt.state == None {
				if ok {
					t.Errorf("got entry %+v", n)
				}
			} else if n.State != tt.state || n.HWAddr != tt.hw {
				t.Errorf("got %v %v, want %v %v", n.State, n.HWAddr, tt.state, tt.hw)
			}
			h.checkLeaks()
		})
	}
}

func TestQueueBounds(t *testing.T) {
	for _, tt := range []struct {
		name    string
		cfg     Config
		send    int
		want    []byte // marks delivered
		refused error
	}{
		{"oldest dropped (RFC 4861 §7.2.2)", Config{Queue: 3}, 5, []byte{2, 3, 4}, nil},
		{"newest refused (ESP-IDF)", Config{Queue: 3, RefuseNewest: true}, 5, []byte{0, 1, 2}, ip.ErrQueueFull},
		{"total", Config{QueueTotal: 2}, 3, []byte{1, 2}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := readyHost(t, tt.cfg)
			var err error
			for i := range tt.send {
				err = h.output(peerGA, byte(i))
			}
			if !errors.Is(err, tt.refused) {
				t.Errorf("last error %v, want %v", err, tt.refused)
			}
			h.sent()
			h.input(peerGA, ourGA, na(peerGA, naSolicited|naOverride, llOption(optTargetLL, peerHW)))
			var got []byte
			for _, f := range h.sent() {
				got = append(got, f.raw[54])
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("delivered %v, want %v", got, tt.want)
			}
			h.checkLeaks()
		})
	}
}

// Bytes that the caller may change after Output are copied when queued.
func TestQueueCopiesReferences(t *testing.T) {
	h := readyHost(t, Config{})
	src := h.packet(ourGA, peerGA, 7)
	raw := slices.Clone(src.Bytes())
	src.Free()
	if err := h.nd.Output(h.ifc, h.pool.AllocReference(raw, pbuf.Reference), peerGA); err != nil {
		t.Fatal(err)
	}
	raw[40] = 9
	h.sent()
	h.input(peerGA, ourGA, na(peerGA, naSolicited, llOption(optTargetLL, peerHW)))
	if fs := h.sent(); len(fs) != 1 || fs[0].raw[54] != 7 {
		t.Errorf("got %v", fs)
	}
	h.checkLeaks()
}

// A flood of solicitations from made-up neighbors takes away none in use.
func TestFloodKeepsUsedNeighbors(t *testing.T) {
	h := readyHost(t, Config{Neighbors: 8})
	h.reach()
	for i := range 1000 {
		src := netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 14: byte(i >> 8), 15: byte(i) | 0x80})
		h.input(src, ourGA, ns(ourGA, llOption(optSourceLL, ethernet.Addr{2, 1, 1, 1, byte(i >> 8), byte(i)})))
		h.sent()
	}
	if n, ok := h.state(peerGA); !ok || n.HWAddr != peerHW {
		t.Error("the neighbor in use is gone")
	}
	count := 0
	h.nd.Neighbors(func(Neighbor) bool { count++; return true })
	if count > 8 {
		t.Errorf("%d neighbors, bound 8", count)
	}
	h.checkLeaks()
}

// Wanting a new neighbor displaces one, a router last.
func TestEvictionKeepsRouters(t *testing.T) {
	h := readyHost(t, Config{Neighbors: 4})
	h.nd.SetDefaultRouter(h.ifc, peerLL)
	h.input(peerLL, allNodes, ra(0, 1800, llOption(optSourceLL, peerHW)))
	for i := range 50 {
		a := netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 14: 1, 15: byte(i)})
		if err := h.output(a, 0); err != nil {
			t.Fatal(err)
		}
		h.sent()
	}
	if n, ok := h.state(peerLL); !ok || !n.Router {
		t.Error("the router was evicted")
	}
	if s := h.nd.Stats(); s.NeighborsEvicted == 0 || s.Flushed == 0 {
		t.Errorf("nothing evicted: %+v", s)
	}
	h.checkLeaks()
}

func TestStaticNeighbor(t *testing.T) {
	h := readyHost(t, Config{})
	h.output(peerGA, 5)
	h.sent()
	if err := h.nd.AddNeighbor(h.ifc, peerGA, peerHW); err != nil {
		t.Fatal(err)
	}
	if fs := h.sent(); len(fs) != 1 || fs[0].raw[54] != 5 {
		t.Errorf("queued packet not sent: %v", fs)
	}
	h.input(peerGA, ourGA, na(peerGA, naSolicited|naOverride, llOption(optTargetLL, ethernet.Addr{2, 9})))
	h.advance(time.Hour)
	h.output(peerGA, 6)
	fs := h.advance(time.Minute)
	if len(fs) != 1 || string(fs[0].raw[:6]) != string(peerHW[:]) {
		t.Errorf("%d frames, want one to the given address", len(fs))
	}
	if n, _ := h.state(peerGA); !n.Static || n.State != Reachable || n.HWAddr != peerHW {
		t.Errorf("entry %+v", n)
	}
	if err := h.nd.AddNeighbor(h.ifc, allNodes, peerHW); !errors.Is(err, ErrBadEntry) {
		t.Errorf("multicast neighbor: %v", err)
	}
	if err := h.nd.RemoveNeighbor(h.ifc, peerGA); err != nil {
		t.Error(err)
	}
	if err := h.nd.RemoveNeighbor(h.ifc, peerGA); !errors.Is(err, ErrNotFound) {
		t.Errorf("second removal: %v", err)
	}
	h.checkLeaks()
}

func TestOutputWithoutSource(t *testing.T) {
	h := newHost(t, Config{DADAttempts: -1})
	h.nd.Start(h.ifc, false)
	if err := h.output(peerGA, 0); !errors.Is(err, ip.ErrNoSource) {
		t.Errorf("got %v, want ErrNoSource", err)
	}
	h.ifc.SetLink(false)
	if err := h.output(peerGA, 0); !errors.Is(err, netif.ErrDown) {
		t.Errorf("got %v, want ErrDown", err)
	}
	h.checkLeaks()
}

func TestOutputWithoutNeighbors(t *testing.T) {
	h := readyHost(t, Config{})
	tun, w := h.addInterface(netif.Properties{Framing: netif.IP})
	if err := h.nd.Output(tun, h.packet(ourGA, farGA, 3), farGA); err != nil {
		t.Fatal(err)
	}
	if batch, ok := tun.Publish(); ok {
		tun.Transmit(batch)
	}
	if len(w.sent) != 1 || w.sent[0][40] != 3 {
		t.Errorf("sent %v", w.sent)
	}
	h.ifs.Remove(tun)
	h.checkLeaks()
}

func TestZeroAllocOutput(t *testing.T) {
	h := readyHost(t, Config{})
	h.reach()
	n := testing.AllocsPerRun(1000, func() {
		h.nd.Output(h.ifc, h.packet(ourGA, peerGA, 0), peerGA)
		h.nd.Reachable(h.ifc, peerGA)
		batch, ok := h.ifc.Publish()
		if !ok {
			t.Fatal("nothing sent")
		}
		for _, b := range batch {
			b.Free()
		}
		h.ifc.Transmit(batch[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
	h.checkLeaks()
}

func BenchmarkOutput(b *testing.B) {
	h := readyHost(b, Config{})
	h.reach()
	buf := h.packet(ourGA, peerGA, 0)
	for b.Loop() {
		buf.Ref()
		h.nd.Output(h.ifc, buf, peerGA)
		buf.RemoveHeader(ethernet.HeaderLen)
		if batch, ok := h.ifc.Publish(); ok {
			batch[0].Free()
			h.ifc.Transmit(batch[:0])
		}
	}
}

// BenchmarkLookup is the neighbor and destination part of sending alone.
func BenchmarkLookup(b *testing.B) {
	h := readyHost(b, Config{})
	h.reach()
	for b.Loop() {
		d := h.nd.Lookup(peerGA, nil)
		h.nd.Reachable(d.Ifc, d.NextHop)
	}
}
