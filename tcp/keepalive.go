package tcp

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// keepAlive are a connection's own keep-alive settings.
type keepAlive struct {
	idle, interval time.Duration
	count          int
}

// keepProbes counts the probes that the peer has not answered.
type keepProbes struct {
	heard timers.Time // PCB.lastRecv when the first was sent
	sent  int32
}

// keepStates are the states in which an idle peer is probed.
//
// Deviation: lwIP probes in ESTABLISHED and CLOSE-WAIT only; FIN-WAIT-2 of a
// connection that still reads can last as long. Pinned by TestKeepAliveFinWait2.
const keepStates states = 1<<Established | 1<<CloseWait | 1<<FinWait1 | 1<<FinWait2

// SetKeepAlive sets after how long an idle peer is probed, how often, and how
// many probes it may leave unanswered; zero keeps a setting.
//
// RFC 9293 §3.8.4 (MUST-24 to MUST-28); lwIP: keep_idle, keep_intvl, keep_cnt.
func (p *PCB) SetKeepAlive(idle, interval time.Duration, count int) {
	k := p.keepSettings()
	if idle > 0 {
		k.idle = idle
	}
	if interval > 0 {
		k.interval = interval
	}
	if count > 0 {
		k.count = count
	}
	p.more().keep = k
	if p.opts.Has(KeepAlive) && p.state.oneOf(keepStates) {
		p.armKeep()
	}
}

// KeepAliveTimes returns what SetKeepAlive set, or the defaults.
func (p *PCB) KeepAliveTimes() (idle, interval time.Duration, count int) {
	k := p.keepSettings()
	return k.idle, k.interval, k.count
}

func (p *PCB) keepSettings() keepAlive {
	c := &p.t.cfg
	if p.own == nil || p.own.keep == (keepAlive{}) {
		return keepAlive{c.KeepIdle, c.KeepInterval, c.KeepCount}
	}
	return p.own.keep
}

// armKeep arms the timer for the end of the idle time.
func (p *PCB) armKeep() { p.arm(tKeep, p.keepSettings().idle) }

// onKeep looks whether the peer was heard of in time. If not, it sends a probe:
// an old sequence number that the peer must answer.
//
// RFC 9293 §3.8.4.
func (p *PCB) onKeep() {
	if !p.state.oneOf(keepStates) {
		return
	}
	k := p.keepSettings()
	silent := p.t.q.Now().Sub(p.lastRecv)
	if silent < k.idle {
		p.arm(tKeep, k.idle-silent)
		return
	}
	if p.sendq.head != nil && (p.isArmed(tRexmit) || p.isArmed(tPersist)) {
		p.arm(tKeep, k.interval) // retransmissions and window probes do it already
		return
	}
	if p.probing.heard != p.lastRecv {
		p.probing = keepProbes{heard: p.lastRecv}
	}
	if int(p.probing.sent) >= k.count {
		p.kill(ErrTimeout)
		return
	}
	p.probing.sent++
	p.t.stats.KeepAlives++
	p.sendEmpty(p.snd.nxt.Add(-1), ACK)
	p.arm(tKeep, k.interval)
}
