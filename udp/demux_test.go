package udp_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

// TestDemuxSpecificity binds endpoints from the least to the most specific and
// the other way round: the order of binding does not matter.
func TestDemuxSpecificity(t *testing.T) {
	src, dst := withPort(peer, 9), withPort(addrA, 53)
	steps := []struct {
		name string
		bind func(w *world, p *udp.PCB) error
	}{
		{"[::] of both families", func(w *world, p *udp.PCB) error { return p.Bind(withPort(any6, 53), nil) }},
		{"[::] on the interface", func(w *world, p *udp.PCB) error { return p.Bind(withPort(any6, 53), w.a) }},
		{"any IPv4 address", func(w *world, p *udp.PCB) error { return p.Bind(withPort(any4, 53), nil) }},
		{"any IPv4 address on the interface", func(w *world, p *udp.PCB) error { return p.Bind(withPort(any4, 53), w.a) }},
		{"the address", func(w *world, p *udp.PCB) error { return p.Bind(dst, nil) }},
		{"the address on the interface", func(w *world, p *udp.PCB) error { return p.Bind(dst, w.a) }},
		{"connected", func(w *world, p *udp.PCB) error {
			if err := p.Bind(dst, nil); err != nil {
				return err
			}
			return p.Connect(src)
		}},
		{"connected on the interface", func(w *world, p *udp.PCB) error {
			if err := p.Bind(dst, w.a); err != nil {
				return err
			}
			return p.Connect(src)
		}},
	}
	for _, order := range []string{"up", "down"} {
		for most := range steps {
			t.Run(order+"/"+steps[most].name, func(t *testing.T) {
				w := newWorld(t, udp.Config{})
				var r recorder
				var want *udp.PCB
				idx := make([]int, most+1)
				for i := range idx {
					idx[i] = i
				}
				if order == "down" {
					slices.Reverse(idx)
				}
				for _, i := range idx {
					p := w.pcb(&r, udp.ReuseAddr)
					if err := steps[i].bind(w, p); err != nil {
						t.Fatalf("%s: %v", steps[i].name, err)
					}
					if i == most {
						want = p
					}
				}
				w.input(src, dst, w.a, "x")
				if len(r.got) != 1 || r.got[0].pcb != want {
					t.Errorf("went to another endpoint")
				}
				w.noLeak()
			})
		}
	}
}

func TestDemuxWantsNot(t *testing.T) {
	for _, c := range []struct {
		name     string
		bind     func(w *world, p *udp.PCB) error
		src, dst netip.Addr
	}{
		{"another address", func(w *world, p *udp.PCB) error { return p.Bind(withPort(addrB, 53), nil) }, peer, addrA},
		{"another port", func(w *world, p *udp.PCB) error { return p.Bind(withPort(addrA, 54), nil) }, peer, addrA},
		{"another interface", func(w *world, p *udp.PCB) error { return p.Bind(withPort(any4, 53), w.b) }, peer, addrA},
		{"another family", func(w *world, p *udp.PCB) error { return p.Bind(withPort(any4, 53), nil) }, peer6, addrA6},
		{"IPv4 for V6Only: RFC 3493 §5.3", func(w *world, p *udp.PCB) error {
			p.Set(udp.V6Only)
			return p.Bind(withPort(any6, 53), nil)
		}, peer, addrA},
		{"V6Only set after binding", func(w *world, p *udp.PCB) error {
			err := p.Bind(withPort(any6, 53), nil)
			p.Set(udp.V6Only)
			return err
		}, peer, addrA},
		{"another peer", func(w *world, p *udp.PCB) error {
			p.Bind(withPort(addrA, 53), nil)
			return p.Connect(withPort(netip.MustParseAddr("10.0.0.8"), 9))
		}, peer, addrA},
		{"another port of the peer", func(w *world, p *udp.PCB) error {
			p.Bind(withPort(addrA, 53), nil)
			return p.Connect(withPort(peer, 10))
		}, peer, addrA},
		{"closed", func(w *world, p *udp.PCB) error {
			err := p.Bind(withPort(addrA, 53), nil)
			p.Close()
			return err
		}, peer, addrA},
		{"rebound", func(w *world, p *udp.PCB) error {
			p.Bind(withPort(addrA, 53), nil)
			return p.Bind(withPort(addrA, 54), nil)
		}, peer, addrA},
		{"a group, bound to the address", func(w *world, p *udp.PCB) error { return p.Bind(withPort(addrA, 53), nil) }, peer, group},
		{"a broadcast, bound to the address", func(w *world, p *udp.PCB) error { return p.Bind(withPort(addrA, 53), nil) }, peer, bcastA},
		{"a group, connected to another peer", func(w *world, p *udp.PCB) error {
			p.Bind(withPort(any4, 53), nil)
			return p.Connect(withPort(peer, 10))
		}, peer, group},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			var r recorder
			if err := c.bind(w, w.pcb(&r, udp.Broadcast)); err != nil {
				t.Fatal(err)
			}
			w.input(withPort(c.src, 9), withPort(c.dst, 53), w.a, "x")
			if len(r.got) != 0 || w.udp.Stats().NoPort != 1 {
				t.Errorf("got %+v, stats %+v", r.got, w.udp.Stats())
			}
			w.noLeak()
		})
	}
}

