package tcp

// frto is how far F-RTO is: after a time-out it looks at the next two ACKs before
// it believes that everything is lost.
//
//	time-out: the first segment is sent again            frtoOff → frtoFirst
//	1st ACK:  advances, and there is new data to send    → frtoSend, two segments
//	2nd ACK:  delivers something that was sent once      the time-out was spurious
//	          anything else                              → frtoOff: everything again
//
// RFC 5682 §3.1 (the variant with SACK).
type frto uint8

const (
	frtoOff   frto = iota
	frtoFirst      // the first ACK after the time-out is awaited
	frtoSend       // two new segments are to be sent
	frtoSent       // they are, and the second ACK is awaited
)

// frtoSegments is how much new data is sent in place of what may be lost.
const frtoSegments = 2

// frtoOnACK takes an ACK into account. advanced says that SND.UNA moved. It
// reports whether the time-out turned out to be spurious.
//
// RFC 5682 §3.1, steps 2 and 3.
func (p *PCB) frtoOnACK(advanced bool) bool {
	r := &p.rec
	switch r.frto {
	case frtoOff:
	case frtoFirst:
		r.frto = frtoOff
		if s := p.sendq.unsent; advanced && p.snd.una.Before(r.recover) && s != nil && s.seqLen() <= p.snd.usable() {
			r.frto = frtoSend
		}
	case frtoSend, frtoSent:
		orig := p.sendq.board.news.orig
		r.frto = frtoOff
		return orig
	}
	return false
}

// frtoOutput sends two segments of new data instead of what is taken for lost,
// whatever the congestion window.
//
// RFC 5682 §3.1, step 2b.
func (p *PCB) frtoOutput() {
	if p.rec.frto != frtoSend {
		return
	}
	for range frtoSegments {
		s := p.sendq.unsent
		if s == nil || s.seqLen() > p.snd.usable() || !p.worthSending(s) || !p.sendNew(s) {
			break
		}
	}
	p.rec.frto = frtoSent
}
