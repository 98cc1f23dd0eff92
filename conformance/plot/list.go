package plot

import (
	"errors"
	"io"
	"net/netip"

	"github.com/golwip/lwip/conformance/oracle"
)

// Flow is one connection of a capture.
type Flow struct {
	// Number counts from 1, in the order of first packets.
	Number int
	// A was seen first; B is its peer.
	A, B netip.AddrPort
	// First is the number of its first packet, Packets how many there are.
	First, Packets int
	// BytesA and BytesB count payload by sender, as captured, repetitions
	// included.
	BytesA, BytesB int64
}

// Bytes is the payload of both sides.
func (f *Flow) Bytes() int64 { return f.BytesA + f.BytesB }

// pair names a connection, whoever sends.
type pair struct{ lo, hi netip.AddrPort }

func pairOf(a, b netip.AddrPort) pair {
	if a.Compare(b) < 0 {
		return pair{a, b}
	}
	return pair{b, a}
}

// each calls f for every TCP segment of a capture and the number of its
// connection. A SYN after a RST or both FINs begins a new one.
func each(r io.Reader, progress func(packets int), f func(number int, fresh bool, p *oracle.Packet)) error {
	c, err := oracle.Open(r)
	if err != nil {
		return err
	}
	type state struct {
		number int
		fins   [2]bool
		reset  bool
		a      netip.AddrPort
	}
	flows := make(map[pair]*state)
	count := 0
	for {
		p, err := c.Next()
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if progress != nil && p.Number%4096 == 0 {
			progress(p.Number)
		}
		if p.Kind != oracle.TCP {
			continue
		}
		k := pairOf(p.Src, p.Dst)
		s := flows[k]
		fresh := s == nil || p.Flags&(oracle.SYN|oracle.ACK) == oracle.SYN && (s.reset || s.fins[0] && s.fins[1])
		if fresh {
			count++
			s = &state{number: count, a: p.Src}
			flows[k] = s
		}
		if p.Flags.Has(oracle.FIN) {
			i := 0
			if p.Src != s.a {
				i = 1
			}
			s.fins[i] = true
		}
		s.reset = s.reset || p.Flags.Has(oracle.RST)
		f(s.number, fresh, p)
	}
}

// List returns the connections of a capture. progress, if not nil, is called now
// and then with the number of packets read.
func List(r io.Reader, progress func(packets int)) ([]Flow, error) {
	var list []Flow
	err := each(r, progress, func(number int, fresh bool, p *oracle.Packet) {
		if fresh {
			list = append(list, Flow{Number: number, A: p.Src, B: p.Dst, First: p.Number})
		}
		f := &list[number-1]
		f.Packets++
		if p.Src == f.A {
			f.BytesA += int64(p.PayloadLen)
		} else {
			f.BytesB += int64(p.PayloadLen)
		}
	})
	return list, err
}
