package tcp

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
)

// reset answers a segment that belongs to no connection.
//
// RFC 9293 §3.5.2, group 1; §3.10.7.1: with an ACK, the RST takes its number and
// acknowledges nothing; without, it acknowledges the segment.
func (t *Protocol) reset(seg *Segment, info *ip.Info, id *tuple) {
	seq, ack, f := seg.Ack, Seq(0), RST
	if !seg.Flags.Has(ACK) {
		seq, ack, f = 0, seg.End(), RST|ACK
	}
	h := ip.Header{Src: info.Dst, Dst: info.Src, Proto: ip.TCP, TTL: t.cfg.TTL, Flags: ip.DontFragment}
	if info.Foreign || isLinkLocal(info.Src) {
		h.Ifc = info.Ifc
	}
	t.emitRST(t.network(info.Dst), h, id, seq, ack, f)
}

// resetFor answers a segment of this connection with a RST that leaves the
// connection as it is.
func (p *PCB) resetFor(seg *Segment) {
	seq, ack, f := seg.Ack, Seq(0), RST
	if !seg.Flags.Has(ACK) {
		seq, ack, f = 0, seg.End(), RST|ACK
	}
	p.t.emitRST(p.net, p.ipHeader(), &p.id, seq, ack, f)
}

// sendRST tells the peer that the connection is gone.
//
// RFC 9293 §3.10.5: <SEQ=SND.NXT><CTL=RST>, with the ACK that hosts add. SND.NXT
// is held to the peer's window, outside of which a RST is ignored.
func (p *PCB) sendRST() {
	p.t.emitRST(p.net, p.ipHeader(), &p.id, p.snd.acceptable(), p.rcv.nxt, RST|ACK)
}

func (p *PCB) ipHeader() ip.Header {
	return ip.Header{Src: p.id.local, Dst: p.id.remote, Ifc: p.ifc, Proto: ip.TCP,
		TTL: p.ttl, TOS: p.tos, Flags: ip.DontFragment}
}

// emitRST sends a RST without options.
func (t *Protocol) emitRST(net ip.Network, hdr ip.Header, id *tuple, seq, ack Seq, f Flags) {
	buf := t.pool.AllocBytes(lowerRoom, HeaderLen)
	if buf == nil {
		t.stats.NoMemory++
		return
	}
	h := buf.Bytes()
	putHeader(h, id.lport, id.rport, seq, ack, HeaderLen, f, 0)
	sum := checksum.Add(ip.PseudoSum(hdr.Src, hdr.Dst, ip.TCP, HeaderLen), checksum.Sum(h))
	binary.BigEndian.PutUint16(h[16:], ^sum)
	t.stats.SegmentsOut++
	t.stats.ResetsOut++
	_ = net.Output(buf, hdr) // a RST that cannot be sent is lost, as on any link
}
