package cc

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// Params are what a controller starts with.
type Params struct {
	MSS           int // payload bytes of a full segment
	InitialWindow int // bytes
	// Seed makes a controller that needs chance differ from others. Default 0.
	Seed uint64
}

// Ack describes an ACK of new data.
//
// Each byte is in Acked once, so that a controller can tell round trips: one is over
// when the Flight of its first ACK has been Acked.
type Ack struct {
	Now    timers.Time
	Acked  int           // bytes newly acknowledged, or newly known to have arrived
	Flight int           // bytes in flight before this ACK
	RTT    time.Duration // of the newest segment acknowledged; 0: no sample
	// Limited says that the window, not the application or the peer, held the
	// sender back since the last ACK.
	Limited bool
	// Recovering says that a fast recovery goes on.
	Recovering bool
}

// Kind is how a loss was noticed.
type Kind uint8

const (
	FastRetransmit Kind = iota // duplicate ACKs: once a window
	Timeout                    // the retransmission timer
	ECN                        // congestion experienced
	Spurious                   // the last loss was none: undo
)

// Loss describes a congestion event.
type Loss struct {
	Now    timers.Time
	Kind   Kind
	Flight int // bytes in flight when the loss was noticed
	Pipe   int // bytes that are taken to be in flight still
	// Again says that the same data timed out before.
	Again bool
}

// Controller decides how many bytes may fly. Arguments are passed by value; no
// method allocates.
type Controller interface {
	// Name is the name for TCP_CONGESTION.
	Name() string
	// Window returns the congestion window in bytes.
	Window() int
	// SlowStartThreshold returns ssthresh in bytes, for statistics.
	SlowStartThreshold() int
	// OnAck is told of each ACK of new data. In a fast recovery by SACK the window
	// must not grow by it.
	OnAck(Ack)
	// OnLoss is told of each congestion event.
	OnLoss(Loss)
	// OnRecovered is told that everything outstanding at the last OnLoss was
	// acknowledged.
	OnRecovered(now timers.Time)
	// OnIdle is told that sending resumes after at least one RTO of silence.
	OnIdle(now timers.Time)
	// SetMSS changes the segment size.
	SetMSS(mss int)
}
