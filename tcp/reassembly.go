package tcp

import "github.com/golwip/lwip/pbuf"

// reassembly holds payload that arrived before its turn: disjoint pieces in
// order of sequence, and where the stream ends if a FIN was among them.
//
// RFC 9293 §3.10.7.4 (SHLD-31).
type reassembly struct {
	pieces []piece
	mem    int                // storage that the pieces pin, in bytes
	recent [maxSACKBlocks]Seq // one number of each of the latest ranges to grow, newest first
	nrec   uint8
	hasFIN bool
	fin    Seq // the FIN's sequence number
}

// piece is the payload of one received segment, or of several small ones.
type piece struct {
	seq Seq
	n   int32
	mem int32
	buf *pbuf.Buf
}

func (c *piece) end() Seq { return c.seq.Add(int(c.n)) }

// limits bound what a reassembly holds.
type limits struct{ pieces, mem int }

// outcome is what became of a payload.
type outcome uint8

const (
	pieceKept outcome = iota
	pieceKnown
	pieceNoRoom
)

// empty reports whether nothing waits.
func (r *reassembly) empty() bool { return len(r.pieces) == 0 && !r.hasFIN }

// insert keeps the payload of n octets that begins at seq, or what of it is new.
// It consumes buf.
//
// Where segments overlap, what arrived first stays, but for a piece that the new
// one covers wholly. A small segment is copied behind the one that it continues,
// so that tiny segments do not each pin a block.
func (r *reassembly) insert(seq Seq, n int, buf *pbuf.Buf, limit limits) outcome {
	i := r.search(seq)
	if r.known(i-1, seq, seq.Add(n)) {
		r.remember(seq) // RFC 2883 §4 (4): its range is reported next to the duplicate
		buf.Free()
		return pieceKnown
	}
	if i > 0 {
		if over := r.pieces[i-1].end().Sub(seq); over > 0 {
			buf = buf.FreeHeader(over)
			seq, n = seq.Add(over), n-over
		}
	}
	j, freed := i, 0
	for j < len(r.pieces) && r.pieces[j].end().AtMost(seq.Add(n)) {
		freed += int(r.pieces[j].mem)
		j++
	}
	if j < len(r.pieces) {
		if over := seq.Add(n).Sub(r.pieces[j].seq); over > 0 {
			n -= over
			buf.Realloc(n)
		}
	}
	if j == i && i > 0 && r.join(&r.pieces[i-1], seq, buf) {
		r.remember(seq)
		return pieceKept
	}
	mem := memory(buf)
	if j == i && len(r.pieces) >= limit.pieces || r.mem-freed+mem > limit.mem {
		buf.Free()
		return pieceNoRoom
	}
	for k := i; k < j; k++ {
		r.pieces[k].buf.Free()
	}
	r.mem += mem - freed
	r.replace(i, j, piece{seq, int32(n), int32(mem), buf})
	r.remember(seq)
	return pieceKept
}

// known reports whether everything from seq to end waits already, where i is the
// last piece that does not begin after seq, or -1.
func (r *reassembly) known(i int, seq, end Seq) bool {
	if i < 0 || r.pieces[i].end().AtMost(seq) {
		return false
	}
	for ; r.pieces[i].end().Before(end); i++ {
		if i+1 == len(r.pieces) || r.pieces[i+1].seq != r.pieces[i].end() {
			return false
		}
	}
	return true
}

// duplicate returns the first contiguous part of [seq, end) that waits already,
// if there is one.
//
// RFC 2883 §4 (1), (3).
func (r *reassembly) duplicate(seq, end Seq) (b sackBlock, ok bool) {
	i := max(r.search(seq)-1, 0)
	for i < len(r.pieces) && r.pieces[i].end().AtMost(seq) {
		i++
	}
	if i == len(r.pieces) || r.pieces[i].seq.AtLeast(end) {
		return sackBlock{}, false
	}
	b = sackBlock{r.pieces[i].seq, r.pieces[i].end()}
	for i++; i < len(r.pieces) && r.pieces[i].seq == b.right; i++ {
		b.right = r.pieces[i].end()
	}
	if b.left.Before(seq) {
		b.left = seq
	}
	if b.right.After(end) {
		b.right = end
	}
	return b, true
}

// join copies the payload at seq behind the piece c, if it continues c, is small,
// and c's block has room and nobody else's view; it reports whether it did, and
// then has consumed buf.
func (r *reassembly) join(c *piece, seq Seq, buf *pbuf.Buf) bool {
	n := buf.TotalLen()
	if c.end() != seq || n > pbuf.Standard/4 || c.buf.Next() != nil || int(c.n)+n > pbuf.Standard || c.buf.Tailroom() < n {
		return false
	}
	buf.CopyPartial(c.buf.Extend(n), 0)
	c.n += int32(n)
	buf.Free()
	return true
}

