package ping

import (
	"math"
	"net/netip"
	"time"
)

// Profile is what a session has done so far.
//
// ESP-IDF: esp_ping_get_profile.
type Profile struct {
	Target netip.Addr
	// Seq is the latest request's sequence number; the first is 1.
	Seq uint16
	// Size is the payload of each request in bytes.
	Size int
	// Sent counts requests, Replies answers in time, TimedOut requests without
	// one, Errors requests answered by an ICMP error.
	Sent, Replies, TimedOut, Errors int
	// SendFailed counts requests that the stack refused; they are not Sent.
	SendFailed int
	// Duplicates counts further replies to a request, Late those after its
	// timeout, Corrupt those whose payload is not ours.
	Duplicates, Late, Corrupt int
	// RTT is the latest round-trip time, Min, Avg, Max and Deviation are those of
	// all replies; Deviation is the standard deviation.
	RTT, Min, Avg, Max, Deviation time.Duration
	// Duration is from the first request to the end, or to now.
	Duration time.Duration
}

// Loss returns the share of requests without reply, in [0, 1].
func (p Profile) Loss() float64 {
	if p.Sent == 0 {
		return 0
	}
	return 1 - float64(p.Replies)/float64(p.Sent)
}

// rtts sums up round-trip times, in seconds.
type rtts struct{ sum, squares float64 }

// add folds the reply time rtt into p, whose Replies counts it already.
func (r *rtts) add(p *Profile, rtt time.Duration) {
	s := rtt.Seconds()
	r.sum += s
	r.squares += s * s
	n := float64(p.Replies)
	mean := r.sum / n
	p.RTT = rtt
	p.Avg = seconds(mean)
	p.Deviation = seconds(math.Sqrt(max(0, r.squares/n-mean*mean)))
	p.Max = max(p.Max, rtt)
	if p.Replies == 1 || rtt < p.Min {
		p.Min = rtt
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
