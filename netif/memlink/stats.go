package memlink

import (
	"sync/atomic"

	"github.com/golwip/lwip/pbuf"
)

// Stats counts what passed through one Port.
type Stats struct {
	// TxFrames and TxBytes count what the Port put on the wire.
	TxFrames, TxBytes uint64
	// RxFrames and RxBytes count what the Port's Receiver got.
	RxFrames, RxBytes uint64
	// NotAttached counts frames that nobody received: the other end has no
	// Receiver. On a hub, one for each such other Port.
	NotAttached uint64
	// LinkDown counts frames transmitted while the wire was cut.
	LinkDown uint64
	// TooLong counts frames that exceed the MTU.
	TooLong uint64
	// NoMemory counts deliveries that a hub left out for want of views.
	NoMemory uint64
}

type counters struct {
	txFrames, txBytes, rxFrames, rxBytes     atomic.Uint64
	notAttached, linkDown, tooLong, noMemory atomic.Uint64
}

func (c *counters) snapshot() Stats {
	return Stats{
		TxFrames: c.txFrames.Load(), TxBytes: c.txBytes.Load(),
		RxFrames: c.rxFrames.Load(), RxBytes: c.rxBytes.Load(),
		NotAttached: c.notAttached.Load(), LinkDown: c.linkDown.Load(),
		TooLong: c.tooLong.Load(), NoMemory: c.noMemory.Load(),
	}
}

// Stats returns a copy of the counters.
func (p *Port) Stats() Stats {
	s := p.stats.snapshot()
	q := &p.peer.stats
	// What was lost is read first: it is counted last.
	s.RxFrames, s.RxBytes = -q.notAttached.Load(), -p.peer.lostBytes.Load()
	s.RxFrames += q.txFrames.Load()
	s.RxBytes += q.txBytes.Load()
	return s
}

// drop frees the frames and counts them.
func drop(frames []*pbuf.Buf, counter *atomic.Uint64) {
	counter.Add(uint64(len(frames)))
	for _, f := range frames {
		f.Free()
	}
}
