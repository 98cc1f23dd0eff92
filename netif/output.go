package netif

import "github.com/golwip/lwip/pbuf"

// Output stages a complete frame for the driver, which gets it after the core
// lock is released. It consumes buf. ErrQueueFull says that the driver is
// behind: the sender may try again later.
//
// lwIP: netif->linkoutput.
func (ifc *Interface) Output(buf *pbuf.Buf) error {
	if !ifc.Ready() || ifc.removed {
		ifc.drop(buf, &ifc.stats.TxDown)
		return ErrDown
	}
	if ifc.tx.Staged() >= ifc.txLimit {
		ifc.drop(buf, &ifc.stats.TxQueueFull)
		return ErrQueueFull
	}
	ifc.stats.TxFrames++
	ifc.stats.TxBytes += uint64(buf.TotalLen())
	ifc.tx.Stage(buf)
	return nil
}

// Publish makes what was staged ready to transmit and reports whether the
// caller must call Transmit with the batch after releasing the core lock.
func (ifc *Interface) Publish() (batch []*pbuf.Buf, sender bool) { return ifc.tx.Publish() }

// Transmit gives the batch, and what was published meanwhile, to the driver.
// The caller does not hold the core lock.
func (ifc *Interface) Transmit(batch []*pbuf.Buf) { ifc.tx.Send(batch, ifc.drv.Transmit) }
