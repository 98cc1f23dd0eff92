package tcp

import (
	"time"

	"github.com/golwip/lwip/timers"
)

// board is what a sender with SACK keeps while anything is out of order, lost or
// sent again: a connection without losses has none. It comes from the Protocol's
// free list and goes back when all that it is about has been acknowledged.
//
//	          ┌─ranges─┐         ┌ranges┐
//	SND.UNA   ▼        ▼         ▼      ▼   SND.NXT
//	   ├──1──┼──2──┼──3──┼──4──┼──5──┼──6──┤
//	   hole   sacked       hole   sacked
//
// The peer's blocks are taken segment by segment: what covers a part of one says
// nothing, so that blocks cut no segment up and there are no more ranges than
// segments (CVE-2019-11477, CVE-2019-11478). A block is found by binary search,
// and only what it adds to the ranges is walked.
//
// RFC 2018 §5, RFC 6675 §3, RFC 8985 §6.
type board struct {
	free *board // in the Protocol's list

	index  []indexEntry // segments in flight by sequence number
	low    int          // index[:low] is acknowledged
	ranges []sackBlock  // what the peer has, sorted, none touching another
	segs   int          // segments in them
	credit int          // payload reported that the controller has not been told of
	until  Seq          // keep the board until this is acknowledged

	// In the order of transmission: what may be taken for lost (rack.go).
	oldest, newest *outSegment

	rack rack
	prr  prr
	undo undo
	news ackNews
}

// indexEntry is a segment and where it began when it was entered.
type indexEntry struct {
	seq Seq
	s   *outSegment
}

// ackNews gathers what one ACK says.
type ackNews struct {
	now      timers.Time
	ecr      uint32 // its timestamp echo
	hasEcr   bool   // there is one
	tsOffset uint32
	minRTT   time.Duration
	recover  Seq         // of a recovery that lasts
	orig     bool        // of what it delivers, something was sent once, and before recover
	sacked   int         // payload newly reported in blocks
	sackedAt timers.Time // when the last of it was sent that was sent once; 0: none
}

// before reports whether the ACK was sent for something sent before at, as its
// timestamp tells: what was sent again at that time is not what has arrived.
//
// RFC 3522 §3.2, step 4.
func (a *ackNews) before(at timers.Time) bool {
	return a.hasEcr && int32(a.ecr-(uint32(at/1e6)+a.tsOffset)) < 0
}

// boardsKept bounds the free list of boards, boardKept the entries of one.
const (
	boardsKept = 256
	boardKept  = 4096
)

// openBoard gives the connection a board if it has none.
func (p *PCB) openBoard() *board {
	q := &p.sendq
	if q.board != nil {
		return q.board
	}
	b := p.t.boards
	if b != nil {
		p.t.boards, b.free = b.free, nil
		p.t.nboards--
	} else {
		b = new(board)
	}
	b.until = p.snd.nxt
	b.rack.fack = p.snd.una
	b.news = p.ackNews(nil)
	q.board = b
	for s := q.head; s != q.unsent; s = s.next {
		s.prevSent, s.nextSent = nil, nil
		if s.flags&segSacked == 0 && s.flags&(segLost|segFlying) != segLost {
			b.enlist(s)
		}
	}
	return b
}

// ackNews returns what is known of an ACK before anything of it was taken.
func (p *PCB) ackNews(seg *Segment) ackNews {
	a := ackNews{now: p.t.q.Now(), minRTT: p.rtt.min, recover: p.rec.recover, tsOffset: p.tsOffset}
	if seg != nil && p.features.has(useTimestamps) && seg.opt.has(hasTimestamp) && seg.opt.tsecr != 0 {
		a.ecr, a.hasEcr = seg.opt.tsecr, true
	}
	return a
}

// closeBoard gives the board back.
func (t *Protocol) closeBoard(q *sendQueue) {
	b := q.board
	if b == nil {
		return
	}
	q.board = nil
	index, ranges := b.index[:0], b.ranges[:0]
	clear(b.index)
	if t.nboards >= boardsKept {
		return
	}
	if cap(index) > boardKept {
		index, ranges = nil, nil
	}
	*b = board{index: index, ranges: ranges, free: t.boards, undo: undo{resent: b.undo.resent[:0]}}
	t.boards = b
	t.nboards++
}

