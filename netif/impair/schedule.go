package impair

import (
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// schedule is frames in the order in which they arrive: by time, and at the same
// time in the order in which they were pushed. It is a binary heap.
type schedule struct {
	heap []arrival
	seq  uint64
}

type arrival struct {
	due   timers.Time
	seq   uint64
	frame *pbuf.Buf
}

// next returns when the first frame arrives, or timers.Never.
func (s *schedule) next() timers.Time {
	if len(s.heap) == 0 {
		return timers.Never
	}
	return s.heap[0].due
}

func (s *schedule) push(f *pbuf.Buf, due timers.Time) {
	s.seq++
	s.heap = append(s.heap, arrival{due, s.seq, f})
	for i := len(s.heap) - 1; i > 0 && s.less(i, (i-1)/2); i = (i - 1) / 2 {
		s.swap(i, (i-1)/2)
	}
}

// pop returns the first frame, which there must be.
func (s *schedule) pop() *pbuf.Buf {
	f := s.heap[0].frame
	last := len(s.heap) - 1
	s.swap(0, last)
	s.heap[last] = arrival{}
	s.heap = s.heap[:last]
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < last; c++ {
			if s.less(c, least) {
				least = c
			}
		}
		if least == i {
			return f
		}
		s.swap(i, least)
		i = least
	}
}

func (s *schedule) less(i, j int) bool {
	a, b := &s.heap[i], &s.heap[j]
	return a.due < b.due || a.due == b.due && a.seq < b.seq
}

func (s *schedule) swap(i, j int) { s.heap[i], s.heap[j] = s.heap[j], s.heap[i] }