// TestGroupDelivery: RFC 1122 §4.1.3.3 leaves open who gets a broadcast or
// multicast datagram; all that share the port by ReuseAddr do.
func TestGroupDelivery(t *testing.T) {
	for _, dst := range []netip.Addr{group, bcastA, limited, group6} {
		t.Run(dst.String(), func(t *testing.T) {
			w := newWorld(t, udp.Config{})
			var r recorder
			src := withPort(peer, 9)
			if dst.Is6() {
				src = withPort(peer6, 9)
			}
			pcbs := []*udp.PCB{
				w.bound(&r, udp.ReuseAddr, withPort(any6, 53), nil),
				w.bound(&r, udp.ReuseAddr, withPort(any6, 53), w.a),
				w.bound(&r, udp.ReuseAddr, withPort(dst, 53), nil),
				w.bound(&r, udp.ReuseAddr|udp.ReusePort, withPort(dst, 53), nil),
			}
			w.bound(&r, udp.ReuseAddr, withPort(any6, 53), w.b)
			w.bound(&r, udp.ReuseAddr, withPort(any6, 54), nil)
			w.input(src, withPort(dst, 53), w.a, "hello")
			seen := map[*udp.PCB]bool{}
			for _, g := range r.got {
				if g.payload != "hello" || g.from != src || !slices.Contains(pcbs, g.pcb) || seen[g.pcb] {
					t.Errorf("got %+v", g)
				}
				seen[g.pcb] = true
			}
			if len(seen) != len(pcbs) {
				t.Errorf("reached %d of %d", len(seen), len(pcbs))
			}
			if s := w.udp.Stats(); s.Delivered != 1 || s.Copies != 3 {
				t.Errorf("stats %+v", s)
			}
			w.noLeak()
		})
	}
}

func TestGroupDeliveryFirstMatchOnly(t *testing.T) {
	w := newWorld(t, udp.Config{FirstMatchOnly: true})
	var r recorder
	best := w.bound(&r, udp.ReuseAddr, withPort(group, 53), nil)
	w.bound(&r, udp.ReuseAddr, withPort(any4, 53), nil)
	w.input(withPort(peer, 9), withPort(group, 53), w.a, "x")
	if len(r.got) != 1 || r.got[0].pcb != best {
		t.Errorf("got %+v", r.got)
	}
	w.noLeak()
}

func TestBroadcastToBound(t *testing.T) {
	w := newWorld(t, udp.Config{BroadcastToBound: true})
	var r recorder
	w.bound(&r, 0, withPort(addrA, 53), nil)
	w.bound(&r, 0, withPort(addrB, 53), nil)
	w.input(withPort(peer, 9), withPort(bcastA, 53), w.a, "x")
	w.input(withPort(peer, 9), withPort(limited, 53), w.a, "y")
	if len(r.got) != 2 || r.got[0].pcb.Local().Addr() != addrA || r.got[1].pcb.Local().Addr() != addrA {
		t.Errorf("got %+v", r.got)
	}
	w.noLeak()
}

// TestGroupDeliveryOutOfMemory: a copy that cannot be made is counted; the most
// specific endpoint gets the datagram all the same.
func TestGroupDeliveryOutOfMemory(t *testing.T) {
	w := newWorld(t, udp.Config{})
	small := pbuf.NewPool(pbuf.Config{MaxViews: 1})
	var r recorder
	for range 5 {
		w.bound(keep{&r}, udp.ReuseAddr, withPort(any4, 53), nil)
	}
	b := datagram(withPort(peer, 9), withPort(group, 53), "x")
	w.udp.Input(chain(small, b), info(peer, group, w.a))
	s := w.udp.Stats()
	if s.RxNoMemory == 0 || s.Copies+1+s.RxNoMemory != 5 || len(r.got) != int(s.Copies)+1 {
		t.Errorf("got %d, stats %+v", len(r.got), s)
	}
	for _, buf := range kept(&r) {
		buf.Free()
	}
	noLeak(t, small)
}

// keep is a handler that does not free what it gets, but notes it.
type keep struct{ *recorder }

