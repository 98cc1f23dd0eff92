package api

import (
	"net/netip"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
)

// route says how one datagram is to go. The zero value leaves everything to the
// endpoint and the stack.
type route struct {
	to  netip.AddrPort   // invalid: the connected peer
	ifc *netif.Interface // nil: as routing chooses
	src netip.Addr       // invalid: as routing chooses
}

// send sends a copy of b. It never waits; a full transmit queue is an ENOMEM
// (guide §14).
func (d *dgram) send(b []byte, to *route) (int, error) {
	if len(b) > pbuf.MaxLen {
		return 0, meaning(udp.ErrTooLong)
	}
	buf := d.p.pool.AllocBytes(pbuf.Transport.Room(), len(b))
	if buf == nil {
		return 0, ErrBuffer
	}
	buf.Sum = checksum.Copy(buf.Bytes(), b)
	buf.Flags |= pbuf.HasSum
	if err := d.sendBuf(buf, to); err != nil {
		return 0, err
	}
	return len(b), nil
}

// sendBuf sends a datagram whose payload is buf, without copying it. It consumes
// buf, also on an error.
func (d *dgram) sendBuf(buf *pbuf.Buf, to *route) error {
	if d.wr.has(^blockPeer) {
		if err := d.writable(); err != nil {
			buf.Free()
			return err
		}
	}
	n := buf.TotalLen()
	d.p.core.Lock()
	err := d.output(buf, to)
	d.p.core.Unlock()
	if err != nil {
		return meaning(err)
	}
	d.owner.event(SendPlus, n)
	return nil
}

// writable returns why nothing can be sent, or nil.
//
// An ICMP error about an earlier datagram is returned in place of sending, once,
// as BSD does.
func (d *dgram) writable() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.flags.has(closed):
		return ErrClosed
	case d.wr.has(blockExpired):
		return errDeadline
	case d.flags.has(noWrite):
		return ErrShutdown
	case d.flags.has(dead):
		return udp.ErrFlowEnded
	}
	err := d.err
	d.err = nil
	d.wr.clear(blockError)
	return err
}

// output is sendBuf inside the core lock.
func (d *dgram) output(buf *pbuf.Buf, to *route) error {
	if to.to.Addr().IsValid() && to.to.Addr().Zone() != "" {
		dst, ifc, err := d.p.unzone(to.to)
		if err != nil {
			buf.Free()
			return err
		}
		to.to = dst
		if to.ifc == nil {
			to.ifc = ifc
		}
	}
	switch {
	case d.udp != nil && !to.to.IsValid():
		return d.udp.Send(buf)
	case d.udp != nil:
		return d.udp.SendToIf(buf, to.to, to.ifc, to.src)
	case d.raw != nil && !to.to.IsValid():
		return d.raw.Send(buf)
	case d.raw != nil:
		return d.raw.SendToIf(buf, to.to.Addr(), to.ifc, to.src)
	}
	buf.Free()
	return ErrClosed
}
