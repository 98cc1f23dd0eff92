package oracle

import "time"

// Report is what a capture holds.
type Report struct {
	// Packets and Bytes count what was captured, Bytes as on the wire.
	Packets int   `json:"packets"`
	Bytes   int64 `json:"bytes"`
	// Start and End are the times of the first and the last packet.
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// TCP, ARP and ND count packets that were judged.
	TCP int `json:"tcp"`
	ARP int `json:"arp"`
	ND  int `json:"nd"`
	// Other counts packets of other protocols, Fragments IP fragments, whose
	// payload is not looked at, Malformed what does not parse up to its ports.
	Other     int `json:"other"`
	Fragments int `json:"fragments"`
	Malformed int `json:"malformed"`
	// Truncated counts packets of which the capture has only a part.
	Truncated int `json:"truncated"`
	// CutOff says that the file ends within a packet.
	CutOff bool `json:"cut_off,omitempty"`
	// Flows are the connections, in the order in which they ended. FlowCount is
	// how many there were, also beyond Options.MaxFlowList.
	Flows     []Flow `json:"flows"`
	FlowCount int    `json:"flow_count"`
	// Suppressed counts findings by rule that are not listed, beyond
	// Options.PerRule.
	Suppressed map[string]int `json:"suppressed,omitempty"`
}

// Flow is one connection in a capture.
type Flow struct {
	// First is the number of its first packet, Packets how many it has.
	First   int `json:"first"`
	Packets int `json:"packets"`
	// Start is when it was first seen, Duration how long.
	Start    time.Time     `json:"start"`
	Duration time.Duration `json:"duration_ns"`
	// A is who was seen first: the client, if Opening is in the capture.
	A       Endpoint `json:"a"`
	B       Endpoint `json:"b"`
	Opening bool     `json:"opening"`
	// Missing counts the holes that the capture itself has.
	Missing int `json:"missing,omitempty"`
}

// Endpoint is one side of a Flow.
type Endpoint struct {
	Addr string `json:"addr"`
	// Segments and Bytes count what it sent; Bytes is payload, each octet once.
	Segments int   `json:"segments"`
	Bytes    int64 `json:"bytes"`
	// Resent counts segments with payload that was seen before.
	Resent int `json:"resent,omitempty"`
	// Near says that the capture was taken next to it.
	Near bool `json:"near"`
	// Answers is the least time that it took to answer, as seen at the capture.
	Answers time.Duration `json:"answers_ns"`
}

// count enters a packet.
func (r *Report) count(p *Packet) {
	t := time.Unix(0, int64(p.At)).UTC()
	if r.Packets == 0 {
		r.Start = t
	}
	r.End = t
	r.Packets++
	r.Bytes += int64(p.Len)
	if p.CapLen < p.Len {
		r.Truncated++
	}
	switch p.Kind {
	case TCP:
		r.TCP++
	case ARP:
		r.ARP++
	case ICMPv6:
		if p.ICMPType >= ndRouterSolicit && p.ICMPType <= ndRedirect {
			r.ND++
		} else {
			r.Other++
		}
	case Other:
		r.Other++
	case Fragment:
		r.Fragments++
	case Malformed:
		r.Malformed++
	}
}
