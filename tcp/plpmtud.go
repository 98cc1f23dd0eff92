package tcp

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// MTUProbing says when a connection looks for the path's MTU by itself, beyond what
// ICMP tells.
//
// RFC 4821.
type MTUProbing uint8

const (
	// ProbeBlackHole looks once full segments vanish without a word: some firewalls
	// drop the ICMP errors that path MTU discovery lives on.
	ProbeBlackHole MTUProbing = iota
	// ProbeAlways begins small and looks for the largest at once.
	ProbeAlways
	// ProbeOff trusts ICMP.
	ProbeOff
)

// mtuSearch is the search of one connection for the largest segment that arrives.
//
//	floor      low                probe          high
//	  |─────────|────────────────────|─────────────|
//	            known to arrive      in flight     not known not to
//
// Sizes are MSS: payload with options, as snd.mss.
//
// RFC 4821 §7.
type mtuSearch struct {
	low, high int
	ceiling   int // what the ends agreed upon
	probe     int // in flight; 0: none
	seq       Seq // where it begins
	end       Seq
	next      timers.Time // when to look again
}

// Constants of the search.
const (
	// blackHoleTimeouts in a row of a full segment make a black hole: RFC 4821 §7.7
	// leaves the number open; Linux takes three.
	blackHoleTimeouts = 3
	// baseMSS is what then is tried first: RFC 4821 §7.2 says about 1 KB.
	baseMSS = 1024
	// searchEnough ends the search when it is as near as this.
	searchEnough = 32
	// searchAgain is when a path is looked at again (RFC 4821 §7.5).
	searchAgain = 10 * time.Minute
	// searchFirst is when larger segments are tried after a black hole, which may have
	// been a false alarm.
	searchFirst = 10 * time.Second
	// searchPace is the least time between two probes.
	searchPace = time.Second
)

// floorMSS is what every path carries.
//
// RFC 9293 §3.7.1's default for IPv4, RFC 8200 §5 for IPv6. A floor keeps a forged error, or a
// search gone wrong, from doing harm.
func (p *PCB) floorMSS() int {
	if p.id.remote.Is6() {
		return 1280 - p.net.HeaderLen() - HeaderLen
	}
	return defaultMSS4
}

// blackHole makes segments smaller if full ones have timed out too often, and larger again
// if small ones do no better: then it is not their size.
//
// RFC 4821 §7.7.
func (p *PCB) blackHole(head *outSegment) {
	if p.t.cfg.MTUProbing == ProbeOff || !p.state.oneOf(synchronized) || p.snd.wnd == 0 {
		return
	}
	small := max(baseMSS, p.floorMSS())
	switch p.rec.tries {
	case blackHoleTimeouts:
		if int(head.n) < p.SegmentPayload()/2 {
			return
		}
	case 2 * blackHoleTimeouts:
		small = p.floorMSS()
	case 2*blackHoleTimeouts + 2:
		if p.mtu != nil {
			p.setMSS(p.mtu.high)
			p.mtu = nil
		}
		return
	default:
		return
	}
	if int(p.snd.mss) <= small || small < baseMSS && p.mtu == nil {
		return
	}
	if p.mtu == nil {
		p.mtu = &mtuSearch{high: int(p.snd.mss), ceiling: int(p.snd.mss)}
	}
	p.t.stats.BlackHoles++
	p.mtu.low, p.mtu.probe, p.mtu.seq = small, 0, 0
	p.mtu.next = p.t.q.Now().Add(searchFirst)
	p.setMSS(small)
}

// beginSearch begins small, if every connection is to look for itself.
func (p *PCB) beginSearch() {
	if p.t.cfg.MTUProbing != ProbeAlways || int(p.snd.mss) <= baseMSS {
		return
	}
	p.mtu = &mtuSearch{low: max(baseMSS, p.floorMSS()), high: int(p.snd.mss), ceiling: int(p.snd.mss)}
	p.snd.mss = uint16(p.mtu.low)
}

