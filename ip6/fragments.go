package ip6

import (
	"bytes"
	"slices"

	"github.com/golwip/lwip/pbuf"
)

// part is one fragment: n bytes at off of a datagram's fragmentable part. buf's
// payload is those bytes; header bytes are hidden in front of them.
type part struct {
	off, n int
	header int
	buf    *pbuf.Buf
}

// fragments is the fragments of one datagram: ordered, without overlap.
type fragments struct {
	list  []part
	have  int // bytes
	end   int // length of the whole; valid if ended
	ended bool
}

// placing is what became of a fragment.
type placing uint8

const (
	partTaken placing = iota
	partDuplicate
	partOverlap
)

// insert takes in f; more says that it is not the last. Unless it is taken, the
// caller keeps f.buf. An exact copy of a fragment is a duplicate; everything
// else that shares bytes with another, or disagrees on where the datagram ends,
// is an overlap.
//
// RFC 8200 §4.5, RFC 5722 §4.
func (s *fragments) insert(f part, more bool) placing {
	i := len(s.list)
	if i > 0 && s.list[i-1].off >= f.off {
		i, _ = slices.BinarySearchFunc(s.list, f.off, func(x part, off int) int { return x.off - off })
	}
	if i < len(s.list) && s.list[i].off == f.off && s.list[i].n == f.n {
		last := s.ended && f.off+f.n == s.end
		if last == !more && bytes.Equal(s.list[i].buf.Bytes(), f.buf.Bytes()) {
			return partDuplicate
		}
		return partOverlap
	}
	end := f.off + f.n
	switch {
	case i > 0 && s.list[i-1].off+s.list[i-1].n > f.off:
		return partOverlap
	case i < len(s.list) && s.list[i].off < end:
		return partOverlap
	case s.ended && (end > s.end || !more):
		return partOverlap
	case !more && i < len(s.list):
		return partOverlap // something lies beyond the end
	}
	s.list = slices.Insert(s.list, i, f)
	s.have += f.n
	if !more {
		s.ended, s.end = true, end
	}
	return partTaken
}

// complete reports whether all bytes are there.
func (s *fragments) complete() bool { return s.ended && s.have == s.end }

// first returns the fragment at offset 0, or nil.
func (s *fragments) first() *part {
	if len(s.list) == 0 || s.list[0].off != 0 {
		return nil
	}
	return &s.list[0]
}

// copy writes the bytes of a complete datagram to b.
func (s *fragments) copy(b []byte) {
	for i := range s.list {
		s.list[i].buf.CopyPartial(b[s.list[i].off:], 0)
	}
}

// free releases the fragments and returns the storage in bytes they pinned.
func (s *fragments) free() int {
	n := 0
	for i := range s.list {
		n += pinned(s.list[i].buf)
		s.list[i].buf.Free()
	}
	*s = fragments{}
	return n
}
