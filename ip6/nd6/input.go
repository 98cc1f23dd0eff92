package nd6

import (
	"net/netip"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// minLen is the length of the fixed part of each message, from type 133 on.
var minLen = [...]int{rsLen, 16, nsLen, naLen, 40}

// Input takes a received neighbor discovery message: buf begins with the ICMPv6
// header, whose checksum has been verified. It consumes buf.
//
// RFC 4861 §6.1, §7.1, §8.1; RFC 6980 §5. lwIP: nd6_input.
func (p *Protocol) Input(buf *pbuf.Buf, info *ip.Info) {
	if buf.Len() < buf.TotalLen() {
		if buf = p.linear(buf); buf == nil {
			return
		}
	}
	b := buf.Bytes()
	l := p.link(info.Ifc)
	switch {
	case !l.started:
		p.drop(buf, &p.stats.NotStarted)
		return
	case len(b) < rsLen:
		p.drop(buf, &p.stats.TooShort)
		return
	case b[0] < RouterSolicitation || b[0] > Redirect:
		p.drop(buf, &p.stats.UnknownType)
		return
	case info.TTL != hopLimit:
		p.drop(buf, &p.stats.BadHopLimit)
		return
	case info.Reassembled:
		p.drop(buf, &p.stats.Fragmented)
		return
	case b[1] != 0:
		p.drop(buf, &p.stats.BadCode)
		return
	}
	fixed := minLen[b[0]-RouterSolicitation]
	if len(b) < fixed {
		p.drop(buf, &p.stats.TooShort)
		return
	}
	opts, ok := parseOptions(b[fixed:])
	if !ok {
		p.drop(buf, &p.stats.BadOption)
		return
	}
	m := message{link: l, src: info.Src, dst: info.Dst, body: b[:fixed], opts: opts}
	if why := p.dispatch(b[0], m); why != nil {
		*why++
	}
	buf.Free()
}

// message is a received message: its options are well formed.
type message struct {
	link     *link
	src, dst netip.Addr
	body     []byte // the fixed part
	opts     options
}

// target returns the address at offset 8, where three of the messages have one.
func (m *message) target() netip.Addr { return netip.AddrFrom16([16]byte(m.body[8:24])) }

// dispatch handles m and returns the counter of the reason if it is dropped.
func (p *Protocol) dispatch(typ byte, m message) *uint64 {
	switch typ {
	case NeighborSolicitation:
		return p.inputNS(m)
	case NeighborAdvertisement:
		return p.inputNA(m)
	case RouterAdvertisement:
		return p.inputRA(m)
	case Redirect:
		return p.inputRedirect(m)
	}
	return p.inputRS(m)
}

// linear returns the packet buf in one element. It consumes buf and returns nil
// without memory.
func (p *Protocol) linear(buf *pbuf.Buf) *pbuf.Buf {
	c := p.pool.Clone(buf, pbuf.Raw, pbuf.RAM)
	buf.Free()
	if c == nil {
		p.stats.NoMemory++
	}
	return c
}
