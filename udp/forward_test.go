package udp_test

import (
	"net/netip"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/udp"
)

// flows is a ForwardHandler that decides as it is told.
type flows struct {
	verdict udp.Verdict
	rec     recorder
	asked   []netip.AddrPort
	opened  []*udp.PCB
}

func (f *flows) Flow(local, _ netip.AddrPort) (udp.Handler, udp.Verdict) {
	f.asked = append(f.asked, local)
	return &f.rec, f.verdict
}
func (f *flows) Opened(p *udp.PCB, _ udp.Handler) { f.opened = append(f.opened, p) }

// A flow to an address that is not ours makes an endpoint once, is confined to its
// interface and peer, and ends with its forwarder; other endpoints hear nothing.
func TestForward(t *testing.T) {
	for _, c := range []struct{ dst, src string }{{"192.0.2.1:53", "10.0.0.9:1000"}, {"[2001:db8:9::1]:53", "[2001:db8::9]:1000"}} {
		w := newWorld(t, udp.Config{})
		dst, src := netip.MustParseAddrPort(c.dst), netip.MustParseAddrPort(c.src)
		var other recorder
		w.bound(&other, 0, withPort(any6, 53), nil)
		f := &flows{}
		fw, err := w.udp.Forward(w.a, udp.ForwardConfig{}, f)
		if err != nil {
			t.Fatal(err)
		}
		send := func(src netip.AddrPort) {
			b := w.pool.AllocBytes(0, udp.HeaderLen+2)
			copy(b.Bytes(), datagram(src, dst, "hi"))
			i := info(src.Addr(), dst.Addr(), w.a)
			i.Foreign = true
			w.udp.Input(b, i)
		}
		send(src)
		send(src)
		send(netip.AddrPortFrom(src.Addr(), 1001))
		if len(f.asked) != 2 || len(f.opened) != 2 || fw.Flows() != 2 || len(f.rec.got) != 3 || len(other.got) != 0 {
			t.Fatalf("asked %v, %d got, %d strayed", f.asked, len(f.rec.got), len(other.got))
		}
		if p := f.opened[0]; p.Local() != dst || p.Remote() != src || p.Interface() != w.a {
			t.Errorf("%v from %v", p.Local(), p.Remote())
		}
		f.opened[1].Close()
		if fw.Flows() != 1 {
			t.Error("a closed endpoint is still counted")
		}
		for _, v := range []struct {
			verdict udp.Verdict
			want    []ip.Reason
		}{{udp.Drop, nil}, {udp.Refuse, []ip.Reason{ip.PortUnreachable}}, {udp.Prohibit, []ip.Reason{ip.AdminProhibited}}} {
			n := w.n4
			if dst.Addr().Is6() {
				n = w.n6
			}
			n.refused = nil
			f.verdict = v.verdict
			send(netip.AddrPortFrom(src.Addr(), 2000))
			if len(n.refused) != len(v.want) || len(v.want) == 1 && n.refused[0] != v.want[0] || fw.Flows() != 1 {
				t.Errorf("verdict %d: told %v", v.verdict, n.refused)
			}
		}
		fw.Close()
		if last := f.rec.got[len(f.rec.got)-1]; last.err != udp.ErrFlowEnded || w.a.TakesForeign() {
			t.Errorf("at the end: %v", last.err)
		}
		if s := w.udp.Stats(); s.Forwarded != 2 || s.ForwardRefused != 3 {
			t.Errorf("%+v", s)
		}
		w.noLeak()
	}
}
