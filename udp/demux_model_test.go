package udp_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/udp"
)

// model is the endpoints as a slow, obvious demultiplexer sees them.
type model struct {
	pcb  *udp.PCB
	opts udp.Option
	at   int // time of its last change: the last among equals wins
}

// wants reports whether the endpoint takes a datagram, and how specific it is.
func (m *model) wants(dst, src netip.AddrPort, ifc *netif.Interface) (score int, ok bool) {
	l, r := m.pcb.Local(), m.pcb.Remote()
	if !l.IsValid() || l.Port() != dst.Port() {
		return 0, false
	}
	if i := m.pcb.Interface(); i != nil {
		if i != ifc {
			return 0, false
		}
		score += 2
	}
	if r.IsValid() {
		if r != src {
			return 0, false
		}
		score += 100
	}
	dual := false
	switch {
	case l.Addr() == dst.Addr():
		score += 50
	case !l.Addr().IsUnspecified():
		return 0, false
	case l.Addr().Is4() == dst.Addr().Is4():
		dual = l.Addr().Is6() && m.opts&udp.V6Only == 0
	default:
		if l.Addr().Is4() || m.opts&udp.V6Only != 0 {
			return 0, false
		}
		dual = true
	}
	if dst.Addr().Is4() && l.Addr().Is4() {
		score += 10 // an IPv4 endpoint comes before a dual-stack one on an interface
	}
	if !dual {
		score++
	}
	return score, true
}

// collides reports, by trying all destinations, whether two endpoints would want
// the same datagram if neither were connected.
func collides(a, b netip.Addr, av6, bv6 bool, ai, bi *netif.Interface) bool {
	takes := func(x netip.Addr, v6only bool, dst netip.Addr) bool {
		return x == dst || x == any4 && dst.Is4() || x == any6 && (dst.Is6() || !v6only)
	}
	if ai != nil && bi != nil && ai != bi {
		return false
	}
	for _, dst := range []netip.Addr{addrA, addrB, group, bcastA, addrA6, group6} {
		if takes(a, av6, dst) && takes(b, bv6, dst) {
			return true
		}
	}
	return false
}