// setMSS changes the size of segments; larger ones in flight are cut, so that they can be
// sent again.
func (p *PCB) setMSS(mss int) {
	p.snd.mss = uint16(mss)
	if p.cc != nil {
		p.cc.SetMSS(p.SegmentPayload())
	}
}

// probeMTU makes the next segment a probe, if a search is on and it is time: larger than the
// others, made of payload that is due anyway, so that nothing is lost by it but a round
// trip. What follows it must be enough to notice its loss without a time-out.
//
// RFC 4821 §7.4, §7.6.1.
func (p *PCB) probeMTU() {
	m := p.mtu
	now := p.t.q.Now()
	if m == nil || m.probe != 0 || now < m.next || p.rec.mode != recNone || p.state != Established {
		return
	}
	if m.high-m.low < searchEnough && m.seq != 0 {
		// Found. The path may change: look above it later.
		m.high, m.seq = m.ceiling, 0
		m.next = now.Add(searchAgain)
		return
	}
	size := m.high // at first: it may have been a false alarm, or the path is whole again
	if m.seq != 0 {
		size = (m.low + m.high + 1) / 2
	}
	head := p.sendq.unsent
	payload := size - (int(p.snd.mss) - p.SegmentPayload())
	room := min(p.snd.usable(), p.cc.Window()-p.pipe())
	need := payload + (dupThresh+1)*p.SegmentPayload()
	if head == nil || p.sendq.end.Sub(head.seq) < need || room < need {
		return
	}
	if !p.t.join(&p.sendq, head, payload) {
		return
	}
	p.t.stats.MTUProbes++
	m.probe, m.seq, m.end = size, head.seq, head.end()
}

// isProbe reports whether s is the probe in flight, or about to be.
func (p *PCB) isProbe(s *outSegment) bool {
	return p.mtu != nil && p.mtu.probe != 0 && s.seq == p.mtu.seq
}

// probeLost narrows the search: the probe is sent again in smaller segments.
//
// RFC 4821 §7.6.2.
func (p *PCB) probeLost() {
	m := p.mtu
	m.high, m.probe = m.probe-1, 0
	m.next = p.t.q.Now().Add(searchPace)
}

// probeArrived takes the size of a probe that was acknowledged without being sent again.
//
// RFC 4821 §7.6.1.
func (p *PCB) probeArrived() {
	m := p.mtu
	if m == nil || m.probe == 0 || p.snd.una.Before(m.end) {
		return
	}
	m.low, m.probe = m.probe, 0
	if m.low == m.ceiling {
		p.mtu = nil
	}
	m.next = p.t.q.Now().Add(searchPace)
	p.setMSS(m.low)
}

// join makes s, which was never sent, n octets long by moving payload of the segments after
// it into it, and reports whether there was memory. Segments that become empty go.
func (t *Protocol) join(q *sendQueue, s *outSegment, n int) bool {
	if s.buf == nil || s.flags != s.flags&segPush || int(s.n) >= n {
		return false
	}
	wide := t.pool.AllocBytes(0, n)
	if wide == nil {
		return false
	}
	b := wide.Bytes()
	have := copy(b, s.buf.Bytes()[:s.n])
	for have < n {
		r := s.next
		if r == nil || r.buf == nil {
			break
		}
		k := copy(b[have:], r.buf.Bytes()[:r.n])
		have += k
		if k < int(r.n) || r.flags.has(segFIN) {
			r.buf.RemoveHeader(k)
			r.seq, r.n, r.summed = r.seq.Add(k), r.n-int32(k), false
			if r.n == 0 { // the FIN alone is left
				r.buf.Free()
				r.buf = nil
				break
			}
			continue
		}
		s.flags |= r.flags & segPush
		s.next = r.next
		if q.tail == r {
			q.tail = s
		}
		q.segs--
		t.freeSegment(r)
	}
	wide.Realloc(have)
	s.buf.Free()
	s.buf, s.n, s.summed = wide, int32(have), false
	return true
}
