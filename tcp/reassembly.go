package tcp

import "github.com/golwip/lwip/pbuf"

// reassembly holds payload that arrived before its turn: disjoint pieces in
// order of sequence, and where the stream ends if a FIN was among them.
//
// RFC 9293 §3.10.7.4 (SHLD-31).
type reassembly struct {
	pieces []piece
	recent [maxSACKBlocks]Seq // where the latest arrivals began, newest first
	nrec   uint8
	hasFIN bool
	fin    Seq // the FIN's sequence number
}

// piece is one received segment's payload.
type piece struct {
	seq Seq
	n   int
	buf *pbuf.Buf
}

func (c *piece) end() Seq { return c.seq.Add(c.n) }

// empty reports whether nothing waits.
func (r *reassembly) empty() bool { return len(r.pieces) == 0 && !r.hasFIN }

// insert keeps the payload of n octets that begins at seq, or what of it is new,
// and reports whether any was. At most limit pieces are kept. It consumes buf.
//
// Where segments overlap, what arrived first stays, but for a piece that the new
// one covers wholly.
func (r *reassembly) insert(seq Seq, n int, buf *pbuf.Buf, limit int) (kept bool) {
	i := r.search(seq)
	if i > 0 {
		if over := r.pieces[i-1].end().Sub(seq); over >= n {
			buf.Free()
			return false
		} else if over > 0 {
			buf = buf.FreeHeader(over)
			seq, n = seq.Add(over), n-over
		}
	}
	j := i
	for j < len(r.pieces) && r.pieces[j].end().AtMost(seq.Add(n)) {
		j++
	}
	if j < len(r.pieces) {
		if over := seq.Add(n).Sub(r.pieces[j].seq); over >= n {
			buf.Free()
			return false
		} else if over > 0 {
			n -= over
			buf.Realloc(n)
		}
	}
	if j == i && len(r.pieces) >= limit {
		buf.Free()
		return false
	}
	for k := i; k < j; k++ {
		r.pieces[k].buf.Free()
	}
	r.replace(i, j, piece{seq, n, buf})
	r.remember(seq)
	return true
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

// remember puts seq in front of the recent arrivals.
func (r *reassembly) remember(seq Seq) {
	copy(r.recent[1:], r.recent[:])
	r.recent[0] = seq
	r.nrec = min(r.nrec+1, maxSACKBlocks)
}

// setFIN notes that the stream ends at seq. The first FIN counts.
func (r *reassembly) setFIN(seq Seq) {
	if !r.hasFIN {
		r.hasFIN, r.fin = true, seq
	}
}

// next hands over the payload that continues the stream at nxt, or nil. Pieces
// that nxt has passed are dropped.
func (r *reassembly) next(nxt Seq) (buf *pbuf.Buf, n int) {
	done := 0
	for done < len(r.pieces) && buf == nil {
		c := &r.pieces[done]
		if c.seq.After(nxt) {
			break
		}
		done++
		if over := nxt.Sub(c.seq); over >= c.n {
			c.buf.Free()
		} else {
			buf, n = c.buf, c.n-over
			if over > 0 {
				buf = buf.FreeHeader(over)
			}
		}
	}
	if done > 0 {
		left := copy(r.pieces, r.pieces[done:])
		clear(r.pieces[left:])
		r.pieces = r.pieces[:left]
		if left == 0 {
			r.nrec = 0
			if cap(r.pieces) > 16 {
				r.pieces = nil
			}
		}
	}
	return buf, n
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