var held = map[*recorder][]*pbuf.Buf{}

func (k keep) Received(p *udp.PCB, buf *pbuf.Buf, from netip.AddrPort, i *ip.Info) {
	k.got = append(k.got, got{pcb: p, from: from})
	held[k.recorder] = append(held[k.recorder], buf)
}

func kept(r *recorder) []*pbuf.Buf {
	defer delete(held, r)
	return held[r]
}

// TestHandlersChangeTheTables: security class 12. A handler closes, binds and
// causes input while a datagram is being given to several endpoints.
func TestHandlersChangeTheTables(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	var pcbs []*udp.PCB
	for range 5 {
		pcbs = append(pcbs, w.bound(&r, udp.ReuseAddr, withPort(any4, 53), nil))
	}
	depth := 0
	r.then = func(p *udp.PCB) {
		if depth++; depth > 3 {
			return
		}
		for _, q := range pcbs {
			if q != p {
				q.Close()
			}
		}
		n := w.bound(&r, udp.ReuseAddr, withPort(any4, 53), nil)
		w.input(withPort(peer, 9), withPort(group, 53), w.a, "nested")
		n.Close()
		p.Close()
		p.Close()
	}
	w.input(withPort(peer, 9), withPort(group, 53), w.a, "outer")
	outer := 0
	for _, g := range r.got {
		if g.payload == "outer" {
			outer++
		}
	}
	if outer != 1 {
		t.Errorf("%d endpoints got it after they were closed", outer-1)
	}
	w.noLeak()
	// And for a unicast datagram.
	r.then = func(p *udp.PCB) { p.Close() }
	w.bound(&r, 0, withPort(any4, 60), nil)
	w.input(withPort(peer, 9), withPort(addrA, 60), w.a, "x")
	w.input(withPort(peer, 9), withPort(addrA, 60), w.a, "x")
	if s := w.udp.Stats(); s.NoPort != 1 {
		t.Errorf("stats %+v", s)
	}
	w.noLeak()
}

func TestReusePortBalances(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	const members, flows = 4, 4000
	count := map[*udp.PCB]int{}
	for range members {
		w.bound(&r, udp.ReusePort, withPort(any4, 53), nil)
	}
	for i := range flows {
		src := withPort(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), uint16(1024+i))
		r.got = r.got[:0]
		w.input(src, withPort(addrA, 53), w.a, "1")
		w.input(src, withPort(addrA, 53), w.a, "2")
		if len(r.got) != 2 || r.got[0].pcb != r.got[1].pcb {
			t.Fatalf("flow %d is split", i)
		}
		count[r.got[0].pcb]++
	}
	for _, n := range count {
		if n < flows/members*8/10 || n > flows/members*12/10 {
			t.Errorf("shares are %v", count)
		}
	}
	if len(count) != members {
		t.Errorf("%d of %d members got something", len(count), members)
	}
}

func TestReuseAddrUnicastGoesToTheLast(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	first := w.bound(&r, udp.ReuseAddr, withPort(any4, 53), nil)
	last := w.bound(&r, udp.ReuseAddr, withPort(any4, 53), nil)
	w.input(withPort(peer, 9), withPort(addrA, 53), w.a, "x")
	last.Close()
	w.input(withPort(peer, 9), withPort(addrA, 53), w.a, "x")
	if len(r.got) != 2 || r.got[0].pcb != last || r.got[1].pcb != first {
		t.Errorf("got %+v", r.got)
	}
}

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

// TestManyFlows: connected endpoints on one port do not slow each other down;
// this only pins that each gets its own.
func TestManyFlows(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	const n = 2000
	pcbs := make([]*udp.PCB, n)
	for i := range pcbs {
		pcbs[i] = w.bound(&r, udp.ReuseAddr, withPort(addrA, 53), nil)
		if err := pcbs[i].Connect(withPort(peer, uint16(1000+i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range pcbs {
		r.got = nil
		w.input(withPort(peer, uint16(1000+i)), withPort(addrA, 53), w.a, "x")
		if len(r.got) != 1 || r.got[0].pcb != pcbs[i] {
			t.Fatalf("flow %d", i)
		}
		if i%2 == 0 {
			pcbs[i].Close()
		}
	}
	for i := range pcbs {
		r.got = nil
		w.input(withPort(peer, uint16(1000+i)), withPort(addrA, 53), w.a, "x")
		if (len(r.got) == 1) != (i%2 == 1) {
			t.Fatalf("flow %d after closing half", i)
		}
	}
	if w.udp.PCBs() != n/2 {
		t.Errorf("%d endpoints left", w.udp.PCBs())
	}
}