// takeSACK enters the blocks of an ACK, SEG.ACK of which was taken already, and
// reports whether they say anything new. A block outside of what is in flight,
// or empty, is ignored, as is one that reports a duplicate (see duplicateBlock).
//
// RFC 2018 §4, §5; RFC 6675 §2: "SACK information" is what a receiver may send.
func (p *PCB) takeSACK(seg *Segment) bool {
	o := &seg.opt
	if o.nsack == 0 {
		return false
	}
	p.t.stats.SACKs++
	var blocks [maxSACKBlocks]sackBlock
	n := 0
	for i, b := range o.sack[:o.nsack] {
		if i == 0 && p.isDuplicate(seg) {
			continue
		}
		if b.right.AtMost(p.snd.una) && b.left.Before(b.right) {
			continue // of an ACK that was overtaken
		}
		if b.left.Before(p.snd.una) && seg.Ack.Before(p.snd.una) {
			b.left = p.snd.una
		}
		if !b.left.Before(b.right) || b.left.Before(p.snd.una) || b.right.After(p.snd.nxt) {
			p.t.stats.BadSACK++
			continue
		}
		at := n // by sequence number, as RACK wants them
		for ; at > 0 && b.left.Before(blocks[at-1].left); at-- {
			blocks[at] = blocks[at-1]
		}
		blocks[at] = b
		n++
	}
	if n == 0 {
		return false
	}
	board := p.openBoard()
	before := board.segs
	for _, b := range blocks[:n] {
		board.enter(&p.sendq, b)
	}
	return board.segs != before
}

// isDuplicate reports whether the first block tells of a segment that came twice:
// it lies below SEG.ACK or within the second block.
//
// RFC 2883 §4.1, §4.2.
func (p *PCB) isDuplicate(seg *Segment) bool {
	o := &seg.opt
	if o.nsack == 0 {
		return false
	}
	b := o.sack[0]
	if !b.left.Before(b.right) || b.right.After(p.snd.nxt) {
		return false
	}
	if b.right.AtMost(seg.Ack) {
		return b.left.AtLeast(seg.Ack.Add(-int(p.snd.maxWnd)))
	}
	return o.nsack > 1 && b.left.AtLeast(o.sack[1].left) && b.right.AtMost(o.sack[1].right)
}

// enter marks the segments that x covers wholly.
func (b *board) enter(q *sendQueue, x sackBlock) {
	// The ranges that x touches are [i, j).
	i := b.search(x.left)
	if i < len(b.ranges) && b.ranges[i].left.AtMost(x.left) && b.ranges[i].right.AtLeast(x.right) {
		return // known: so it is with most
	}
	b.reindex(q)
	whole := sackBlock{x.right, x.left} // empty
	at, j := x.left, i
	for ; j < len(b.ranges) && b.ranges[j].left.AtMost(x.right); j++ {
		r := b.ranges[j]
		b.mark(q, at, r.left, &whole)
		whole.cover(r)
		at = r.right
	}
	if at.Before(x.right) {
		b.mark(q, at, x.right, &whole)
	}
	if whole.left.Before(whole.right) {
		b.splice(i, j, whole)
	}
}

