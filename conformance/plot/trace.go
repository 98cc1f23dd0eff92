package plot

import (
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/golwip/lwip/conformance/oracle"
)

// Mark is what a segment is drawn as.
type Mark uint8

// The marks.
const (
	New    Mark = iota // payload for the first time
	Resent             // payload that was captured before
	Late               // payload of which later ones were captured before: lost or overtaken on the way
	SYN
	FIN
	RST
)

// Segment is one segment of the sender.
type Segment struct {
	At     time.Duration // since the connection's first packet
	Lo, Hi int64         // octets, the SYN's being the one before 0
	Mark   Mark
}

// Point is a value from a time on.
type Point struct {
	At time.Duration
	V  int64
}

// Range is a SACK block as the receiver sent it.
type Range struct {
	At     time.Duration
	Lo, Hi int64
}

// Trace is one direction of a connection.
type Trace struct {
	From, To netip.AddrPort
	// Span is how long the connection lasted.
	Span     time.Duration
	Segments []Segment
	// Acks are acknowledgments, Edges right edges of the window, Duplicates
	// ACKs that repeat one.
	Acks, Edges, Duplicates []Point
	SACKs                   []Range
	// RTT are samples in nanoseconds, each at the time of the ACK, of segments
	// that were sent once. Flight is what was sent and not acknowledged.
	RTT, Flight []Point
	// Closed are the times during which the window was zero.
	Closed []Range
	// Bytes counts octets of payload, each once; Resent and Late count segments.
	Bytes        int64
	Resent, Late int
}

// Load reads the connection with the given number. Of its two directions it
// takes the one from sender or, if that is the zero value, the one with more
// payload.
func Load(r io.Reader, number int, sender netip.AddrPort, progress func(packets int)) (*Trace, error) {
	var both [2]*builder
	err := each(r, progress, func(n int, fresh bool, p *oracle.Packet) {
		if n != number {
			return
		}
		if fresh {
			both[0] = newBuilder(p.Src, p.Dst, p.At)
			both[1] = newBuilder(p.Dst, p.Src, p.At)
		}
		for _, b := range both {
			b.packet(p)
		}
	})
	if err != nil {
		return nil, err
	}
	if both[0] == nil {
		return nil, ErrNoFlow
	}
	b := both[0]
	if sender == both[1].From || !sender.IsValid() && both[1].Bytes > both[0].Bytes {
		b = both[1]
	}
	b.finish()
	return &b.Trace, nil
}

// builder makes a Trace of the packets of a connection.
type builder struct {
	Trace
	start    time.Duration
	known    bool
	base     uint32 // sequence number of octet 0
	nxt, una int64
	acked    bool
	scale    [2]int // of the receiver's windows: offered by the sender, by itself; -1: not
	syns     int
	flying   []flying
	holes    []Range       // below nxt, not captured
	closed   time.Duration // since when the window has been zero; -1: it is open
	lastWnd  uint16
}

// flying is a segment that is not acknowledged.
type flying struct {
	hi   int64
	at   time.Duration
	once bool
}

func newBuilder(from, to netip.AddrPort, start time.Duration) *builder {
	return &builder{Trace: Trace{From: from, To: to}, start: start, scale: [2]int{-1, -1}, closed: -1}
}

// rel places a sequence number next to the newest one known.
func (b *builder) rel(seq uint32) int64 {
	return b.nxt + int64(int32(seq-b.base-uint32(b.nxt)))
}

func (b *builder) packet(p *oracle.Packet) {
	at := p.At - b.start
	b.Span = max(b.Span, at)
	if p.Sum == oracle.Bad {
		return
	}
	if p.Src == b.From {
		b.sent(p, at)
	} else {
		b.received(p, at)
	}
}

// sent takes a segment of the sender.
func (b *builder) sent(p *oracle.Packet, at time.Duration) {
	syn := p.Flags.Has(oracle.SYN)
	if !b.known {
		b.known, b.base = true, p.Seq
		if syn {
			b.base++
			b.nxt, b.una = -1, -1
		}
	}
	if syn {
		b.syns |= 1
		b.scale[0] = p.Options.Scale
	}
	lo := b.rel(p.Seq)
	hi := lo + int64(p.SeqLen())
	s := Segment{At: at, Lo: lo, Hi: hi, Mark: New}
	switch {
	case p.Flags.Has(oracle.RST):
		s.Mark = RST
	case syn:
		s.Mark = SYN
	case p.PayloadLen == 0 && p.Flags.Has(oracle.FIN):
		s.Mark = FIN
	case p.PayloadLen == 0:
		return
	case lo < b.nxt && b.fill(lo, hi):
		s.Mark = Late
		b.Late++
	case lo < b.nxt:
		s.Mark = Resent
		b.Resent++
	}
	if lo > b.nxt && s.Mark != RST {
		b.holes = append(b.holes, Range{at, b.nxt, lo})
	}
	b.Segments = append(b.Segments, s)
	if s.Mark == New && p.Flags.Has(oracle.FIN) {
		b.Segments = append(b.Segments, Segment{At: at, Lo: hi - 1, Hi: hi, Mark: FIN})
	}
	if s.Mark == RST || lo == hi {
		return
	}
	if lo >= b.nxt {
		b.flying = append(b.flying, flying{hi, at, true})
	} else {
		for i := range b.flying {
			b.flying[i].once = b.flying[i].once && (b.flying[i].hi <= lo || i > 0 && b.flying[i-1].hi >= hi)
		}
	}
	if hi > b.nxt {
		b.Bytes += min(hi-b.nxt, int64(p.PayloadLen))
		b.nxt = hi
		b.fly(at)
	}
}

