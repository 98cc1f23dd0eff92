package udp_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/golwip/lwip/ip"
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
	var k keeper
	for range 5 {
		w.bound(&k, udp.ReuseAddr, withPort(any4, 53), nil)
	}
	b := datagram(withPort(peer, 9), withPort(group, 53), "x")
	w.udp.Input(chain(small, b), info(peer, group, w.a))
	s := w.udp.Stats()
	if s.RxNoMemory == 0 || s.Copies+1+s.RxNoMemory != 5 || len(k.held) != int(s.Copies)+1 {
		t.Errorf("got %d, stats %+v", len(k.held), s)
	}
	for _, buf := range k.held {
		buf.Free()
	}
	noLeak(t, small)
}

// keeper is a handler that does not free what it gets.
type keeper struct{ held []*pbuf.Buf }

func (k *keeper) Received(_ *udp.PCB, buf *pbuf.Buf, _ netip.AddrPort, _ *ip.Info) {
	k.held = append(k.held, buf)
}
func (k *keeper) Error(*udp.PCB, error) {}

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
