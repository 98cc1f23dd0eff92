package tcp

import (
	"testing"
	"time"
)

// RFC 5681 §4.2, RFC 9293 §3.8.6.3 (SHLD-19): data of two full segments is
// acknowledged at once, in however many segments it comes; less is delayed.
func TestACKByBytes(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  []int // each acknowledged alone
		sizes  []int // then these, in one go
		merged int   // segment size that the driver tells of the last
		now    bool
	}{
		{"one segment", nil, []int{1460}, 0, false},
		{"two segments", nil, []int{1460, 1460}, 0, true},
		{"two short ones", nil, []int{10, 10}, 0, true},
		{"a large one", nil, []int{9000}, 0, true},
		{"less than two", []int{1460}, []int{2919}, 0, false},
		{"just two", []int{1460}, []int{2920}, 0, true},
		{"a short one first", []int{1}, []int{250}, 0, false},
		{"merged of two", []int{1460}, []int{600}, 300, true},
		{"merged of one", []int{1460}, []int{600}, 600, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.enter(Established)
			seq := 1
			for _, n := range c.first {
				r.send(ACK, seq, 1, make([]byte, n)...)
				seq += n
				r.pass(time.Second)
				r.take()
			}
			for i, n := range c.sizes {
				buf := r.pool.AllocBytes(0, HeaderLen+n)
				copy(buf.Bytes(), r.segment(ACK, seq, 1, 60000, nil, make([]byte, n)))
				if i == len(c.sizes)-1 {
					buf.SegmentSize = uint16(c.merged)
				}
				r.input(packet{buf, r.info()})
				seq += n
			}
			r.tcp.Flush()
			if n := len(r.take()); n != 1 && c.now || n != 0 && !c.now {
				t.Errorf("%d ACKs at once", n)
			}
			r.pass(40 * time.Millisecond)
			if n := len(r.take()); n != 0 && c.now || n != 1 && !c.now {
				t.Errorf("%d ACKs after the delay", n)
			}
			r.end()
		})
	}
}
