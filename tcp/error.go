package tcp

import (
	"encoding/binary"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// Error takes an ICMP error about a segment that we sent. It counts only if the
// quoted sequence number is in flight, which an outsider must guess. A hard error
// ends a connection that is being opened; everything else is advice.
//
// RFC 5927 §4, RFC 9293 §3.9.2.2 (MUST-55, MUST-56), RFC 5461.
func (t *Protocol) Error(buf *pbuf.Buf, e *ip.Error) {
	t.release() // came before
	b := buf.Bytes()
	if len(b) < 8 {
		return
	}
	id := tuple{local: e.Src, remote: e.Dst, lport: binary.BigEndian.Uint16(b), rport: binary.BigEndian.Uint16(b[2:])}
	p := t.conns.find(&id)
	if p == nil {
		return
	}
	seq := Seq(binary.BigEndian.Uint32(b[4:]))
	if seq.Before(p.snd.una) || !seq.Before(p.snd.nxt) {
		t.stats.BadAck++
		return
	}
	switch e.Kind {
	case ip.PacketTooBig:
		mtu := e.MTU
		if mtu == 0 {
			mtu = plateau(int(p.snd.mss) + p.net.HeaderLen() + HeaderLen)
		}
		p.pathMTU(mtu)
	case ip.PortRefused, ip.ProtoUnreachable:
		if p.state == SynSent {
			p.free(ErrRefused)
			return
		}
		p.up.SoftError(p, ErrRefused)
	case ip.HostDown:
		err := ip.ErrHostUnknown
		if e.Reporter == e.Src { // this host itself found out
			err = ip.ErrHostDown
		}
		p.up.SoftError(p, err)
	case ip.NetUnreachable, ip.Prohibited:
		p.up.SoftError(p, ip.ErrHostUnknown)
	case ip.TimeExceeded, ip.ParameterProblem:
		p.up.SoftError(p, ip.ErrHostUnknown)
	}
	if p.state != Closed {
		t.markDirty(p)
	}
}

// plateau returns the MTU that a router which does not say its own is likely to
// have, below one that was too big.
//
// RFC 1191 §5, §7.1.
func plateau(mtu int) int {
	for _, n := range [...]int{32000, 17914, 8166, 4352, 2002, 1492, 1006} {
		if n < mtu {
			return n
		}
	}
	return 1 // pathMTU has a floor
}

// pathMTU lowers the segment size to what a router says the path carries, and
// sends again what was too big.
//
// RFC 1191 §6.4, RFC 8201 §4; a floor keeps a forged error from doing harm.
func (p *PCB) pathMTU(mtu int) {
	mss := max(mtu-p.net.HeaderLen()-HeaderLen, p.floorMSS())
	if p.mtu != nil && mtu != 0 { // a search need not look above
		p.mtu.high = min(p.mtu.high, mss)
		p.mtu.low = min(p.mtu.low, mss)
	}
	if mtu == 0 || mss >= int(p.snd.mss) {
		return
	}
	p.setMSS(mss)
	limit := p.SegmentPayload()
	for s := p.sendq.head; s != nil && s != p.sendq.unsent; s = s.next {
		if int(s.n) > limit {
			p.sendq.markLost(s)
			p.t.split(&p.sendq, s, limit)
		}
	}
	p.sendq.recountLost()
}
