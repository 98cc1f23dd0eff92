package netif_test

import (
	"errors"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// flush does what a stack does when it releases the core lock.
func flush(ifc *netif.Interface) {
	if batch, sender := ifc.Publish(); sender {
		ifc.Transmit(batch)
	}
}

func (w *world) output(ifc *netif.Interface, n int) error {
	buf := w.pool.Alloc(pbuf.Raw, n, pbuf.RAM)
	buf.Bytes()[0] = byte(n)
	return ifc.Output(buf)
}

func TestOutputIsOneBatch(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	d := ifc.Driver().(*driver)
	for n := 60; n < 63; n++ {
		if err := w.output(ifc, n); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.sent) != 0 {
		t.Error("sent while the core lock is held")
	}
	batches := 0
	d.busy = func() { batches++ }
	flush(ifc)
	flush(ifc)
	if len(d.sent) != 3 || batches != 1 || d.sent[0][0] != 60 || d.sent[2][0] != 62 {
		t.Errorf("%d frames in %d batches", len(d.sent), batches)
	}
	if s := ifc.Stats(); s.TxFrames != 3 || s.TxBytes != 60+61+62 {
		t.Errorf("%+v", s)
	}
}

func TestOutputWhenDown(t *testing.T) {
	w := newWorld(t)
	ifc := w.add(netif.Properties{}, netif.Config{})
	for i, set := range []func(){
		func() {},
		func() { ifc.SetUp(true); ifc.SetLink(false) },
		func() { ifc.SetUp(false); ifc.SetLink(true) },
	} {
		set()
		if err := w.output(ifc, 60); !errors.Is(err, netif.ErrDown) {
			t.Errorf("case %d: %v, want ErrDown", i, err)
		}
	}
	if s := ifc.Stats(); s.TxDown != 3 || s.TxFrames != 0 {
		t.Errorf("%+v", s)
	}
}

func TestOutputQueueLimit(t *testing.T) {
	w := newWorld(t)
	ifc := w.add(netif.Properties{}, netif.Config{TxQueue: 5})
	ifc.SetUp(true)
	send := func(n, accepted int) {
		t.Helper()
		for i := range n {
			err := w.output(ifc, 60)
			if i < accepted && err != nil || i >= accepted && !errors.Is(err, netif.ErrQueueFull) {
				t.Errorf("frame %d: %v", i, err)
			}
		}
	}
	d := ifc.Driver().(*driver)
	calls := 0
	d.busy = func() { // the driver is in Transmit: others' frames wait
		if calls++; calls == 1 {
			send(2, 2)
			flush(ifc)
			send(4, 3) // 2 wait already
			flush(ifc)
			send(2, 0)
		}
	}
	send(7, 5)
	flush(ifc)
	if len(d.sent) != 10 {
		t.Errorf("%d frames sent, want 10", len(d.sent))
	}
	d.busy = nil
	send(5, 5) // and all is as before
	flush(ifc)
	if s := ifc.Stats(); s.TxQueueFull != 5 || s.TxFrames != 15 {
		t.Errorf("%+v", s)
	}
}

// TestOutputSeesTheQueueDrain: the number of waiting frames is looked up again
// before a frame is refused.
func TestOutputSeesTheQueueDrain(t *testing.T) {
	w := newWorld(t)
	ifc := w.add(netif.Properties{}, netif.Config{TxQueue: 3})
	ifc.SetUp(true)
	d := ifc.Driver().(*driver)
	calls := 0
	d.busy = func() {
		switch calls++; calls {
		case 1: // two frames wait; one more is staged
			w.output(ifc, 60)
			w.output(ifc, 60)
			flush(ifc)
			if err := w.output(ifc, 60); err != nil {
				t.Error(err)
			}
		case 2: // the two are being sent: there is room, though the lock was held on
			if err := w.output(ifc, 60); err != nil {
				t.Errorf("refused: %v", err)
			}
		}
	}
	w.output(ifc, 60)
	flush(ifc)
	flush(ifc)
	if len(d.sent) != 5 {
		t.Errorf("%d frames sent, want 5", len(d.sent))
	}
}

func TestDefaultQueueLimit(t *testing.T) {
	w := newWorld(t)
	ifc := w.up()
	n := 0
	for w.output(ifc, 60) == nil {
		n++
	}
	flush(ifc)
	if n != 1024 {
		t.Errorf("%d frames staged, want 1024", n)
	}
}

func TestZeroAllocOutput(t *testing.T) {
	w := newWorld(t)
	ifc, err := w.ifs.Add(quiet{}, netif.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ifc.SetUp(true)
	n := testing.AllocsPerRun(100, func() {
		for range 8 {
			w.output(ifc, 60)
		}
		flush(ifc)
	})
	if n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

// quiet is a driver that only frees.
type quiet struct{}

func (quiet) Properties() netif.Properties { return netif.Properties{} }
func (quiet) Attach(netif.Receiver) error  { return nil }
func (quiet) Detach() error                { return nil }
func (quiet) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		f.Free()
	}
}

func BenchmarkOutput(b *testing.B) {
	w := newWorld(b)
	ifc, err := w.ifs.Add(quiet{}, netif.Config{})
	if err != nil {
		b.Fatal(err)
	}
	ifc.SetUp(true)
	buf := w.pool.Alloc(pbuf.Raw, 60, pbuf.RAM)
	defer buf.Free()
	for b.Loop() {
		for range 16 {
			buf.Ref()
			ifc.Output(buf)
		}
		flush(ifc)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(16*b.N), "ns/frame")
}
