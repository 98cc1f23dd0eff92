package loopback

import (
	"sync"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/internal/gate"
	"github.com/golwip/lwip/pbuf"
)

// Config describes a loopback interface. The zero value is usable.
type Config struct {
	// MTU is the largest packet in bytes. Default and maximum 65535.
	MTU int
	// MaxFrames is the most frames that wait to come back; what comes on top is
	// dropped. Default 4096, which is more than a stack sends at once. lwIP's
	// LWIP_LOOPBACK_MAX_PBUFS, 8 in ESP-IDF.
	MaxFrames int
	// Multicast lets multicasts through the interface. lwIP's
	// LWIP_LOOPIF_MULTICAST. Default no.
	Multicast bool
}

// Driver is a loopback link. It implements netif.Driver.
type Driver struct {
	props netif.Properties
	limit int
	gate  gate.Gate

	mu    sync.Mutex
	busy  bool        // somebody delivers
	queue []*pbuf.Buf // what he delivers next
	spare []*pbuf.Buf // an empty slice for reuse
	stats Stats
}

// New returns a loopback link.
func New(cfg Config) *Driver {
	d := &Driver{limit: cfg.MaxFrames, props: netif.Properties{
		Framing: netif.IP, MTU: cfg.MTU, Loopback: true,
		NoBroadcast: true, NoMulticast: !cfg.Multicast,
	}}
	if d.props.MTU <= 0 || d.props.MTU > pbuf.MaxLen {
		d.props.MTU = pbuf.MaxLen
	}
	if d.limit <= 0 {
		d.limit = 4096
	}
	return d
}

// Properties implements netif.Driver.
func (d *Driver) Properties() netif.Properties { return d.props }

// Attach implements netif.Driver.
func (d *Driver) Attach(r netif.Receiver) error { return d.gate.Open(r) }

// Detach implements netif.Driver. It frees the frames that wait. It may be
// called from within a delivery.
func (d *Driver) Detach() error {
	d.gate.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.drop(d.queue, &d.stats.NotAttached)
	clear(d.queue)
	d.queue = d.queue[:0]
	return nil
}

// Transmit implements netif.Driver: the frames are delivered, unless it is
// called from within a delivery, or during one, which then goes on with them.
//
// The frames come back Verified: they have not left this memory.
func (d *Driver) Transmit(frames []*pbuf.Buf) {
	d.mu.Lock()
	room := max(d.limit-len(d.queue), 0)
	if room < len(frames) {
		d.drop(frames[room:], &d.stats.QueueFull)
		frames = frames[:room]
	}
	for _, f := range frames {
		f.Flags = f.Flags&pbuf.HasSum | pbuf.Verified
	}
	d.queue = append(d.queue, frames...)
	if d.busy {
		d.mu.Unlock()
		return
	}
	d.busy = true
	for len(d.queue) > 0 {
		batch := d.queue
		d.queue, d.spare = d.spare, nil
		d.mu.Unlock()
		n, bytes := uint64(len(batch)), uint64(0)
		for _, f := range batch {
			bytes += uint64(f.TotalLen())
		}
		ok := d.gate.Deliver(batch)
		d.mu.Lock()
		if ok {
			d.stats.Frames += n
			d.stats.Bytes += bytes
		} else {
			d.drop(batch, &d.stats.NotAttached)
		}
		clear(batch)
		d.spare = batch[:0]
	}
	d.busy = false
	d.mu.Unlock()
}

// drop frees the frames and counts them. The caller holds d.mu.
func (d *Driver) drop(frames []*pbuf.Buf, counter *uint64) {
	*counter += uint64(len(frames))
	for _, f := range frames {
		f.Free()
	}
}
