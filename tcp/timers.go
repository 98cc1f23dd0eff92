package tcp

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// timerKind is one of a connection's deadlines.
//
//	kind       armed by                         stopped by              file
//	tLoss      a segment sent, or overtaken     ACKs of it, a recovery  tlp.go, rack.go
//	tRexmit    a segment sent                   everything acked        retransmit.go
//	tPersist   the peer's window too small      the window opens        persist.go
//	tDelack    a segment received               any ACK sent            delack.go
//	tKeep      ESTABLISHED with KeepAlive       leaving ESTABLISHED     keepalive.go
//	tEnd       FIN-WAIT-2, TIME-WAIT, LAST-ACK  leaving the state       close.go
//	           and SYN-RECEIVED (if configured)
//	tOutput    the driver's queue was full      the next output         output.go
//	tCork      a partial segment held back      the next Write          cork.go
//	tPace      a burst has gone                 -                       pacing.go
type timerKind uint8

const (
	tLoss timerKind = iota // before tRexmit: of the two, the gentler first
	tRexmit
	tPersist
	tDelack
	tKeep
	tEnd
	tOutput
	tCork
	tPace
	numTimers
)

// pcbTimers are a connection's deadlines on one entry of the stack's queue,
// which stands at the earliest of them or before.
type pcbTimers struct {
	timer timers.Timer
	at    [numTimers]timers.Time // 0: not armed
	armed uint16                 // bit set over timerKind
}

// arm sets a deadline of p to d from now.
func (p *PCB) arm(k timerKind, d time.Duration) {
	t := &p.timers
	at := p.t.q.Now().Add(d)
	t.at[k] = at
	t.armed |= 1 << k
	if at < t.timer.Deadline() {
		p.t.q.Arm(&t.timer, at)
	}
}

// stop clears a deadline of p.
func (p *PCB) stop(k timerKind) {
	t := &p.timers
	t.armed &^= 1 << k
	t.at[k] = 0
	if t.armed == 0 {
		p.t.q.Stop(&t.timer)
	}
}

// isArmed reports whether the deadline is set.
func (p *PCB) isArmed(k timerKind) bool { return p.timers.armed&(1<<k) != 0 }

// onTimer runs what is due and arms the queue's entry for what is not.
func (p *PCB) onTimer() {
	t := &p.timers
	now := p.t.q.Now()
	for k := range numTimers {
		if t.armed&(1<<k) == 0 || t.at[k] > now {
			continue
		}
		p.stop(k)
		switch k {
		case tLoss:
			p.onLossTimer()
		case tRexmit:
			p.onRexmit()
		case tPersist:
			p.onPersist()
		case tDelack:
			p.onDelack()
		case tKeep:
			p.onKeep()
		case tEnd:
			p.onEnd()
		case tOutput:
		case tCork:
			p.onCork()
		case tPace:
		case numTimers:
		}
		if p.state == Closed {
			return
		}
		p.t.markDirty(p)
	}
	next := timers.Never
	for k := range numTimers {
		if t.armed&(1<<k) != 0 {
			next = min(next, t.at[k])
		}
	}
	if next != timers.Never {
		p.t.q.Arm(&t.timer, next)
	}
}
