package pbuf

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// Goroutines make packets of two pools, look at them through views of their
// own, hand them on to one another, and give them back, all at once. Every
// payload repeats its own number, so that a block given to two owners, or freed
// while somebody looks, shows; the race detector sees the rest.
func TestConcurrentUse(t *testing.T) {
	const workers, rounds = 8, 3000
	pools := [2]*Pool{NewPool(Config{IdleBytes: 16384}), NewPool(Config{IdleBytes: 16384})}
	hand := make(chan *Buf, 2*workers)
	var number atomic.Uint64
	var customs atomic.Int64
	bytes := make([]byte, 64)

	fill := func(b *Buf, n uint64) {
		for p := b.Bytes(); len(p) >= 8; p = p[8:] {
			binary.LittleEndian.PutUint64(p, n)
		}
	}
	verify := func(b *Buf) {
		for e := b; e != nil; e = e.Next() {
			p := e.Bytes()
			for ; len(p) >= 16; p = p[8:] {
				if binary.LittleEndian.Uint64(p) != binary.LittleEndian.Uint64(p[8:]) {
					t.Error("bytes of another packet")
					return
				}
			}
		}
	}
	work := func(r *rand.Rand) {
		keep := make([]*Buf, 0, 4)
		for range rounds {
			p := pools[r.IntN(2)]
			b := p.AllocBytes(r.IntN(64), 8*(2+r.IntN(300)))
			fill(b, number.Add(1))
			switch r.IntN(5) {
			case 0:
				tail := pools[r.IntN(2)].AllocBytes(0, 64)
				fill(tail, number.Add(1))
				b.SetNext(tail)
			case 1:
				customs.Add(1)
				b.SetNext(p.AllocCustom(bytes, 0, len(bytes), func() { customs.Add(-1) }))
			case 2:
				v := b.View(8, 8*r.IntN(2))
				v.Free()
			}
			for range r.IntN(4) {
				s := b.Share()
				select {
				case hand <- s:
				default:
					s.Free()
				}
			}
			if r.IntN(3) == 0 {
				b.Ref()
				select {
				case hand <- b:
				default:
					b.Free()
				}
			}
			verify(b)
			if keep = append(keep, b); len(keep) == cap(keep) {
				FreeAll(keep)
				keep = keep[:0]
			}
			select {
			case x := <-hand:
				verify(x)
				x.Free()
			default:
			}
		}
		FreeAll(keep)
	}

	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() { work(rand.New(rand.NewPCG(uint64(i), 1))) })
	}
	wg.Wait()
	close(hand)
	for x := range hand {
		x.Free()
	}
	for _, p := range pools {
		wantEmpty(t, p)
	}
	if n := customs.Load(); n != 0 {
		t.Errorf("%d customs not done", n)
	}
}
