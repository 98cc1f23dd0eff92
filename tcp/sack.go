package tcp

// sackBlocks writes the blocks of the next ACK into dst, a duplicate first, and
// returns how many there are.
//
// RFC 2018 §4, RFC 2883 §4. With timestamps three blocks fit, without four.
func (p *PCB) sackBlocks(dst []sackBlock) int {
	if !p.features.has(useSACK) {
		return 0
	}
	n := 0
	if p.features.has(useTimestamps) {
		dst = dst[:maxSACKBlocks-1]
	}
	if p.todo.dsack {
		dst[0] = p.todo.dup
		n = 1
	}
	if len(p.reasm.pieces) > 0 {
		n += p.reasm.blocks(dst[n:])
	}
	return n
}

// reportDuplicate makes the next ACK report the segment as received twice.
//
// RFC 2883 §4.
func (p *PCB) reportDuplicate(seg *Segment) {
	if seg.Len > 0 {
		p.reportPart(sackBlock{seg.Seq, seg.Seq.Add(seg.Len)})
	}
}

// reportPart makes the next ACK report the range as received twice.
func (p *PCB) reportPart(b sackBlock) {
	if p.features.has(useSACK) && !p.t.cfg.NoDSACK && !p.todo.dsack {
		p.todo.dsack, p.todo.dup = true, b
	}
}

// reportWaiting makes the next ACK report the first part of n octets from seq
// that waits already.
//
// RFC 2883 §4.2.
func (p *PCB) reportWaiting(seq Seq, n int) {
	if b, ok := p.reasm.duplicate(seq, seq.Add(n)); ok {
		p.reportPart(b)
	}
}
