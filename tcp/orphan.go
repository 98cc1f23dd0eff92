package tcp

import "time"

// An orphan is a connection that its owner has closed and whose peer has not yet
// heard or acknowledged everything: memory that only the peer can free. They are
// bounded in number by Config.MaxOrphans, and in time: what is sent by the
// retransmission limit, FIN-WAIT-2, which sends nothing, by Config.FinWait2.

// orphaned are the states in which a closed connection is an orphan.
const orphaned states = 1<<FinWait1 | 1<<FinWait2 | 1<<Closing | 1<<LastAck | 1<<SynReceived

// adoptOrphan counts a connection that was closed, and reports whether there is
// room for it.
func (p *PCB) adoptOrphan() bool {
	if p.user.has(userOrphan) || !p.state.oneOf(orphaned) {
		return true
	}
	t := p.t
	if t.orphans >= t.cfg.MaxOrphans {
		t.stats.OrphansFull++
		return false
	}
	p.user |= userOrphan
	t.orphans++
	return true
}

// leaveOrphans stops counting a connection that ends, or enters TIME-WAIT.
func (p *PCB) leaveOrphans() {
	if p.user.has(userOrphan) {
		p.user &^= userOrphan
		p.t.orphans--
	}
}

// Orphans returns how many connections are closed and not at their end.
func (t *Protocol) Orphans() int { return t.orphans }

// SetFinWait2 sets how long the connection stays in FIN-WAIT-2 once it is closed:
// 0 for Config.FinWait2, negative not to stay at all but to reset it.
//
// TCP_LINGER2. RFC 9293 §3.10.4 knows no limit; a peer that never closes would hold
// the memory for ever.
func (p *PCB) SetFinWait2(d time.Duration) { p.more().finWait2 = d }

// FinWait2 returns how long the connection stays in FIN-WAIT-2; negative: not at
// all.
func (p *PCB) FinWait2() time.Duration {
	if d := p.settings().finWait2; d != 0 {
		return d
	}
	return p.t.cfg.FinWait2
}

// waitForFIN bounds FIN-WAIT-2 of a closed connection. It reports false if the
// connection is gone.
func (p *PCB) waitForFIN() bool {
	d := p.FinWait2()
	if d < 0 {
		p.sendRST()
		p.free(nil)
		return false
	}
	p.arm(tEnd, d)
	return true
}