// fill takes [lo, hi) out of the holes and reports whether any of it was there.
func (b *builder) fill(lo, hi int64) bool {
	filled := false
	var left []Range
	for _, h := range b.holes {
		a, z := max(h.Lo, lo), min(h.Hi, hi)
		if a >= z {
			left = append(left, h)
			continue
		}
		filled = true
		b.Bytes += z - a
		if h.Lo < a {
			left = append(left, Range{h.At, h.Lo, a})
		}
		if z < h.Hi {
			left = append(left, Range{h.At, z, h.Hi})
		}
	}
	b.holes = left
	return filled
}

// fly enters what is in flight from now on.
func (b *builder) fly(at time.Duration) {
	b.Flight = append(b.Flight, Point{at, max(b.nxt-b.una, 0)})
}

// received takes a segment of the receiver.
func (b *builder) received(p *oracle.Packet, at time.Duration) {
	syn := p.Flags.Has(oracle.SYN)
	if syn {
		b.syns |= 2
		b.scale[1] = p.Options.Scale
	}
	if !p.Flags.Has(oracle.ACK) || p.Flags.Has(oracle.RST) {
		return
	}
	if !b.known {
		b.known, b.base = true, p.Ack
	}
	ack := b.rel(p.Ack)
	for _, s := range p.Options.SACK {
		lo := b.rel(s.Left)
		b.SACKs = append(b.SACKs, Range{at, lo, lo + int64(int32(s.Right-s.Left))})
	}
	if !b.acked || ack >= b.una {
		b.window(p, ack, syn, at) // one that was overtaken tells nothing
	}
	switch {
	case b.acked && ack == b.una && p.PayloadLen == 0 && b.nxt > b.una && p.Window == b.lastWnd:
		b.Duplicates = append(b.Duplicates, Point{at, ack})
	case !b.acked || ack > b.una:
		b.acked, b.una = true, ack
		b.holes = slices.DeleteFunc(b.holes, func(h Range) bool { return h.Hi <= ack })
		b.nxt = max(b.nxt, ack)
		b.Acks = append(b.Acks, Point{at, ack})
		b.sample(ack, at)
		b.fly(at)
	}
	b.lastWnd = p.Window
}

// window enters the right edge that a segment of the receiver offers. Of a
// connection whose opening was not captured the scale is unknown.
func (b *builder) window(p *oracle.Packet, ack int64, syn bool, at time.Duration) {
	shift := 0
	switch {
	case syn:
	case b.syns != 3:
		return
	case b.scale[0] >= 0 && b.scale[1] >= 0:
		shift = min(b.scale[1], 14)
	}
	wnd := int64(p.Window) << shift
	if n := len(b.Edges); n == 0 || b.Edges[n-1].V != ack+wnd {
		b.Edges = append(b.Edges, Point{at, ack + wnd})
	}
	switch {
	case wnd == 0 && b.closed < 0:
		b.closed = at
	case wnd > 0 && b.closed >= 0:
		b.Closed = append(b.Closed, Range{b.closed, int64(b.closed), int64(at)})
		b.closed = -1
	}
}

// sample takes the round-trip time of the newest segment that an ACK covers, if
// it was sent once.
func (b *builder) sample(ack int64, at time.Duration) {
	n := 0
	for n < len(b.flying) && b.flying[n].hi <= ack {
		n++
	}
	if n == 0 {
		return
	}
	if f := b.flying[n-1]; f.once {
		b.RTT = append(b.RTT, Point{at, int64(at - f.at)})
	}
	b.flying = slices.Delete(b.flying, 0, n)
}

func (b *builder) finish() {
	if b.closed >= 0 {
		b.Closed = append(b.Closed, Range{b.closed, int64(b.closed), int64(b.Span)})
	}
}
