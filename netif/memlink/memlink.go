package memlink

import (
	"sync/atomic"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/netif/internal/gate"
	"github.com/golwip/lwip/pbuf"
)

// Config describes a wire. The zero value is an Ethernet with an MTU of 1500.
type Config struct {
	// MTU is the largest IP packet in bytes. Default 1500. Longer frames are
	// dropped, as a link with that MTU would.
	MTU int
	// Framing is what frames begin with. Default Ethernet.
	Framing netif.Framing
	// HWAddrA and HWAddrB are the stations' addresses on an Ethernet. Default
	// 02:00:00:00:00:01 and 02:00:00:00:00:02.
	HWAddrA, HWAddrB ethernet.Addr
	// MaxSegment lets a sender pass on large segments, of up to that many bytes
	// of transport payload, which the wire delivers whole: the receiver gets
	// what it would have merged. Default 0: none.
	MaxSegment int
	// NoMulticast and NoBroadcast make a link that cannot.
	NoMulticast, NoBroadcast bool
}

// station returns the locally administered address of the nth station.
func station(n int) ethernet.Addr {
	return ethernet.Addr{2, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

// properties returns what Port n of the wire says of it.
func (c Config) properties(n int, hw ethernet.Addr) netif.Properties {
	p := netif.Properties{
		Framing: c.Framing, MTU: c.MTU, MaxSegment: c.MaxSegment,
		NoMulticast: c.NoMulticast, NoBroadcast: c.NoBroadcast,
	}
	if p.MTU == 0 {
		p.MTU = 1500
	}
	if p.Framing == netif.Ethernet {
		p.HWAddr = hw
		if hw.IsZero() {
			p.HWAddr = station(n)
		}
	}
	return p
}

// Port is one end of a wire. It implements netif.Driver.
type Port struct {
	props netif.Properties
	peer  *Port
	wire  *wire
	gate  gate.Gate
	stats counters // but for what was received: Stats finds that at the peer

	lostBytes atomic.Uint64 // of the frames in stats.notAttached
}

// wire is what the two ends have in common.
type wire struct{ down atomic.Bool }

// New returns the two ends of a wire.
func New(cfg Config) (a, b *Port) {
	w := new(wire)
	a = &Port{props: cfg.properties(1, cfg.HWAddrA), wire: w}
	b = &Port{props: cfg.properties(2, cfg.HWAddrB), wire: w}
	a.peer, b.peer = b, a
	return a, b
}

// Properties implements netif.Driver.
func (p *Port) Properties() netif.Properties { return p.props }

// Attach implements netif.Driver. If the wire is cut, r hears of it at once.
func (p *Port) Attach(r netif.Receiver) error {
	if err := p.gate.Open(r); err != nil {
		return err
	}
	if p.wire.down.Load() {
		p.gate.SetLink(false)
	}
	return nil
}

// Detach implements netif.Driver. It waits for deliveries to this Port that are
// under way on other goroutines, and may be called from within a delivery.
func (p *Port) Detach() error {
	p.gate.Close()
	return nil
}

// Peer returns the other end.
func (p *Port) Peer() *Port { return p.peer }

// SetLink mends or cuts the wire and tells both ends' stacks. Frames
// transmitted over a cut wire are lost.
func (p *Port) SetLink(up bool) {
	if p.wire.down.Swap(!up) == !up {
		return
	}
	p.gate.SetLink(up)
	p.peer.gate.SetLink(up)
}

// Transmit implements netif.Driver: the other end's Receiver gets the slice and
// the frames themselves, on this goroutine.
func (p *Port) Transmit(frames []*pbuf.Buf) {
	if p.wire.down.Load() {
		drop(frames, &p.stats.linkDown)
		return
	}
	first := 0
	bytes := 0
	for i, f := range frames {
		if p.fits(f) {
			bytes += f.TotalLen()
			f.Flags &= onWire
			continue
		}
		p.deliver(frames[first:i], bytes)
		drop(frames[i:i+1], &p.stats.tooLong)
		first, bytes = i+1, 0
	}
	p.deliver(frames[first:], bytes)
}

// onWire are the flags that describe a packet's bytes, and so still hold at the
// other end. The rest is the sender's business.
const onWire = pbuf.HasSum | pbuf.Verified

// deliver passes frames to the other end and counts them, once for both ends:
// what one has transmitted, and nobody missed, the other has received.
func (p *Port) deliver(frames []*pbuf.Buf, bytes int) {
	if len(frames) == 0 {
		return
	}
	p.stats.txFrames.Add(uint64(len(frames))) // before the frames are the receiver's
	p.stats.txBytes.Add(uint64(bytes))
	if !p.peer.gate.Deliver(frames) {
		p.lostBytes.Add(uint64(bytes))
		drop(frames, &p.stats.notAttached)
	}
}

// fits reports whether the wire takes frame f.
func (p *Port) fits(f *pbuf.Buf) bool { return fits(&p.props, f) }

func fits(props *netif.Properties, f *pbuf.Buf) bool {
	n := f.TotalLen()
	limit := props.MTU
	if props.Framing == netif.Ethernet {
		limit += ethernet.HeaderLen + ethernet.VLANLen
	}
	return n <= limit || f.SegmentSize != 0 && n <= props.MaxSegment+maxHeaders
}

// maxHeaders is the longest link, IP and TCP header in front of a large
// segment's payload.
const maxHeaders = ethernet.HeaderLen + ethernet.VLANLen + 60 + 60
