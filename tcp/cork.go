package tcp

import "time"

// corkLimit is how long a partial segment is held back for More or Cork.
const corkLimit = 200 * time.Millisecond

// holding reports whether the application has said that more will follow what it
// has written: a segment that is not full waits for it, and has no PSH.
func (p *PCB) holding() bool {
	return (p.opts.Has(Cork) || p.buffers.has(moreToCome)) && !p.buffers.has(heldEnough)
}

// heldBack reports whether the last segment, which is not full, waits for more.
// It waits corkLimit at most, and not if there is no room for more.
func (p *PCB) heldBack() bool {
	if !p.holding() || p.sendq.bytes >= int(p.sendBuf) {
		return false
	}
	if !p.isArmed(tCork) {
		p.arm(tCork, corkLimit)
	}
	return true
}

// noteMore takes the flags of a Write, before the payload is queued.
func (p *PCB) noteMore(f WriteFlags) {
	if p.sendq.unsent == nil {
		p.buffers &^= heldEnough
		if p.isArmed(tCork) {
			p.stop(tCork)
		}
	}
	p.buffers &^= moreToCome
	if f&More != 0 {
		p.buffers |= moreToCome
	}
}

// onCork lets go what has been held back long enough.
func (p *PCB) onCork() {
	if p.sendq.unsent != nil {
		p.buffers |= heldEnough
	}
}

// Push lets go what More or Cork holds back.
func (p *PCB) Push() {
	p.onCork()
	p.t.markDirty(p)
}
