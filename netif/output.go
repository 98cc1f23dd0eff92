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
	if !ifc.room() {
		ifc.tx.Refuse()
		ifc.drop(buf, &ifc.stats.TxQueueFull)
		return ErrQueueFull
	}
	if buf.SegmentSize != 0 || buf.Flags.Has(pbuf.Partial) {
		return ifc.outputLarge(buf)
	}
	ifc.stage(buf)
	return nil
}

func (ifc *Interface) stage(buf *pbuf.Buf) {
	ifc.stats.TxFrames++
	ifc.stats.TxBytes += uint64(buf.TotalLen())
	ifc.tx.Stage(buf)
}

// room reports whether one more frame may wait for the driver. Inside the core
// lock the frames published earlier only become fewer, so that their number is
// looked up once a batch and again when there seems to be no room.
func (ifc *Interface) room() bool {
	staged := ifc.tx.Staged()
	if staged == 0 {
		ifc.txWaiting = ifc.tx.Waiting()
	}
	if staged+ifc.txWaiting < ifc.txLimit {
		return true
	}
	ifc.txWaiting = ifc.tx.Waiting()
	return staged+ifc.txWaiting < ifc.txLimit
}

// Publish makes what was staged ready to transmit and reports whether the
// caller must call Transmit with the batch after releasing the core lock.
func (ifc *Interface) Publish() (batch []*pbuf.Buf, sender bool) { return ifc.tx.Publish() }

// Transmit gives the batch, and what was published meanwhile, to the driver.
// The caller does not hold the core lock. It reports whether Output returned
// ErrQueueFull meanwhile: there is room again.
func (ifc *Interface) Transmit(batch []*pbuf.Buf) (room bool) {
	return ifc.tx.Send(batch, ifc.drv.Transmit)
}

// dropStaged frees the frames that were staged for a driver that is going to be
// detached. Those that were published before are its sender's.
func (ifc *Interface) dropStaged() {
	if batch, sender := ifc.tx.Publish(); sender {
		ifc.tx.Send(batch, func(frames []*pbuf.Buf) {
			for _, f := range frames {
				ifc.drop(f, &ifc.stats.TxDown)
			}
		})
	}
}
