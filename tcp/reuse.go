package tcp

// maxFreePCBs bounds the PCBs kept for reuse.
const maxFreePCBs = 256

// Release is Close by an owner that will not touch the PCB again: when the
// connection has ended, its memory serves another one. A short connection then
// leaves next to nothing to the garbage collector.
//
// The owner hears nothing any more. lwIP frees every PCB that is closed.
func (p *PCB) Release() {
	p.up = nobody{}
	p.user |= userReleased
	p.Close()
}

// retire takes a released PCB that has ended for reuse. Until the end of the batch
// it may still be on a list, or in the hands of whoever called free.
func (t *Protocol) retire(p *PCB) {
	if p.user.has(userReleased) && !p.user.has(userForeign) {
		p.chain, t.ended = t.ended, p
	}
}

// reclaim makes the PCBs that retire took free. The caller has emptied all lists.
func (t *Protocol) reclaim() {
	for p := t.ended; p != nil; p = t.ended {
		t.ended = p.chain
		if t.nfree >= maxFreePCBs {
			p.chain = nil
			continue
		}
		*p = PCB{timers: pcbTimers{timer: p.timers.timer}, chain: t.free}
		t.free = p
		t.nfree++
	}
}

// blank returns a PCB of zeros whose timer is set up.
func (t *Protocol) blank() *PCB {
	p := t.free
	if p == nil {
		p = new(PCB)
		p.timers.timer.Init(p.onTimer)
		return p
	}
	t.free = p.chain
	t.nfree--
	p.chain = nil
	return p
}
