package loopback_test

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/loopback"
	"github.com/golwip/lwip/pbuf"
)

// end is a Receiver that keeps the first bytes of what it gets.
type end struct {
	pool    *pbuf.Pool
	got     []byte
	batches int
	depth   int
	deepest int
	then    func([]*pbuf.Buf) // called before the frames are freed
}

func (e *end) Pool() *pbuf.Pool { return e.pool }
func (e *end) SetLink(bool)     {}
func (e *end) Deliver(frames []*pbuf.Buf) {
	e.batches++
	e.depth++
	e.deepest = max(e.deepest, e.depth)
	if e.then != nil {
		e.then(frames)
	}
	for _, f := range frames {
		e.got = append(e.got, f.Bytes()[0])
		f.Free()
	}
	e.depth--
}

func newEnd(t *testing.T, d *loopback.Driver) *end {
	t.Helper()
	e := &end{pool: pbuf.NewPool(pbuf.Config{})}
	if err := d.Attach(e); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s := e.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
			t.Errorf("leaked: %+v", s)
		}
	})
	return e
}

func (e *end) frames(numbers ...byte) (fs []*pbuf.Buf) {
	for _, n := range numbers {
		f := e.pool.Alloc(pbuf.Raw, 40, pbuf.RAM)
		f.Bytes()[0] = n
		fs = append(fs, f)
	}
	return fs
}

func TestProperties(t *testing.T) {
	p := loopback.New(loopback.Config{}).Properties()
	want := netif.Properties{Framing: netif.IP, MTU: 65535, Loopback: true, NoBroadcast: true, NoMulticast: true}
	if p != want {
		t.Errorf("%+v, want %+v", p, want)
	}
	p = loopback.New(loopback.Config{MTU: 1500, Multicast: true}).Properties()
	if p.MTU != 1500 || p.NoMulticast {
		t.Errorf("configured: %+v", p)
	}
	if p := loopback.New(loopback.Config{MTU: 100000}).Properties(); p.MTU != 65535 {
		t.Errorf("MTU %d: no packet is that long", p.MTU)
	}
}

func TestFramesComeBack(t *testing.T) {
	d := loopback.New(loopback.Config{})
	e := newEnd(t, d)
	sent := e.frames(1, 2, 3)
	sent[1].Flags = pbuf.FIN | pbuf.Push | pbuf.LinkBroadcast
	e.then = func(got []*pbuf.Buf) {
		if !slices.Equal(got, sent) {
			t.Error("other frames came back: they were copied")
		}
		if got[1].Flags != pbuf.Verified {
			t.Errorf("flags %b, want Verified only", got[1].Flags)
		}
	}
	d.Transmit(sent)
	if !bytes.Equal(e.got, []byte{1, 2, 3}) || e.batches != 1 {
		t.Errorf("got %v in %d batches", e.got, e.batches)
	}
	if got, want := d.Stats(), (loopback.Stats{Frames: 3, Bytes: 120}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestFramesSentWhileReceivingWait(t *testing.T) {
	d := loopback.New(loopback.Config{})
	e := newEnd(t, d)
	next := byte(1)
	e.then = func([]*pbuf.Buf) {
		if next < 100 {
			next += 2
			d.Transmit(e.frames(next - 1))
			d.Transmit(e.frames(next))
		}
	}
	d.Transmit(e.frames(1))
	if e.deepest != 1 {
		t.Errorf("%d deliveries nested", e.deepest)
	}
	if len(e.got) != int(next) || !slices.IsSorted(e.got) || e.batches != 51 {
		t.Errorf("%d frames in %d batches: %v", len(e.got), e.batches, e.got)
	}
}

func TestMaxFrames(t *testing.T) {
	d := loopback.New(loopback.Config{MaxFrames: 3})
	e := newEnd(t, d)
	d.Transmit(e.frames(1, 2, 3, 4))
	e.then = func([]*pbuf.Buf) { // 5 is being received and does not wait
		e.then = nil
		d.Transmit(e.frames(6, 7))
		d.Transmit(e.frames(8, 9, 10))
		d.Transmit(e.frames(11))
	}
	d.Transmit(e.frames(5))
	if want := []byte{1, 2, 3, 5, 6, 7, 8}; !bytes.Equal(e.got, want) {
		t.Errorf("got %v, want %v", e.got, want)
	}
	if got, want := d.Stats(), (loopback.Stats{Frames: 7, Bytes: 280, QueueFull: 4}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestDetach(t *testing.T) {
	d := loopback.New(loopback.Config{})
	e := newEnd(t, d)
	d2 := d.Attach(e)
	if !errors.Is(d2, netif.ErrAttached) {
		t.Errorf("second Attach: %v", d2)
	}
	e.then = func([]*pbuf.Buf) {
		d.Transmit(e.frames(2, 3)) // wait
		if err := d.Detach(); err != nil {
			t.Error(err)
		}
		d.Transmit(e.frames(4))
	}
	d.Transmit(e.frames(1))
	d.Transmit(e.frames(5))
	if !bytes.Equal(e.got, []byte{1}) {
		t.Errorf("got %v, want 1 only", e.got)
	}
	if got := d.Stats().NotAttached; got != 4 {
		t.Errorf("%d not attached, want 4", got)
	}
	e.then = nil
	if err := d.Attach(e); err != nil {
		t.Fatal(err)
	}
	d.Transmit(e.frames(6))
	if !bytes.Equal(e.got, []byte{1, 6}) {
		t.Errorf("after another Attach: %v", e.got)
	}
}

func TestConcurrentTransmit(t *testing.T) {
	d := loopback.New(loopback.Config{MaxFrames: 1 << 20})
	e := newEnd(t, d)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for range 500 {
				d.Transmit(e.frames(byte(g), byte(g)))
			}
		})
	}
	wg.Wait()
	d.Transmit(e.frames(9)) // whoever was delivering has finished by now, or takes it
	d.Detach()
	if e.deepest != 1 || len(e.got) != 4001 {
		t.Errorf("%d frames, %d deliveries at once", len(e.got), e.deepest)
	}
}

func TestZeroAllocTransmit(t *testing.T) {
	d := loopback.New(loopback.Config{})
	e := newEnd(t, d)
	e.then = func([]*pbuf.Buf) { e.got = e.got[:0] }
	batch := make([]*pbuf.Buf, 8)
	n := testing.AllocsPerRun(200, func() {
		for i := range batch {
			batch[i] = e.pool.Alloc(pbuf.Raw, 1500, pbuf.RAM)
		}
		d.Transmit(batch)
	})
	if n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}
