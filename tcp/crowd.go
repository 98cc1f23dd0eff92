package tcp

// Connections to near peers, in memory or on the same machine, share the
// processor's cache. As long as what all of them hold fits, each may fill its
// buffers. Beyond that a connection that holds much carries nothing faster, but what it
// holds has left the cache when it is sent or read: then each has a share.
// A buffer whose size was set, and one to a peer farther away, is not touched.
const (
	crowdBytes = 512 << 10 // with what else is touched, a processor's second-level cache
	crowdShare = 32 << 10  // of each connection, and two segments at least
)

// crowded returns the size that a buffer of so many bytes is treated as when all
// connections together hold held bytes.
func (p *PCB) crowded(size, held, mss int) int {
	if held <= crowdBytes || !p.nearby() {
		return size
	}
	return min(size, max(crowdShare, 2*mss))
}

// sendSize returns how many bytes the send buffer takes.
func (p *PCB) sendSize() int {
	if !p.tunesSend() {
		return int(p.sendBuf)
	}
	return p.crowded(int(p.sendBuf), p.t.unacked, int(p.snd.mss))
}

// SendShare returns how many bytes SendSpace comes to when nothing waits, now: less
// than SendLimit while many connections hold much. A writer that waits for more
// waits for ever.
func (p *PCB) SendShare() int { return min(p.SendLimit(), p.sendSize()) }

// receiveSize returns how many bytes the receive buffer takes. What the peer was
// promised stays promised.
func (p *PCB) receiveSize() int {
	if !p.tunesReceive() {
		return int(p.rcv.buf)
	}
	return p.crowded(int(p.rcv.buf), p.t.unread, int(p.ourMax))
}

// WindowStride returns after how many consumed bytes Recved should be called. It
// is never more than half of receiveSize, so that what nobody told of cannot
// close the window.
func (p *PCB) WindowStride() int {
	if p.tunesReceive() {
		return min(p.windowUpdate(), crowdShare/2)
	}
	return p.windowUpdate()
}

// consumed counts n bytes out of the receive buffer, or all if there are fewer.
func (p *PCB) consumed(n int) {
	n = min(n, int(p.rcv.used))
	p.rcv.used -= uint32(n)
	p.t.unread -= n
}
