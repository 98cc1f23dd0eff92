package tcp

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
)

// The send queue against a plain slice of octets, with all counts recounted after
// each step.
func TestSendQueueModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := pbuf.NewPool(pbuf.Config{})
		tp := &Protocol{pool: pool}
		p := &PCB{t: tp}
		q := &p.sendq
		q.end = 0xfffffff0
		p.snd.una, p.snd.nxt = q.end, q.end
		var want []byte // what is held, without the FIN
		next := byte(0)
		fin := false
		pick := func() *outSegment {
			var in []*outSegment
			for s := q.head; s != q.unsent; s = s.next {
				in = append(in, s)
			}
			if len(in) == 0 {
				return nil
			}
			return rapid.SampledFrom(in).Draw(t, "segment")
		}
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "what") {
			case 0, 1: // append or top up
				if fin {
					continue
				}
				n := rapid.IntRange(1, 60).Draw(t, "n")
				b := pool.AllocBytes(0, n)
				for i := range b.Bytes() {
					b.Bytes()[i] = next
					want = append(want, next)
					next++
				}
				if rapid.Bool().Draw(t, "summed") {
					b.Sum = checksum.Sum(b.Bytes())
					b.Flags |= pbuf.HasSum
				}
				if rapid.Bool().Draw(t, "top up") {
					if b = tp.topUp(q, b, 50); b == nil {
						continue
					}
				}
				s := tp.newSegment()
				s.buf, s.n = b, int32(b.Len())
				s.sum, s.summed = b.Sum, b.Flags.Has(pbuf.HasSum)
				q.append(s)
			case 2: // send
				if s := q.unsent; s != nil {
					q.unsent = s.next
					p.snd.nxt = s.end()
					s.sentAt = 1
				}
			case 3: // split anywhere
				var all []*outSegment
				for s := q.head; s != nil; s = s.next {
					all = append(all, s)
				}
				if len(all) > 0 {
					s := rapid.SampledFrom(all).Draw(t, "split")
					n := rapid.IntRange(0, 60).Draw(t, "at")
					old := int(s.n)
					if ok := tp.split(q, s, n); ok != (n > 0 && n < old) {
						t.Fatalf("split of %d at %d: %v", old, n, ok)
					}
				}
			case 4:
				if s := pick(); s != nil {
					q.markLost(s)
				}
			case 5:
				if s := q.firstLost(); s != nil {
					q.markResent(s)
				}
			case 6: // acknowledge
				if n := p.snd.flight(); n > 0 {
					n = rapid.IntRange(1, n).Draw(t, "acked")
					una := p.snd.una.Add(n)
					r := tp.ack(q, una)
					p.snd.una = una
					finAcked := r.fin
					if finAcked {
						n--
					}
					if r.bytes != n {
						t.Fatalf("%d octets acknowledged, want %d", r.bytes, n)
					}
					want = want[n:]
				}
			case 7:
				if !fin && rapid.IntRange(0, 5).Draw(t, "fin") == 0 {
					fin = true
					s := tp.newSegment()
					s.flags = segFIN
					q.append(s)
				}
			}
			if err := p.queueInvariant(); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for s := q.head; s != nil; s = s.next {
				if s.buf != nil {
					if s.summed && s.sum%0xffff != checksum.Sum(s.buf.Bytes())%0xffff {
						t.Fatalf("sum %#x, want %#x", s.sum, checksum.Sum(s.buf.Bytes()))
					}
					got = append(got, s.buf.Bytes()...)
				}
			}
			if string(got) != string(want) {
				t.Fatalf("holds %x, want %x", got, want)
			}
		}
		tp.clear(q)
		if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Fatalf("%d blocks and %d views left", s.BlocksInUse, s.ViewsInUse)
		}
	})
}

// Small writes fill segments; the queue bounds how many small ones there are.
func TestSmallWritesFillSegments(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.write(1) // in flight, so that Nagle holds the rest
	r.take()
	for range 3000 {
		r.write(1)
	}
	var sizes []int
	for _, e := range r.take() {
		sizes = append(sizes, len(e.data))
	}
	if len(sizes) != 2 || sizes[0] != 1460 || sizes[1] != 1460 {
		t.Errorf("sent %v, want full segments", sizes)
	}
	r.end()
	r = newRig(t, Config{SendQueue: 20})
	r.enter(Established)
	r.pcb.Set(NoDelay)
	for range 20 {
		r.write(1)
	}
	if n := r.pcb.SendSpace(); n != 0 {
		t.Errorf("space for %d octets in a full queue", n)
	}
	r.send(ACK, 1, 2)
	if n := r.pcb.SendSpace(); n == 0 || r.up.sent != 1 {
		t.Errorf("no space after an ACK")
	}
	r.end()
}

// Sending everything again after a time-out looks at each segment once.
func TestFirstLostIsLinear(t *testing.T) {
	tp := &Protocol{pool: pbuf.NewPool(pbuf.Config{})}
	q := &sendQueue{}
	for range 1000 {
		s := tp.newSegment()
		s.buf = tp.pool.AllocBytes(0, 1)
		s.n = 1
		q.append(s)
		q.unsent = nil
		q.markLost(s)
	}
	for range 1000 {
		s := q.firstLost()
		if s != q.again {
			t.Fatal("firstLost does not remember where it was")
		}
		q.markResent(s)
	}
	if q.firstLost() != nil || q.lost != 0 {
		t.Error("something left")
	}
	tp.clear(q)
}