// TestDemuxAgainstModel drives random binds, connects and closes, and compares
// conflicts and deliveries with the model's.
func TestDemuxAgainstModel(t *testing.T) {
	locals := []netip.Addr{any4, any6, addrA, addrB, group, addrA6}
	dsts := []netip.Addr{addrA, addrB, group, bcastA, addrA6, group6}
	peers := []netip.AddrPort{withPort(peer, 9), withPort(peer, 10), withPort(peer6, 9)}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, udp.Config{})
		var r recorder
		var all []*model
		clock := 0
		pick := func(rt *rapid.T) *model {
			if len(all) == 0 {
				rt.Skip("no endpoint")
			}
			clock++
			return all[rapid.IntRange(0, len(all)-1).Draw(rt, "which")]
		}
		ifcs := []*netif.Interface{nil, w.a, w.b}
		bound := map[*model]netip.Addr{}
		conflict := func(m *model, addr netip.Addr, port uint16, ifc *netif.Interface) bool {
			for _, o := range all {
				if o == m || !bound[o].IsValid() || o.pcb.Local().Port() != port || o.opts&m.opts&(udp.ReuseAddr|udp.ReusePort) != 0 {
					continue
				}
				if collides(addr, bound[o], m.opts&udp.V6Only != 0, o.opts&udp.V6Only != 0, ifc, o.pcb.Interface()) {
					return true
				}
			}
			return false
		}
		rt.Repeat(map[string]func(*rapid.T){
			"new": func(rt *rapid.T) {
				opts := udp.Option(0)
				for _, o := range []udp.Option{udp.ReuseAddr, udp.ReusePort, udp.V6Only} {
					if rapid.Bool().Draw(rt, fmt.Sprint("option ", o)) {
						opts |= o
					}
				}
				all = append(all, &model{pcb: w.pcb(&r, opts), opts: opts})
			},
			"bind": func(rt *rapid.T) {
				m := pick(rt)
				addr := rapid.SampledFrom(locals).Draw(rt, "address")
				port := uint16(rapid.IntRange(53, 54).Draw(rt, "port"))
				ifc := rapid.SampledFrom(ifcs).Draw(rt, "interface")
				eff := ifc
				if eff == nil {
					eff = m.pcb.Interface()
				}
				if rem := m.pcb.Remote(); rem.IsValid() && rem.Addr().Is4() != addr.Is4() && (addr != any6 || m.opts&udp.V6Only != 0) {
					if err := m.pcb.Bind(withPort(addr, port), ifc); err != ip.ErrFamily {
						rt.Fatalf("got %v, want %v", err, ip.ErrFamily)
					}
					return
				}
				want := conflict(m, addr, port, eff)
				err := m.pcb.Bind(withPort(addr, port), ifc)
				if (err == udp.ErrInUse) != want || err != nil && !want {
					rt.Fatalf("Bind(%v, %v): got %v, conflict %v", addr, port, err, want)
				}
				if err == nil {
					bound[m], m.at = addr, clock
				}
			},
			"connect": func(rt *rapid.T) {
				m := pick(rt)
				if err := m.pcb.Connect(rapid.SampledFrom(peers).Draw(rt, "peer")); err == nil {
					m.at = clock
					if !bound[m].IsValid() {
						bound[m] = any4
						if m.pcb.Remote().Addr().Is6() {
							bound[m] = any6
						}
					}
				}
			},
			"disconnect": func(rt *rapid.T) {
				m := pick(rt)
				if m.pcb.Remote().IsValid() {
					m.pcb.Disconnect()
					m.at = clock
					if m.pcb.Local().Addr() != bound[m] {
						rt.Fatalf("bound to %v after Disconnect, not %v", m.pcb.Local(), bound[m])
					}
				}
			},
			"interface": func(rt *rapid.T) {
				m := pick(rt)
				ifc := rapid.SampledFrom(ifcs).Draw(rt, "interface")
				want := bound[m].IsValid() && conflict(m, bound[m], m.pcb.Local().Port(), ifc)
				if err := m.pcb.BindInterface(ifc); (err != nil) != want {
					rt.Fatalf("BindInterface: got %v, conflict %v", err, want)
				} else if err == nil {
					m.at = clock
				}
			},
			"close": func(rt *rapid.T) {
				m := pick(rt)
				m.pcb.Close()
				delete(bound, m)
				all = slices.DeleteFunc(all, func(o *model) bool { return o == m })
			},
			"": func(rt *rapid.T) {
				for range 4 {
					src := rapid.SampledFrom(peers).Draw(rt, "src")
					dst := withPort(rapid.SampledFrom(dsts).Draw(rt, "dst"), uint16(rapid.IntRange(53, 54).Draw(rt, "dport")))
					if src.Addr().Is4() != dst.Addr().Is4() {
						continue
					}
					ifc := rapid.SampledFrom(ifcs[1:]).Draw(rt, "received on")
					r.got = nil
					w.input(src, dst, ifc, "x")
					check(rt, all, dst, src, ifc, r.got)
				}
				noLeak(t, w.pool)
			},
		})
	})
}

// check compares what was delivered with what the model says.
func check(t *rapid.T, all []*model, dst, src netip.AddrPort, ifc *netif.Interface, got []got) {
	t.Helper()
	best, top := -1, []*model{}
	var want []*model
	for _, m := range all {
		score, ok := m.wants(dst, src, ifc)
		if !ok {
			continue
		}
		want = append(want, m)
		if score > best {
			best, top = score, nil
		}
		if score == best {
			top = append(top, m)
		}
	}
	if dst.Addr().IsMulticast() || dst.Addr().Is4() && ifc.IsBroadcast(dst.Addr()) {
		// Endpoints overlap only if they share, so each that wants it gets it.
		if len(got) != len(want) {
			t.Fatalf("%v → %v: reached %d endpoints, want %d", src, dst, len(got), len(want))
		}
		for _, m := range want {
			if !slices.ContainsFunc(got, receivedBy(m)) {
				t.Fatalf("%v → %v: %v got nothing", src, dst, m.pcb.Local())
			}
		}
		return
	}
	if len(want) == 0 {
		if len(got) != 0 {
			t.Fatalf("%v → %v: delivered to %v", src, dst, got[0].pcb.Local())
		}
		return
	}
	if len(got) != 1 {
		t.Fatalf("%v → %v: delivered %d times, want once", src, dst, len(got))
	}
	balanced := true
	last := top[0]
	for _, m := range top {
		balanced = balanced && m.opts&udp.ReusePort != 0
		if m.at > last.at {
			last = m
		}
	}
	if balanced {
		for _, m := range top {
			if receivedBy(m)(got[0]) {
				return
			}
		}
		t.Fatalf("%v → %v: none of the %d most specific", src, dst, len(top))
	}
	if got[0].pcb != last.pcb {
		t.Fatalf("%v → %v: delivered to %v/%v, want %v/%v", src, dst, got[0].pcb.Local(), got[0].pcb.Remote(), last.pcb.Local(), last.pcb.Remote())
	}
}

func receivedBy(m *model) func(got) bool {
	return func(g got) bool { return g.pcb == m.pcb }
}
