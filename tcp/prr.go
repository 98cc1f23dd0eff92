package tcp

// prr spreads the reduction of the window over a fast recovery: instead of
// silence first and a burst then, something is sent for each ACK.
//
// RFC 9937 §6.
type prr struct {
	cwnd      int // what may fly, now
	delivered int // prr_delivered
	out       int // prr_out
	flight    int // RecoverFS
}

// start begins a recovery with so much in flight, of which delivered bytes are
// reported by the ACK that began it.
func (r *prr) start(flight int) { *r = prr{flight: max(flight, 1)} }

// onACK sets the window after an ACK, or after something was taken for lost, with
// pipe bytes in flight. safe says that the ACK advances SND.UNA and indicates no
// further loss.
//
// RFC 9937 §6.2: conservative reduction bound, or with a safe ACK slow start
// reduction bound.
func (r *prr) onACK(delivered, pipe, ssthresh, mss int, safe bool) {
	r.delivered += delivered
	var n int
	if pipe > ssthresh {
		n = (r.delivered*ssthresh+r.flight-1)/r.flight - r.out
	} else {
		n = max(r.delivered-r.out, delivered)
		if safe {
			n += mss
		}
		n = min(ssthresh-pipe, n)
	}
	if r.out == 0 {
		n = max(n, mss) // the fast retransmit
	}
	r.cwnd = pipe + max(n, 0)
}

// window returns how many bytes may fly.
func (p *PCB) window() int {
	if b := p.sendq.board; b != nil && p.rec.mode == recFast && p.sendq.pace == nil {
		return b.prr.cwnd
	}
	return p.cc.Window()
}

// spend counts n bytes sent against the recovery's budget.
func (p *PCB) spend(n int) {
	if b := p.sendq.board; b != nil && p.rec.mode == recFast {
		b.prr.out += n
	}
}
