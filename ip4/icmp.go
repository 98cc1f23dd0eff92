package ip4

import (
	"encoding/binary"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// ICMP types (RFC 792, RFC 950) and the codes that are sent.
const (
	icmpEchoReply       = 0
	icmpUnreachable     = 3
	icmpSourceQuench    = 4
	icmpRedirect        = 5
	icmpEcho            = 8
	icmpTimeExceeded    = 11
	icmpParameterProb   = 12
	icmpTimestamp       = 13
	icmpAddressMaskRepl = 18

	codeNet        = 0
	codeHost       = 1
	codeProto      = 2
	codePort       = 3
	codeFragNeeded = 4
	codeProhibited = 13

	codeTTL        = 0
	codeReassembly = 1
)

// icmpHeaderLen is the length in bytes of what all messages begin with: type,
// code, checksum, and four bytes of the type's own.
const icmpHeaderLen = 8

// icmpArrives takes an ICMP message for us. It consumes buf.
//
// RFC 1122 §3.2.2. lwIP: icmp_input.
func (p *Protocol) icmpArrives(buf *pbuf.Buf, info *ip.Info) {
	s := &p.stats.ICMP
	s.Received++
	if p.cfg.NoICMP {
		p.drop(buf, &s.Disabled)
		return
	}
	if buf.Len() < icmpHeaderLen {
		if buf = p.gather(buf, icmpHeaderLen, &s.TooShort); buf == nil {
			return
		}
	}
	if !info.Ifc.Checksums().Has(netif.NoCheckICMP) && sum(buf) != 0xffff {
		p.drop(buf, &s.BadChecksum)
		return
	}
	switch typ := buf.Bytes()[0]; typ {
	case icmpEcho:
		s.EchoRequests++
		p.echo(buf, info)
	case icmpUnreachable, icmpTimeExceeded, icmpParameterProb:
		p.errorArrives(buf, info)
	case icmpEchoReply: // for raw sockets, which saw it
		p.drop(buf, &s.EchoReplies)
	case icmpSourceQuench:
		p.drop(buf, &s.SourceQuench)
	case icmpRedirect:
		p.drop(buf, &s.Redirect)
	default:
		if typ >= icmpTimestamp && typ <= icmpAddressMaskRepl {
			p.drop(buf, &s.Timestamp)
			return
		}
		p.drop(buf, &s.Unknown)
	}
}

// echo answers an echo request with its own bytes: they go back in the buffer
// they came in. It consumes buf.
//
// RFC 1122 §3.2.2.6; RFC 1122 §3.2.1.6: with the same type of service.
func (p *Protocol) echo(buf *pbuf.Buf, info *ip.Info) {
	s := &p.stats.ICMP
	h := ip.Header{Src: info.Dst, Dst: info.Src, Proto: ip.ICMP, TTL: p.cfg.ICMPTTL, TOS: info.TOS &^ 3}
	if info.Broadcast || info.Multicast {
		if info.Multicast && !p.cfg.MulticastPing || info.Broadcast && !p.cfg.BroadcastPing {
			p.drop(buf, &s.EchoGroup)
			return
		}
	}
	if !p.receives(info.Dst) {
		h.Src, h.Ifc = info.Ifc.Addr4().Addr, info.Ifc
	}
	if info.Src.IsLinkLocalUnicast() {
		h.Ifc = info.Ifc
	}
	if info.Src.IsUnspecified() || !h.Src.IsValid() {
		p.drop(buf, &s.EchoFailed)
		return
	}
	buf.Flags, buf.SegmentSize = 0, 0
	old := binary.BigEndian.Uint16(buf.Bytes())
	field := binary.BigEndian.Uint16(buf.Bytes()[2:])
	if !buf.Writable() {
		if buf = p.separate(buf, icmpHeaderLen); buf == nil {
			s.EchoFailed++
			return
		}
	}
	b := buf.Bytes()
	b[0], b[1] = icmpEchoReply, 0
	field = checksum.Update(field, old, icmpEchoReply<<8)
	if info.Ifc.Checksums().Has(netif.NoGenICMP) {
		field = 0
	}
	binary.BigEndian.PutUint16(b[2:], field)
	if field == 0 && buf.TotalLen() == icmpHeaderLen && binary.BigEndian.Uint32(b[4:]) == 0 {
		b[2], b[3] = 0xff, 0xff // all zeros: the one sum that Update has wrong (RFC 1624 §3)
	}
	if p.Output(buf, h) != nil {
		s.EchoFailed++
		return
	}
	s.EchoRepliesSent++
}

// separate returns buf with its first n bytes, which are in one element, copied
// into a block of their own, that may be written to. It consumes buf; nil if
// the pool is exhausted.
func (p *Protocol) separate(buf *pbuf.Buf, n int) *pbuf.Buf {
	head := p.pool.Alloc(pbuf.IP, n, pbuf.RAM)
	if head == nil {
		p.drop(buf, &p.stats.NoMemory)
		return nil
	}
	copy(head.Bytes(), buf.Bytes()[:n])
	head.Flags, head.SegmentSize = buf.Flags&^pbuf.HasSum, buf.SegmentSize
	buf.RemoveHeader(n)
	head.SetNext(buf)
	return head
}

// errorArrives tells the transport of an ICMP error about a packet that it sent.
// The packet quoted must be one that we can have sent: from the address that the
// error came to, an own one, and with the transport header. It consumes buf.
//
// RFC 1122 §3.2.2.1; RFC 5927 §4: the transport must still judge whether the
// quote is of a connection that exists.
func (p *Protocol) errorArrives(buf *pbuf.Buf, info *ip.Info) {
	s := &p.stats.ICMP
	if info.Broadcast || info.Multicast {
		p.drop(buf, &s.ErrorGroup)
		return
	}
	const most = icmpHeaderLen + MaxHeaderLen + 8
	if want := min(most, buf.TotalLen()); buf.Len() < want {
		if buf = p.gather(buf, want, &s.TooShort); buf == nil {
			return
		}
	}
	b := buf.Bytes()
	q, ok := ParseHeader(b[icmpHeaderLen:])
	if !ok || len(b) < icmpHeaderLen+len(q)+8 || q.Offset() != 0 ||
		q.TotalLen() < len(q)+8 || q.Src() != info.Dst || !p.receives(q.Src()) {
		p.drop(buf, &s.BadQuote)
		return
	}
	e := &p.err
	*e = ip.Error{
		Ifc: info.Ifc, Src: q.Src(), Dst: q.Dst(), Proto: q.Proto(),
		Reporter: info.Src, Type: b[0], Code: b[1],
	}
	switch e.Type {
	case icmpTimeExceeded:
		e.Kind = ip.TimeExceeded
	case icmpParameterProb:
		e.Kind = ip.ParameterProblem
	default:
		e.Kind = unreachableKind(e.Code)
	}
	if e.Kind == ip.PacketTooBig {
		e.MTU = int(binary.BigEndian.Uint16(b[6:]))
		if e.MTU >= q.TotalLen() { // it would have fitted: a forgery
			p.drop(buf, &s.BadQuote)
			return
		}
		if e.MTU != 0 {
			e.MTU = max(e.MTU, 68) // RFC 1191 §3
		}
	}
	t := p.handler(e.Proto)
	if t == nil {
		p.drop(buf, &s.NoTransport)
		return
	}
	s.Errors++
	buf.RemoveHeader(icmpHeaderLen + len(q))
	t.Error(buf, e)
	buf.Free()
}

// unreachableKind tells what a code of "destination unreachable" means.
//
// RFC 792, RFC 1122 §3.2.2.1, RFC 1191, RFC 1812 §5.2.7.1.
func unreachableKind(code uint8) ip.ErrorKind {
	switch code {
	case 1, 7, 12: // host; unknown; for the type of service
		return ip.HostDown
	case codeProto:
		return ip.ProtoUnreachable
	case codePort:
		return ip.PortRefused
	case codeFragNeeded:
		return ip.PacketTooBig
	case 9, 10, 13, 14, 15: // prohibited: network, host, filter; precedence
		return ip.Prohibited
	}
	return ip.NetUnreachable
}
