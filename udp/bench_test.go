package udp_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/udp"
)

// sink frees what it gets.
type sink struct{ n int }

func (s *sink) Received(_ *udp.PCB, buf *pbuf.Buf, _ netip.AddrPort, _ *ip.Info) {
	s.n++
	buf.Free()
}
func (s *sink) Error(*udp.PCB, error) {}

// holder is a handler that gives the buffer back to its test: no allocation and
// no freeing is measured.
type holder struct{ buf *pbuf.Buf }

func (h *holder) Received(_ *udp.PCB, buf *pbuf.Buf, _ netip.AddrPort, _ *ip.Info) { h.buf = buf }
func (h *holder) Error(*udp.PCB, error)                                            {}

// bounce is a network layer that gives the buffer back.
type bounce struct {
	*fakeNet
	buf *pbuf.Buf
}

func (b *bounce) Output(buf *pbuf.Buf, _ ip.Header) error { b.buf = buf; return nil }
func (b *bounce) Route(dst, src netip.Addr, _ *netif.Interface) (ip.Route, error) {
	a := b.ifs.List()[0]
	if !src.IsValid() {
		src = a.Addr4().Addr
	}
	return ip.Route{Ifc: a, Src: src, MTU: 1500}, nil
}

func TestZeroAlloc(t *testing.T) {
	w := newWorld(t, udp.Config{})
	w.n4.keep, w.n6.keep = false, false
	var s sink
	w.bound(&s, udp.ReuseAddr, withPort(any6, 53), nil)
	w.bound(&s, udp.ReuseAddr, withPort(any4, 53), nil)
	p := w.bound(&s, udp.ReuseAddr, withPort(any4, 53), nil)
	connected := w.bound(&s, udp.ReuseAddr, withPort(any4, 53), nil)
	if err := connected.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	receive := func(src, dst netip.AddrPort) func() {
		b := datagram(src, dst, "payload")
		i := info(src.Addr(), dst.Addr(), w.a)
		return func() {
			buf := w.pool.AllocBytes(0, len(b))
			copy(buf.Bytes(), b)
			w.udp.Input(buf, i)
		}
	}
	for name, f := range map[string]func(){
		"receive":             receive(withPort(peer, 10), withPort(addrA, 53)),
		"receive connected":   receive(withPort(peer, 9), withPort(addrA, 53)),
		"receive ipv6":        receive(withPort(peer6, 9), withPort(addrA6, 53)),
		"receive multicast":   receive(withPort(peer, 9), withPort(group, 53)),
		"send":                func() { _ = p.SendTo(w.payload("x"), withPort(peer, 9)) },
		"send connected":      func() { _ = connected.Send(w.payload("x")) },
		"send, header buffer": func() { _ = p.SendTo(chain(w.pool, []byte("x")), withPort(peer, 9)) },
	} {
		f()
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	if s.n == 0 || w.n4.count == 0 {
		t.Errorf("nothing happened: %d received, %d sent", s.n, w.n4.count)
	}
	w.noLeak()
}

// BenchmarkInput measures demultiplexing and header checks, with the payload's
// checksum verified by the link.
func BenchmarkInput(b *testing.B) {
	for _, c := range []struct {
		name     string
		src, dst netip.AddrPort
		others   int
		connect  bool
	}{
		{"wildcard", withPort(peer, 9), withPort(addrA, 53), 0, false},
		{"connected", withPort(peer, 9), withPort(addrA, 53), 0, true},
		{"connected/10000 others", withPort(peer, 9), withPort(addrA, 53), 10000, true},
		{"wildcard ipv6", withPort(peer6, 9), withPort(addrA6, 53), 0, false},
		{"connected ipv6/10000 others", withPort(peer6, 9), withPort(addrA6, 53), 10000, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b, udp.Config{})
			var h holder
			for i := range c.others {
				p := w.bound(&h, 0, withPort(any6, 0), nil)
				if err := p.Connect(withPort(c.src.Addr(), uint16(10000+i))); err != nil {
					b.Fatal(err)
				}
			}
			p := w.bound(&h, 0, withPort(any6, 53), nil)
			if c.connect {
				if err := p.Connect(c.src); err != nil {
					b.Fatal(err)
				}
			}
			d := datagram(c.src, c.dst, "payload")
			i := info(c.src.Addr(), c.dst.Addr(), w.a)
			h.buf = w.pool.AllocBytes(0, len(d))
			copy(h.buf.Bytes(), d)
			h.buf.RemoveHeader(udp.HeaderLen)
			b.ReportAllocs()
			for b.Loop() {
				h.buf.AddHeaderForce(udp.HeaderLen)
				h.buf.Flags |= pbuf.Verified
				w.udp.Input(h.buf, i)
			}
			if w.udp.Stats().Delivered != uint64(b.N) {
				b.Fatalf("%+v", w.udp.Stats())
			}
		})
	}
}

// BenchmarkSend measures header and pseudo-header checksum; the payload's sum is
// known.
func BenchmarkSend(b *testing.B) {
	for _, c := range []struct {
		name    string
		connect bool
		dst     netip.AddrPort
	}{
		{"connected", true, withPort(peer, 9)},
		{"to", false, withPort(peer, 9)},
		{"connected ipv6", true, withPort(peer6, 9)},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := newWorld(b, udp.Config{})
			net := &bounce{fakeNet: w.n4}
			net6 := &bounce{fakeNet: w.n6}
			u := udp.New(w.pool, nil, sysarch.NewSeededRand(1), net, net6, w.ifs, udp.Config{})
			p, err := u.NewPCB(nil)
			if err != nil {
				b.Fatal(err)
			}
			local := addrA
			if c.dst.Addr().Is6() {
				local, net = addrA6, net6
			}
			if err := p.Bind(withPort(local, 53), nil); err != nil {
				b.Fatal(err)
			}
			if err := p.Connect(c.dst); err != nil {
				b.Fatal(err)
			}
			net.buf = w.payload("payload")
			net.buf.AddHeader(udp.HeaderLen)
			b.ReportAllocs()
			for b.Loop() {
				buf := net.buf
				buf.RemoveHeader(udp.HeaderLen)
				buf.Flags |= pbuf.HasSum
				if c.connect {
					err = p.Send(buf)
				} else {
					err = p.SendTo(buf, c.dst)
				}
			}
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
