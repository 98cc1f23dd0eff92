package udp_test

import (
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/udp"
)

// errorAbout passes an ICMP error that quotes the first n bytes of a datagram.
func (w *world) errorAbout(quote []byte, e ip.Error) {
	buf := w.pool.AllocBytes(0, len(quote))
	copy(buf.Bytes(), quote)
	w.udp.Error(buf, &e)
	buf.Free() // borrowed
}

func TestICMPErrors(t *testing.T) {
	for kind, want := range map[ip.ErrorKind]error{
		ip.NetUnreachable:   ip.ErrNoRoute,
		ip.HostDown:         ip.ErrHostUnknown,
		ip.ProtoUnreachable: udp.ErrRefused,
		ip.PortRefused:      udp.ErrRefused,
		ip.PacketTooBig:     ip.ErrTooBig,
		ip.Prohibited:       ip.ErrHostUnknown,
		ip.TimeExceeded:     ip.ErrHostUnknown,
		ip.ParameterProblem: udp.ErrProtocol,
	} {
		w := newWorld(t, udp.Config{})
		var r recorder
		p := w.pcb(&r, 0)
		if err := p.Connect(withPort(peer, 9)); err != nil {
			t.Fatal(err)
		}
		quote := datagram(p.Local(), withPort(peer, 9), "x")
		w.errorAbout(quote[:8], ip.Error{Kind: kind, Ifc: w.a, Src: addrA, Dst: peer})
		if len(r.got) != 1 || r.got[0].err != want || r.got[0].pcb != p {
			t.Errorf("kind %d: got %+v, want %v", kind, r.got, want)
		}
		w.noLeak()
	}
}

// TestICMPErrorMustMatch: RFC 8085 §5.2. A forged error needs both addresses
// and both ports.
func TestICMPErrorMustMatch(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var r recorder
	p := w.pcb(&r, 0)
	if err := p.Connect(withPort(peer, 9)); err != nil {
		t.Fatal(err)
	}
	q := w.bound(&r, 0, withPort(addrA, 53), nil)
	good := ip.Error{Kind: ip.PortRefused, Ifc: w.a, Src: addrA, Dst: peer}
	quote := datagram(p.Local(), withPort(peer, 9), "x")
	for i := range 4 { // the ports
		quote[i] ^= 1
		w.errorAbout(quote, good)
		quote[i] ^= 1
	}
	bad := good
	bad.Src = addrB
	w.errorAbout(quote, bad)
	bad = good
	bad.Dst = addrB
	w.errorAbout(quote, bad)
	// An endpoint that is not connected cannot know which datagram is meant.
	w.errorAbout(datagram(q.Local(), withPort(peer, 9), "x"), good)
	if s := w.udp.Stats(); len(r.got) != 0 || s.ICMPUnmatched != 7 {
		t.Errorf("got %+v, stats %+v", r.got, s)
	}
	for n := range 4 {
		w.errorAbout(quote[:n], good)
	}
	if s := w.udp.Stats(); len(r.got) != 0 || s.ICMPShort != 4 {
		t.Errorf("got %+v, stats %+v", r.got, s)
	}
	w.errorAbout(quote[:4], good)
	if s := w.udp.Stats(); len(r.got) != 1 || s.ICMPErrors != 1 {
		t.Errorf("got %+v, stats %+v", r.got, s)
	}
	w.noLeak()
}

// TestICMPErrorHandlers: an endpoint without handler is passed over, and one
// may be closed by the handler of another.
func TestICMPErrorHandlers(t *testing.T) {
	w := newWorld(t, udp.Config{})
	var pcbs []*udp.PCB
	var r recorder
	closer := closeOnError{&r, &pcbs}
	for range 3 {
		p := w.bound(closer, udp.ReuseAddr, withPort(addrA, 53), nil)
		if err := p.Connect(withPort(peer, 9)); err != nil {
			t.Fatal(err)
		}
		pcbs = append(pcbs, p)
	}
	pcbs[0].SetHandler(nil)
	w.errorAbout(datagram(withPort(addrA, 53), withPort(peer, 9), ""), ip.Error{Kind: ip.PortRefused, Ifc: w.a, Src: addrA, Dst: peer})
	if len(r.got) != 1 || w.udp.PCBs() != 0 || w.udp.Stats().ICMPErrors != 1 {
		t.Errorf("got %+v, stats %+v", r.got, w.udp.Stats())
	}
	w.noLeak()
}

// closeOnError closes all endpoints when one of them hears of an error.
type closeOnError struct {
	*recorder
	pcbs *[]*udp.PCB
}

func (c closeOnError) Error(p *udp.PCB, err error) {
	c.recorder.Error(p, err)
	for _, q := range *c.pcbs {
		q.Close()
	}
}