// search returns the first range that ends at seq or after it.
func (b *board) search(seq Seq) int {
	lo, hi := 0, len(b.ranges)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if b.ranges[m].right.Before(seq) {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// splice puts r in the place of the ranges [i, j).
func (b *board) splice(i, j int, r sackBlock) {
	switch {
	case i == j:
		b.ranges = append(b.ranges, sackBlock{})
		copy(b.ranges[i+1:], b.ranges[i:])
	case j > i+1:
		b.ranges = append(b.ranges[:i+1], b.ranges[j:]...)
	}
	b.ranges[i] = r
}

// cover extends x, if need be, to r.
func (x *sackBlock) cover(r sackBlock) {
	if !x.left.Before(x.right) {
		*x = r
		return
	}
	if r.left.Before(x.left) {
		x.left = r.left
	}
	if r.right.After(x.right) {
		x.right = r.right
	}
}

// mark marks the segments that lie wholly in [from, to), none of which is marked
// yet, and extends whole to them.
func (b *board) mark(q *sendQueue, from, to Seq, whole *sackBlock) {
	s := b.find(from)
	if s != nil && s.seq.Before(from) {
		s = s.next
	}
	for ; s != nil && s != q.unsent && s.end().AtMost(to); s = s.next {
		whole.cover(sackBlock{s.seq, s.end()})
		if s.flags.has(segSacked) {
			continue
		}
		b.arrived(s)
		q.pace.delivered(s, b.news.now)
		a := &b.news
		a.sacked += int(s.n)
		if !s.flags.has(segAgain) { // Karn
			a.sackedAt = max(a.sackedAt, s.sentAt)
		}
		q.unmark(s)
		s.flags = s.flags&^segLost | segSacked
		q.sacked += s.seqLen()
		b.segs++
		b.delist(s)
	}
}

// find returns the segment in flight that holds seq.
func (b *board) find(seq Seq) *outSegment {
	lo, hi := b.low, len(b.index)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if b.index[m].seq.After(seq) {
			hi = m
		} else {
			lo = m + 1
		}
	}
	if lo == b.low {
		return nil
	}
	s := b.index[lo-1].s
	for s != nil && s.end().AtMost(seq) {
		s = s.next // it was cut in two since
	}
	return s
}

// reindex takes what was acknowledged out of the index and what was sent since
// into it.
func (b *board) reindex(q *sendQueue) {
	head := q.head
	for b.low < len(b.index) && b.index[b.low].seq.Before(head.seq) {
		b.low++
	}
	if b.low == len(b.index) {
		b.index, b.low = b.index[:0], 0
	} else if b.low > 0 && b.index[b.low].s != head {
		b.low-- // a part of it is acknowledged
		b.index[b.low] = indexEntry{head.seq, head}
	}
	s := head
	if n := len(b.index); n > 0 {
		s = b.index[n-1].s.next
	}
	if b.low > 64 && 2*b.low > len(b.index) {
		b.index = b.index[:copy(b.index, b.index[b.low:])]
		b.low = 0
	}
	for ; s != nil && s != q.unsent; s = s.next {
		b.index = append(b.index, indexEntry{s.seq, s})
	}
}

// resent notes that s was sent again, now.
func (b *board) resent(s *outSegment) {
	b.delist(s)
	b.enlist(s)
	if s.flags.has(segLost) { // or it was a probe
		b.undo.sent(s, s.sentAt)
	}
}

// acknowledged takes into account that s, which is about to leave the queue, or a
// part of it was acknowledged.
func (b *board) acknowledged(s *outSegment) {
	if s.flags.has(segSacked) {
		b.segs--
		return
	}
	b.arrived(s)
	if s.flags&(segLost|segFlying) == segLost|segFlying && b.news.before(b.undo.since) {
		b.undo.needless(sackBlock{s.seq, s.end()})
	}
	b.delist(s)
}

// acked drops the ranges below una.
func (b *board) acked(una Seq) {
	n := 0
	for n < len(b.ranges) && b.ranges[n].right.AtMost(una) {
		n++
	}
	if n > 0 {
		b.ranges = append(b.ranges[:0], b.ranges[n:]...)
	}
	if len(b.ranges) > 0 && b.ranges[0].left.Before(una) {
		b.ranges[0].left = una
	}
}

// cut notes that the end of s has become a segment of its own, r.
func (b *board) cut(s, r *outSegment) {
	if s.flags.has(segSacked) {
		b.segs++
	} else if s.prevSent != nil || b.oldest == s {
		b.enlist(r)
	}
}

// forget drops everything that the peer has reported: it has thrown away what
// it had.
//
// RFC 2018 §8.
func (b *board) forget(q *sendQueue) {
	b.ranges = b.ranges[:0]
	b.segs = 0
	for s := q.head; s != q.unsent; s = s.next {
		if s.flags.has(segSacked) {
			q.sacked -= s.seqLen()
			s.flags &^= segSacked | segLost | segFlying
			b.enlist(s)
		}
	}
}
