package impair

import "time"

// Config is what a link does to frames. The zero value does nothing.
type Config struct {
	// Out is for frames that the stack transmits.
	Out Profile
	// In is for frames that the stack receives.
	In Profile
}

// Profile is what one direction of a link does to frames. The zero value does
// nothing. Probabilities are in [0, 1]; a negative duration or number is zero.
type Profile struct {
	// Delay is the propagation time. Default 0.
	Delay time.Duration
	// Jitter varies the delay, uniformly within Delay-Jitter and Delay+Jitter,
	// though not below zero. Jitter alone does not reorder: a frame that would
	// overtake the one before it arrives together with it. Default 0.
	Jitter time.Duration
	// AllowReorder lets jitter reorder frames.
	AllowReorder bool

	// Rate is the bottleneck's, in bits per second. Default 0: unlimited. A
	// large segment (pbuf.Buf.SegmentSize) is cut before it gets there.
	Rate int64
	// Overhead is what the rate charges for each frame besides its bytes: 24 for
	// an Ethernet's preamble, checksum and gap. Default 0.
	Overhead int
	// QueueBytes and QueuePackets are the most that is in the bottleneck, the
	// frame being sent included; what comes on top is dropped. They need a Rate.
	// Default: 1000 packets and any number of bytes if both are zero.
	QueueBytes, QueuePackets int
	// MarkBytes and MarkPackets mark frames that find at least so much in the
	// bottleneck, if they carry an ECN-capable transport, as having experienced
	// congestion (RFC 3168 §5). They need a Rate. Default 0: no marks.
	MarkBytes, MarkPackets int

	// Loss is the probability that a frame is lost, each independently.
	Loss float64
	// Burst loses frames in bursts, besides Loss.
	Burst Burst
	// Reorder is the probability that a frame is held back by ReorderDelay, so
	// that those after it overtake it. Default 0.
	Reorder float64
	// ReorderDelay is the time that a reordered frame is held back. Default 10 ms.
	ReorderDelay time.Duration
	// Duplicate is the probability that a frame arrives twice.
	Duplicate float64
	// Corrupt is the probability that one random bit of a frame is wrong.
	Corrupt float64

	// Limit is the most frames held, those on the wire included. Default 65536.
	Limit int
	// Seed makes the random choices. The two directions of a link differ even
	// with the same seed.
	Seed uint64
}

// Burst is the Gilbert-Elliott model of loss: a link is good or bad, and may
// change before each frame.
//
//	        PGoodBad
//	┌──────┐───────▶┌─────┐
//	│ good │        │ bad │    bad for PGoodBad/(PGoodBad+PBadGood) of the frames,
//	└──────┘◀───────└─────┘    1/PBadGood frames on end
//	        PBadGood
type Burst struct {
	// PGoodBad and PBadGood are the probabilities that a good link turns bad and
	// a bad one good. PGoodBad of 0 switches the model off.
	PGoodBad, PBadGood float64
	// LossBad and LossGood are the probabilities of loss in either state. LossBad
	// of 0 is 1.
	LossBad, LossGood float64
}

// withDefaults returns p with every default filled in.
func (p Profile) withDefaults() Profile {
	p.Delay, p.Jitter = max(p.Delay, 0), max(p.Jitter, 0)
	p.Rate, p.Overhead = max(p.Rate, 0), max(p.Overhead, 0)
	if p.QueueBytes <= 0 && p.QueuePackets <= 0 {
		p.QueuePackets = 1000
	}
	if p.ReorderDelay <= 0 {
		p.ReorderDelay = 10 * time.Millisecond
	}
	if p.Burst.LossBad == 0 {
		p.Burst.LossBad = 1
	}
	if p.Limit <= 0 {
		p.Limit = 65536
	}
	return p
}

// harmless reports whether p does nothing to any frame.
func (p *Profile) harmless() bool {
	return p.Delay <= 0 && p.Jitter <= 0 && p.Rate <= 0 && p.Loss <= 0 && p.Burst.PGoodBad <= 0 &&
		p.Reorder <= 0 && p.Duplicate <= 0 && p.Corrupt <= 0
}
