package pbuf

import (
	"fmt"
	"testing"
)

func BenchmarkAllocFree(b *testing.B) {
	for _, n := range []int{64, 1460, 65535} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := NewPool(Config{})
			for b.Loop() {
				p.Alloc(Transport, n, RAM).Free()
			}
		})
	}
}

func BenchmarkViewFree(b *testing.B) {
	buf := NewPool(Config{}).Alloc(Transport, 1460, RAM)
	for b.Loop() {
		buf.View(0, 1000).Free()
	}
}

// BenchmarkSegment is what the stack does for a segment that it sends: a header
// of its own in front of a view of the queued payload, freed by the driver.
func BenchmarkSegment(b *testing.B) {
	p := NewPool(Config{})
	payload := p.AllocBytes(0, 1448)
	for b.Loop() {
		head := p.Alloc(IP, 32, RAM)
		head.SetNext(payload.View(0, 1448))
		head.Free()
	}
}

func BenchmarkShareFree(b *testing.B) {
	p := NewPool(Config{})
	head := p.Alloc(IP, 32, RAM)
	head.SetNext(p.AllocBytes(0, 1448))
	for b.Loop() {
		head.Share().Free()
	}
}

func BenchmarkAllocNFreeAll(b *testing.B) {
	p := NewPool(Config{})
	bufs := make([]*Buf, 64)
	for b.Loop() {
		p.AllocN(bufs, 64, 1448)
		FreeAll(bufs)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(bufs)), "ns/buf")
}

// BenchmarkTwoProcs is two goroutines that share one pool, as a sender and a
// driver do.
func BenchmarkTwoProcs(b *testing.B) {
	p := NewPool(Config{})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			p.Alloc(Transport, 1460, RAM).Free()
		}
	})
}

func BenchmarkMemfind(b *testing.B) {
	p := NewPool(Config{})
	head := p.Alloc(Raw, 16384, Pooled)
	for e := head; e != nil; e = e.Next() {
		clear(e.Bytes())
	}
	b.SetBytes(16384)
	for b.Loop() {
		head.Memfind([]byte{1, 2, 3}, 0)
	}
}
