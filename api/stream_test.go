package api

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
	"pgregory.net/rapid"
)

// An idle connection costs its PCB and this, in one allocation.
func TestIdleSize(t *testing.T) {
	for _, x := range []struct {
		v    any
		most uintptr
	}{
		{stream{}, 192}, {dgram{}, 384}, {listener{}, 256}, {deadline{}, 80}, {Netconn{}, 192},
	} {
		typ := reflect.TypeOf(x.v)
		t.Logf("%s: %d bytes", typ, typ.Size())
		if typ.Size() > x.most {
			t.Errorf("%s takes %d bytes, want at most %d", typ, typ.Size(), x.most)
		}
	}
}

// A short round trip touches the core lock for writing and for segments only.
func TestReadWithoutCoreLock(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	buf := make([]byte, 1)
	s.Write(buf)
	before := a.lockCount()
	if _, err := c.Read(buf); err != nil {
		t.Fatal(err)
	}
	if n := a.lockCount() - before; n != 0 {
		t.Errorf("Read took the core lock %d times", n)
	}
	before = a.lockCount()
	c.Write(buf)
	if n := a.lockCount() - before; n > 2 { // its own, and one for an answer
		t.Errorf("Write took the core lock %d times", n)
	}
}

func TestZeroAllocStream(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	for _, n := range []int{1, 1460, 64 << 10} {
		buf := make([]byte, n)
		got := testing.AllocsPerRun(200, func() {
			if _, err := c.Write(buf); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(s, buf); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Write(buf); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(c, buf); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 {
			t.Errorf("a round trip of %d bytes allocates %v times", n, got)
		}
	}
}

// DESIGN §4: true size is charged. A peer that sends single bytes pins about what
// it sends.
func TestSingleBytesDoNotPin(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	const n = 20000
	for i := range n {
		if _, err := c.Write([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the bytes to arrive", func() bool { return (*stream)(s).pending() == n })
	used := a.pool.Stats().BytesInUse + b.pool.Stats().BytesInUse
	if used > 3*n {
		t.Errorf("%d queued bytes pin %d", n, used)
	}
	got := make([]byte, n)
	io.ReadFull(s, got)
	for i, c := range got {
		if c != byte(i) {
			t.Fatalf("byte %d is %d", i, c)
		}
	}
}

// Whatever the sizes of writes and reads, the bytes come out as they went in.
func TestStreamModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var err error
		synctest.Test(t, func(t *testing.T) { err = streamModel(t, r) }) // no waiting for delayed ACKs
		if err != nil {
			r.Fatal(err)
		}
	})
}

func streamModel(t *testing.T, r *rapid.T) error {
	a, b := pair(t, setup{tcp: tcp.Config{
		SendBuffer:    rapid.SampledFrom([]int{0, 2000, 10000}).Draw(r, "send buffer"),
		ReceiveBuffer: rapid.SampledFrom([]int{0, 3000, 20000}).Draw(r, "receive buffer"),
		MSS:           rapid.SampledFrom([]int{0, 100, 536}).Draw(r, "mss"),
	}})
	c, s := connect(t, a, b)
	sizes := rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 7, 100, 536, 1460, 5000, 70000}), 1, 30).Draw(r, "writes")
	reads := rapid.SliceOfN(rapid.SampledFrom([]int{1, 3, 99, 1460, 4096, 100000}), 1, 5).Draw(r, "reads")
	how := rapid.SliceOfN(rapid.IntRange(0, 3), 1, 5).Draw(r, "how")
	seed := rand.NewChaCha8([32]byte{1})
	var sent []byte
	var chunks [][]byte
	for _, n := range sizes {
		b := make([]byte, n)
		seed.Read(b)
		chunks = append(chunks, b)
		sent = append(sent, b...)
	}
	done := async(func() error {
		for i, b := range chunks {
			var err error
			var n int
			switch how[i%len(how)] {
			case 0:
				n, err = c.Write(b)
			case 1:
				n, err = c.WriteNoCopy(b, nil)
			case 2:
				var m int64
				m, err = c.ReadFrom(bytes.NewReader(b))
				n = int(m)
			case 3:
				n, err = c.WriteBufs(a.chain(b))
			}
			if err != nil || n != len(b) {
				t.Errorf("write %d of %d: %v", n, len(b), err)
				return err
			}
		}
		return c.CloseWrite()
	})
	var got []byte
	for i := 0; ; i++ {
		n := reads[i%len(reads)]
		var err error
		if i%3 == 2 {
			var buf *pbuf.Buf
			if buf, err = s.ReadBufs(n); err == nil {
				part := make([]byte, buf.TotalLen())
				gather(part, buf)
				buf.Free()
				if len(part) > n {
					return fmt.Errorf("ReadBufs(%d) gave %d", n, len(part))
				}
				got = append(got, part...)
			}
		} else {
			part := make([]byte, n)
			n, err = s.Read(part)
			got = append(got, part[:n]...)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	<-done
	c.Close()
	s.Close()
	if !bytes.Equal(got, sent) {
		return fmt.Errorf("got %d bytes, sent %d, or they differ", len(got), len(sent))
	}
	return nil
}

// chain returns b in a chain of the host's buffers of odd sizes.
func (h *host) chain(b []byte) *pbuf.Buf {
	var f pbuf.FIFO
	for i := 0; len(b) > 0; i++ {
		n := min(1+i*331%3000, len(b))
		e := h.pool.AllocBytes(0, n)
		copy(e.Bytes(), b)
		f.Append(e)
		b = b[n:]
	}
	return f.All()
}

// Each of several writers' writes arrives whole, and several readers get every
// byte once.
func TestManyReadersAndWriters(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	const writers, writes, size = 6, 40, 30000
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			buf := bytes.Repeat([]byte{byte(w)}, size)
			for range writes {
				if n, err := c.Write(buf); n != size || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			}
		})
	}
	var mu sync.Mutex
	var count [writers]int
	var rg sync.WaitGroup
	for range 4 {
		rg.Go(func() {
			buf := make([]byte, 7000)
			for {
				n, err := s.Read(buf)
				mu.Lock()
				for _, x := range buf[:n] {
					count[x]++
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	c.Close()
	rg.Wait()
	s.Close()
	for w, n := range count {
		if n != writes*size {
			t.Errorf("writer %d: %d bytes, want %d", w, n, writes*size)
		}
	}
}

// Long writes do not mix, also not with short ones.
func TestWritesDoNotMix(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	const long = 1 << 20
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() { c.Write(bytes.Repeat([]byte{byte('a' + w)}, long)) })
	}
	wg.Go(func() {
		for range 200 {
			c.Write([]byte("z"))
		}
	})
	done := async(func() error { wg.Wait(); return c.Close() })
	got, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	<-done
	s.Close()
	got = bytes.ReplaceAll(got, []byte("z"), nil)
	if len(got) != 3*long {
		t.Fatalf("%d bytes", len(got))
	}
	for i := 0; i < len(got); i += long {
		if n := bytes.Count(got[i:i+long], got[i:i+1]); n != long {
			t.Errorf("the write that begins at %d is mixed", i)
		}
	}
	// The short writes may stand between long ones, not inside: checked in
	// TestShortWriteOutside.
}

// A short write that comes while a long one waits for space goes after it.
func TestShortWriteOutside(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	const long = 1 << 20
	first := async(func() error { _, err := c.Write(bytes.Repeat([]byte{'a'}, long)); return err })
	blocked(t, &c.endpoint, &c.wr, 1)
	second := async(func() error { _, err := c.Write([]byte{'z'}); return err })
	blocked(t, &c.endpoint, &c.wr, 2)
	got := make([]byte, long+1)
	if _, err := io.ReadFull(s, got); err != nil {
		t.Fatal(err)
	}
	<-first
	<-second
	if got[long] != 'z' || bytes.IndexByte(got, 'z') != long {
		t.Error("the short write is inside the long one")
	}
	c.Close()
	s.Close()
}
