package arp

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Input takes a received ARP packet: buf begins after the Ethernet header. It
// consumes buf.
//
// RFC 826 "Packet Reception". lwIP: etharp_input.
func (p *Protocol) Input(ifc *netif.Interface, buf *pbuf.Buf) {
	p.stats.Received++
	b := buf.Bytes()
	if len(b) < PacketLen {
		b = p.gather(buf)
	}
	pkt, ok := ParsePacket(b)
	buf.Free()
	if !ok {
		p.stats.Malformed++
		return
	}
	if pkt.Op != Request && pkt.Op != Reply {
		p.stats.BadOp++
		return
	}
	p.packetArrives(ifc, &pkt)
}

// gather copies the first bytes of a packet that is split over elements.
func (p *Protocol) gather(buf *pbuf.Buf) []byte {
	n := 0
	for e := buf; e != nil && n < PacketLen; e = e.Next() {
		n += copy(p.scratch[n:], e.Bytes())
	}
	return p.scratch[:n]
}

func (p *Protocol) packetArrives(ifc *netif.Interface, pkt *Packet) {
	if pkt.SenderHW.IsMulticast() || pkt.SenderHW.IsZero() {
		p.stats.BadSender++
		return
	}
	if p.checkConflict(ifc, pkt) {
		return
	}
	own := ifc.Addr4().Addr
	toUs := own.IsValid() && pkt.Target == number(own)
	if pkt.Sender != 0 && !p.learn(ifc, pkt, toUs) {
		p.stats.BadSender++
		return
	}
	if pkt.Op == Request && toUs {
		p.send(ifc, pkt.SenderHW, Packet{
			Op: Reply, SenderHW: ifc.HWAddr(), Sender: pkt.Target,
			TargetHW: pkt.SenderHW, Target: pkt.Sender,
		})
	}
}

// learn updates the sender's entry, and makes one if the packet is for us, since
// its sender is then likely to be talked to. It reports false if the sender's
// address cannot be a host's.
//
// A gratuitous packet, whose target is its sender, therefore never makes an
// entry.
func (p *Protocol) learn(ifc *netif.Interface, pkt *Packet, toUs bool) bool {
	e := p.table.find(ifc, pkt.Sender)
	if e == nil {
		a := addrOf(pkt.Sender)
		if a.IsMulticast() || a.IsLoopback() || ifc.IsBroadcast(a) {
			return false
		}
		if !toUs {
			return true
		}
		if e = p.insert(ifc, pkt.Sender); e == nil {
			return true
		}
		p.stats.Learned++
		p.table.stable.append(e)
		p.resolved(e, pkt.SenderHW, Stable)
		return true
	}
	if e.state != Static {
		p.stats.Updated++
		p.resolved(e, pkt.SenderHW, Stable)
	}
	return true
}
