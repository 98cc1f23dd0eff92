package api

import (
	"sync"
	"testing"

	"github.com/golwip/lwip/pbuf"
)

// A reader that only looks leaves the bytes, and the next reader is woken.
func TestPeekWakesNext(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	var wg sync.WaitGroup
	look := func(f recvFlags) {
		wg.Go(func() {
			buf := make([]byte, 3)
			if n, err := (*stream)(s).read(buf, f, 0); n != 3 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
	look(peek)
	blocked(t, &s.endpoint, &s.rd, 1)
	look(peek)
	blocked(t, &s.endpoint, &s.rd, 2)
	look(0)
	blocked(t, &s.endpoint, &s.rd, 3)
	c.Write([]byte("abc"))
	wg.Wait()
	c.Close()
	s.Close()
}

// The same for datagrams.
func TestPeekWakesNextUDP(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := udpPair(t, a, b)
	var wg sync.WaitGroup
	for i, f := range []recvFlags{peek, peek, 0} {
		wg.Go(func() {
			var k packet
			err := (*dgram)(s).receive(&k, f, 0)
			if err != nil || k.buf.TotalLen() != 3 {
				t.Error(err)
			}
			k.buf.Free()
		})
		blocked(t, &s.endpoint, &s.rd, i+1)
	}
	c.Write([]byte("abc"))
	wg.Wait()
	c.Close()
	s.Close()
}

// A connection that ended while bytes wait is listed until they are read.
func TestOrphan(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	c.Write([]byte("abc"))
	c.SetLinger(0)
	c.Close()
	orphans := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.api.orphans)
	}
	if orphans() != 1 {
		t.Fatal("not listed")
	}
	buf := make([]byte, 2)
	s.Read(buf)
	s.Read(buf)
	if orphans() != 0 {
		t.Error("still listed after all was read")
	}
	s.Close()
}

// Segments of a few bytes leave the large block that nobody else looks at, also the
// first of them, and whatever their number they pin little more than twice what
// they carry.
func TestLargeBlocksNotPinned(t *testing.T) {
	a, b := pair(t, setup{})
	c, conn := connect(t, a, b)
	s := (*stream)(conn)
	for _, n := range []int{1, 50, 1448} {
		for i := range 100 {
			buf := b.pool.AllocBytes(0, pbuf.MaxLen)
			buf.Realloc(n)
			s.mu.Lock()
			s.enqueue(buf, n)
			pinned, held := s.rq.Pinned(), s.rq.Len()
			s.mu.Unlock()
			if held != (i+1)*n || pinned > 2*held+2*pbuf.Standard+pbuf.Large || i == 0 && pinned > pbuf.Standard {
				t.Fatalf("%d segments of %d bytes pin %d", i+1, n, pinned)
			}
		}
		s.discard()
	}
	c.Close()
	conn.Close()
}

// Small segments share blocks, and come out as they went in (DESIGN §4).
func TestSmallSegmentsMerge(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	for i := range 3000 {
		c.Write([]byte{byte(i)})
	}
	waitFor(t, "the bytes", func() bool { return (*stream)(s).pending() == 3000 })
	if n := s.rq.Pinned(); n > 2*3000+4096 {
		t.Errorf("3000 bytes pin %d", n)
	}
	for i := range 3000 {
		var one [1]byte
		if _, err := s.Read(one[:]); err != nil || one[0] != byte(i) {
			t.Fatalf("byte %d is %d, %v", i, one[0], err)
		}
	}
	c.Close()
	s.Close()
}