// memory returns the bytes of storage that a chain pins. A block that others look
// at too is charged in part only.
func memory(buf *pbuf.Buf) int {
	sum := 0
	for e := buf; e != nil; e = e.Next() {
		m := e.BlockSize()
		if !e.Writable() {
			m = min(m, max(e.Len(), pbuf.Standard))
		}
		sum += m
	}
	return sum
}

// search returns the index of the first piece that begins after seq.
func (r *reassembly) search(seq Seq) int {
	lo, hi := 0, len(r.pieces)
	if hi > 0 && r.pieces[hi-1].seq.AtMost(seq) {
		return hi // the usual case: in order behind the gap
	}
	for lo < hi {
		mid := (lo + hi) / 2
		if r.pieces[mid].seq.After(seq) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// replace puts c in place of pieces[i:j].
func (r *reassembly) replace(i, j int, c piece) {
	if i == j {
		r.pieces = append(r.pieces, piece{})
		copy(r.pieces[i+1:], r.pieces[i:])
		r.pieces[i] = c
		return
	}
	r.pieces[i] = c
	r.pieces = append(r.pieces[:i+1], r.pieces[j:]...)
}

// remember puts seq in front of the recent arrivals. Those in the same range give
// way, so that ranges reported before are repeated.
//
// RFC 2018 §4.
func (r *reassembly) remember(seq Seq) {
	b, _ := r.around(seq)
	last := seq
	n := uint8(0)
	for i := uint8(0); i < r.nrec; i++ {
		old := r.recent[i]
		if old.AtLeast(b.left) && old.Before(b.right) {
			continue
		}
		r.recent[n], last = last, old
		n++
	}
	if n < maxSACKBlocks {
		r.recent[n] = last
		n++
	}
	r.nrec = n
}

// setFIN notes that the stream ends at seq. The first FIN counts.
func (r *reassembly) setFIN(seq Seq) {
	if !r.hasFIN {
		r.hasFIN, r.fin = true, seq
	}
}

// take appends to dst the payload that continues the stream at nxt, as far as
// there is no gap, and returns how many octets that is. Pieces that nxt has
// passed are dropped.
func (r *reassembly) take(dst []*pbuf.Buf, nxt Seq) (_ []*pbuf.Buf, n int) {
	done := 0
	for ; done < len(r.pieces) && r.pieces[done].seq.AtMost(nxt.Add(n)); done++ {
		c := &r.pieces[done]
		r.mem -= int(c.mem)
		over := nxt.Add(n).Sub(c.seq)
		if over >= int(c.n) {
			c.buf.Free()
			continue
		}
		dst = append(dst, c.buf.FreeHeader(over))
		n += int(c.n) - over
	}
	if done == 0 {
		return dst, 0
	}
	left := copy(r.pieces, r.pieces[done:])
	clear(r.pieces[left:])
	r.pieces = r.pieces[:left]
	if left == 0 {
		r.nrec = 0
		if cap(r.pieces) > 80 { // 64, and what append rounds up
			r.pieces = nil
		}
	}
	return dst, n
}

// blocks writes the contiguous ranges that wait into dst, those with the newest
// arrivals first, and returns how many there are.
//
// RFC 2018 §4.
func (r *reassembly) blocks(dst []sackBlock) int {
	n := 0
next:
	for _, seq := range r.recent[:r.nrec] {
		if n == len(dst) {
			break
		}
		b, ok := r.around(seq)
		if !ok {
			continue
		}
		for _, d := range dst[:n] {
			if d == b {
				continue next
			}
		}
		dst[n] = b
		n++
	}
	return n
}

// around returns the contiguous range that contains seq.
func (r *reassembly) around(seq Seq) (sackBlock, bool) {
	i := r.search(seq) - 1
	if i < 0 || r.pieces[i].end().AtMost(seq) {
		return sackBlock{}, false
	}
	j := i
	for i > 0 && r.pieces[i-1].end() == r.pieces[i].seq {
		i--
	}
	for j+1 < len(r.pieces) && r.pieces[j].end() == r.pieces[j+1].seq {
		j++
	}
	return sackBlock{r.pieces[i].seq, r.pieces[j].end()}, true
}

// clear drops everything.
func (r *reassembly) clear() {
	for i := range r.pieces {
		r.pieces[i].buf.Free()
	}
	*r = reassembly{}
}
