package oracle

import "time"

var windowRules = []Rule{
	{ID: "win-exceeded", Title: "data beyond the peer's window", Section: "RFC 9293 §3.4, §3.8.6", Severity: Error, Whole: true},
	{ID: "win-shrunk", Title: "the window's right edge goes back", Section: "RFC 9293 §3.8.6 (SHLD-14)", Severity: Warning, Vantage: AtHost},
	{ID: "win-probe", Title: "zero window probes do not slow down", Section: "RFC 9293 §3.8.6.1 (SHLD-30)", Severity: Warning, Vantage: AtHost},
}

// checkWindow judges whether the peer has offered to take what a segment holds.
//
// One octet beyond is a probe (RFC 9293 §3.8.6.1), and a FIN takes no room.
func (f *flow) checkWindow(s *segment) {
	x := s.x
	end := s.data + int64(s.PayloadLen)
	if !x.edgeKnown || s.Flags.Has(SYN) || s.PayloadLen == 0 || end <= x.edge+1 {
		return
	}
	f.find(x, "win-exceeded", s.Packet, nil, "it ends %d octets beyond the greatest right edge that was offered", end-x.edge)
}

// checkShrunk judges the right edge that a segment offers. A window of zero is
// let pass: kernels that run out of memory have no other way. An edge goes back
// by less than the unit of a scaled window (RFC 7323 §2.4).
func (f *flow) checkShrunk(s *segment) {
	x := s.x
	if s.wnd <= 0 || x.advWnd <= 0 || s.Flags.Has(SYN) || s.ack < x.ack || !f.sentAfter(s, x.advStamp) {
		return
	}
	unit := int64(1) << max(x.scale(), 0)
	if back := x.advEdge - s.ack - s.wnd; back >= unit {
		f.find(x, "win-shrunk", s.Packet, nil, "the right edge goes back by %d octets", back)
	}
}

// probing is what a host does about a closed window.
type probing struct {
	probes  []probe
	probeAt int64 // SND.UNA at the first of them
}

type probe struct {
	at     time.Duration
	number int
}

// Probes that are this far apart are slow enough; as many intervals on end are
// looked at.
const (
	slowProbe      = 30 * time.Second
	probeIntervals = 4
)

// checkProbe judges the intervals between probes of a closed window.
func (f *flow) checkProbe(s *segment) {
	x, y := s.x, s.y
	if y.advWnd != 0 {
		x.probes = x.probes[:0]
		return
	}
	if s.Flags&(SYN|FIN|RST) != 0 || s.PayloadLen > 1 || !(s.lo == x.una-1 || s.lo == x.una && s.PayloadLen == 1) {
		return
	}
	if x.probeAt != x.una {
		x.probeAt, x.probes = x.una, x.probes[:0] // the peer took the last one
	}
	x.probes = append(x.probes, probe{s.At, s.Number})
	n := len(x.probes)
	if n < probeIntervals+1 {
		return
	}
	last := x.probes[n-probeIntervals-1:]
	var numbers []int
	for i := 1; i < len(last); i++ {
		d := last[i].at - last[i-1].at
		if d > slowProbe || i > 1 && d > (last[i-1].at-last[i-2].at)*6/5 {
			x.probes = append(x.probes[:0], x.probes[1:]...)
			return
		}
		numbers = append(numbers, last[i-1].number)
	}
	f.find(x, "win-probe", s.Packet, numbers, "%d probes in %v, none later than the one before", len(last), secs(s.At-last[0].at))
	x.probes = x.probes[:0]
}
