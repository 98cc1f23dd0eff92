package tcp

// Priorities of connections, for stacks with few PCBs: when all are in use, one of
// lower priority gives way to a new one.
//
// lwIP: TCP_PRIO_MIN, TCP_PRIO_NORMAL, TCP_PRIO_MAX.
const (
	PriorityMin    = 1
	PriorityNormal = 64
	PriorityMax    = 127
)

// SetPriority sets the connection's priority, held to PriorityMin and PriorityMax.
// What a listener accepts has its listener's.
//
// lwIP: tcp_setprio.
func (p *PCB) SetPriority(prio int) {
	if p.Ended() {
		return
	}
	p.t.prios[p.prio]--
	p.prio = uint8(min(max(prio, PriorityMin), PriorityMax))
	p.t.prios[p.prio]++
}

// Priority returns the connection's priority.
func (p *PCB) Priority() int { return int(p.prio) }

// maxEvictionScan is how many connections are looked at for one to end: among more,
// the choice is the best of a part, which goes round the table.
const maxEvictionScan = 4096

// makeRoom ends a connection for a new one of priority prio, and reports whether it
// found one: the oldest in TIME-WAIT; else one that its owner has closed and that
// only waits for the peer's last ACK; else the one of the lowest priority, below
// prio, that was idle for longest. The ended one's peer is told, and its owner.
//
// lwIP: tcp_alloc, tcp_kill_timewait, tcp_kill_state, tcp_kill_prio.
func (t *Protocol) makeRoom(prio uint8) bool {
	if t.evictTimeWait() {
		return true
	}
	var victim *PCB
	for _, s := range [...]State{LastAck, Closing} {
		if victim == nil && t.count[s] > 0 {
			victim = t.oldest(func(p *PCB) bool { return p.state == s && p.user.has(userGone) })
		}
	}
	for low := uint8(PriorityMin); victim == nil && low < prio; low++ {
		if t.prios[low] > 0 {
			victim = t.oldest(func(p *PCB) bool { return p.prio == low })
		}
	}
	if victim == nil {
		return false
	}
	t.stats.Evicted++
	victim.kill(ErrAborted)
	return true
}

// oldest returns the connection that may be ended and was not heard of for longest,
// among those that are looked at, or nil.
func (t *Protocol) oldest(may func(*PCB) bool) (victim *PCB) {
	b := &t.conns
	seen := 0
	for i := 0; i < len(b.slots) && seen < maxEvictionScan; i++ {
		t.evictHand = (t.evictHand + 1) % len(b.slots)
		for p := b.slots[t.evictHand]; p != nil; p = p.chain {
			seen++
			if may(p) && (victim == nil || p.lastRecv < victim.lastRecv) {
				victim = p
			}
		}
	}
	return victim
}
