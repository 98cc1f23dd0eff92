package main

import (
	"fmt"
	"io"
	"time"
)

// report prints what a transfer took, from the sender's and the link's
// counters.
func report(w io.Writer, p *pair, r *result) {
	st := p.far.Stats().TCP
	link := p.link.Stats()
	fmt.Fprintf(w, "sha256    %x, equal on both sides\n", r.sum)
	fmt.Fprintf(w, "goodput   %s in %v\n", speed(r.bytes, r.elapsed), r.elapsed.Round(time.Millisecond))
	fmt.Fprintf(w, "sender    %d segments, %d sent again (%s), %d fast recoveries, %d timeouts\n",
		st.SegmentsOut, st.Retransmits, share(st.Retransmits, st.SegmentsOut), st.FastRetransmits, st.Timeouts)
	fmt.Fprintf(w, "link      %d packets to the receiver, %d lost, %d reordered; %d back, %d lost, %d reordered\n",
		link.In.Frames, link.In.Lost+link.In.QueueDropped, link.In.Reordered,
		link.Out.Frames, link.Out.Lost+link.Out.QueueDropped, link.Out.Reordered)
	if i := r.sender; i.RTT > 0 {
		fmt.Fprintf(w, "rtt       %v smoothed, %v least, timeout %v; window %v; mss %d\n",
			i.RTT.Round(time.Microsecond), i.MinRTT.Round(time.Microsecond), i.RTO.Round(time.Millisecond), size(i.Cwnd), i.MSS)
	}
}

func share(n, of uint64) string {
	if of == 0 {
		return "0%"
	}
	return probability(float64(n) / float64(of)).String()
}
