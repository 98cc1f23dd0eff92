package raw

import (
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/pbuf"
)

// InputRaw implements ip.RawHandler: it offers a packet to the endpoints of its
// protocol, one after the other, until one eats it. That one is offered the
// next packet first.
//
// lwIP: raw_input.
func (p *Protocol) InputRaw(buf *pbuf.Buf, info *ip.Info) (eaten bool) {
	q := p.heads[info.Proto]
	if q == nil {
		return false
	}
	// Handlers may close and make endpoints: walk over a copy of the list.
	list := p.scratch[:0]
	p.scratch = nil
	for ; q != nil; q = q.next {
		if q.h != nil && q.wants(info) {
			list = append(list, q)
		}
	}
	if len(list) > 0 {
		if info.Dst.Is4() {
			eaten = p.offer4(list, buf, info)
		} else {
			eaten = p.offer6(list, buf, info)
		}
	}
	clear(list)
	p.scratch = list
	if eaten {
		p.stats.Eaten++
	}
	return eaten
}

// wants reports whether the endpoint receives a packet of its protocol.
func (p *PCB) wants(info *ip.Info) bool {
	switch {
	case p.ifc != nil && p.ifc != info.Ifc:
		return false
	case p.remote.IsValid() && p.remote != info.Src:
		return false
	case !p.local.IsValid():
		return true
	case p.local.IsUnspecified():
		return p.local.Is4() == info.Dst.Is4()
	}
	return p.local == info.Dst
}

// offer4 offers an IPv4 packet with its header. It consumes buf if it was
// eaten, otherwise borrows it.
func (p *Protocol) offer4(list []*PCB, buf *pbuf.Buf, info *ip.Info) (eaten bool) {
	flags := buf.Flags // AddHeader and RemoveHeader forget the sum
	if !info.Reassembled && buf.AddHeaderForce(info.HeaderLen) != nil {
		if p.offer(list, buf, info) {
			return true
		}
		buf.RemoveHeader(info.HeaderLen)
		buf.Flags = flags
		return false
	}
	whole := p.withHeader(buf, info)
	if whole == nil {
		p.stats.RxNoMemory++
		return false
	}
	if p.offer(list, whole, info) {
		buf.Free()
		return true
	}
	whole.Free()
	return false
}

// offer6 offers an IPv6 packet, without headers, but not one with a wrong
// checksum to endpoints that have theirs verified. It consumes buf if it was
// eaten, otherwise borrows it.
func (p *Protocol) offer6(list []*PCB, buf *pbuf.Buf, info *ip.Info) (eaten bool) {
	verified := false
	n := 0
	for _, q := range list {
		if q.csum != NoChecksum && !verified {
			if !checksumOK(buf, info) {
				continue
			}
			verified = true
		}
		list[n] = q
		n++
	}
	if n < len(list) {
		p.stats.BadChecksum++
	}
	return p.offer(list[:n], buf, info)
}

// offer calls the handlers in turn until one eats the packet. It consumes buf
// then, otherwise borrows it.
func (p *Protocol) offer(list []*PCB, buf *pbuf.Buf, info *ip.Info) (eaten bool) {
	for _, q := range list {
		if q.h == nil { // closed by an earlier handler
			continue
		}
		p.stats.Delivered++
		if !q.h.Received(q, buf, info) {
			continue
		}
		if q.proto != nil && p.heads[q.number] != q {
			p.remove(q)
			p.insert(q)
		}
		return true
	}
	return false
}
