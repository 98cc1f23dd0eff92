package tcp

import "time"

// armPersist arms the persist timer: the RTO or what is configured, doubled with
// each probe.
//
// RFC 9293 §3.8.6.1 (SHLD-29, SHLD-30).
func (p *PCB) armPersist() {
	cfg := &p.t.cfg
	d := cfg.MinPersist
	if d == 0 {
		d = max(p.rtt.rto, time.Millisecond)
	}
	for range p.rec.backoff {
		if d *= 2; d >= cfg.MaxPersist {
			break
		}
	}
	if cfg.LastWait > 0 && int(p.rec.tries) >= cfg.MaxRetransmits {
		d = cfg.LastWait
	}
	p.arm(tPersist, min(d, cfg.MaxPersist))
}

// onPersist probes the peer's window: with what fits if the window is open but
// small, with one octet if it is closed. The octet is a segment of its own that
// stays in flight; only the persist timer sends it again.
//
// RFC 9293 §3.8.6.1 (MUST-35, MUST-36): "at least one octet of new data".
func (p *PCB) onPersist() {
	head := p.sendq.head
	if head == nil || p.givenUp(head) {
		return
	}
	if p.rec.backoff < 255 {
		p.rec.backoff++
	}
	if p.rec.tries < 255 {
		p.rec.tries++
	}
	p.t.stats.Probes++
	if head == p.sendq.unsent {
		if n := max(p.snd.usable(), 1); int(head.n) > n {
			p.t.split(&p.sendq, head, n)
		}
		p.sendNew(head)
	} else {
		p.resend(head)
	}
	if p.snd.usable() <= 0 && p.snd.wnd == 0 {
		p.stop(tRexmit)
		p.armPersist()
	}
}
