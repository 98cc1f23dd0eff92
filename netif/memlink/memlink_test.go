package memlink_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
)

// station is a Receiver that keeps copies of what it gets.
type station struct {
	pool    *pbuf.Pool
	got     [][]byte
	bufs    []*pbuf.Buf // as delivered; freed already
	batches int
	links   []bool
	then    func([]*pbuf.Buf) // called first, with the batch
}

func (s *station) Pool() *pbuf.Pool { return s.pool }
func (s *station) SetLink(up bool)  { s.links = append(s.links, up) }
func (s *station) Deliver(frames []*pbuf.Buf) {
	s.batches++
	if s.then != nil {
		s.then(frames)
	}
	for _, f := range frames {
		var b []byte
		for e := f; e != nil; e = e.Next() {
			b = append(b, e.Bytes()...)
		}
		s.got = append(s.got, b)
		s.bufs = append(s.bufs, f)
		f.Free()
	}
}

func attach(t *testing.T, d netif.Driver, pool *pbuf.Pool) *station {
	t.Helper()
	s := &station{pool: pool}
	if err := d.Attach(s); err != nil {
		t.Fatal(err)
	}
	return s
}

func frame(t testing.TB, pool *pbuf.Pool, n int, fill byte) *pbuf.Buf {
	t.Helper()
	f := pool.Alloc(pbuf.Raw, n, pbuf.RAM)
	if f == nil {
		t.Fatal("no memory")
	}
	for i := range f.Bytes() {
		f.Bytes()[i] = fill
	}
	return f
}

func checkFreed(t *testing.T, pool *pbuf.Pool) {
	t.Helper()
	if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("leaked: %+v", s)
	}
}

func TestPropertiesDefaults(t *testing.T) {
	a, b := memlink.New(memlink.Config{})
	pa, pb := a.Properties(), b.Properties()
	if pa.MTU != 1500 || pa.Framing != netif.Ethernet {
		t.Errorf("zero Config: %+v", pa)
	}
	for _, p := range []netif.Properties{pa, pb} {
		if p.HWAddr.IsMulticast() || p.HWAddr[0]&2 == 0 {
			t.Errorf("%v is not a locally administered station address", p.HWAddr)
		}
	}
	if pa.HWAddr == pb.HWAddr {
		t.Error("both ends have the same address")
	}
	if a.Peer() != b || b.Peer() != a {
		t.Error("Peer is not the other end")
	}
	hw := ethernet.Addr{2, 3, 4, 5, 6, 7}
	_, b = memlink.New(memlink.Config{HWAddrB: hw, MTU: 9000, MaxSegment: 65000, NoMulticast: true})
	if p := b.Properties(); p.HWAddr != hw || p.MTU != 9000 || p.MaxSegment != 65000 || !p.NoMulticast {
		t.Errorf("configured: %+v", p)
	}
	a, _ = memlink.New(memlink.Config{Framing: netif.IP, HWAddrA: hw})
	if p := a.Properties(); !p.HWAddr.IsZero() {
		t.Errorf("an IP link has a station address: %v", p.HWAddr)
	}
}

func TestTransmitDeliversTheBatchByReference(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{})
	sa, sb := attach(t, a, pool), attach(t, b, pool)
	batch := []*pbuf.Buf{frame(t, pool, 60, 1), frame(t, pool, 1514, 2), frame(t, pool, 14, 3)}
	batch[1].Flags = pbuf.FIN | pbuf.LinkBroadcast | pbuf.Verified
	sent := slices.Clone(batch)
	sb.then = func(got []*pbuf.Buf) {
		if &got[0] != &batch[0] || len(got) != 3 {
			t.Error("another slice was delivered")
		}
		if got[1].Flags != pbuf.Verified {
			t.Errorf("flags %b: the sender's do not travel", got[1].Flags)
		}
	}
	a.Transmit(batch)
	if !slices.Equal(sb.bufs, sent) || sb.batches != 1 || sa.batches != 0 {
		t.Errorf("%d batches at B, %d at A", sb.batches, sa.batches)
	}
	if !slices.Equal(batch, sent) {
		t.Error("the caller's slice was changed")
	}
	if !bytes.Equal(sb.got[1], bytes.Repeat([]byte{2}, 1514)) {
		t.Error("bytes changed on the wire")
	}
	if got, want := a.Stats(), (memlink.Stats{TxFrames: 3, TxBytes: 1588}); got != want {
		t.Errorf("A: %+v, want %+v", got, want)
	}
	if got, want := b.Stats(), (memlink.Stats{RxFrames: 3, RxBytes: 1588}); got != want {
		t.Errorf("B: %+v, want %+v", got, want)
	}
	checkFreed(t, pool)
}

func TestFramesThatNobodyReceivesAreFreedAndCounted(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{})
	send := func() { a.Transmit([]*pbuf.Buf{frame(t, pool, 60, 1), frame(t, pool, 61, 2)}) }
	send()
	if got := a.Stats().NotAttached; got != 2 {
		t.Errorf("before Attach: %d not attached, want 2", got)
	}
	sb := attach(t, b, pool)
	if err := b.Attach(sb); err == nil {
		t.Error("a second Attach was accepted")
	}
	send()
	if err := b.Detach(); err != nil {
		t.Fatal(err)
	}
	send()
	if got := a.Stats().NotAttached; got != 4 || len(sb.got) != 2 {
		t.Errorf("after Detach: %d not attached, %d received, want 4, 2", got, len(sb.got))
	}
	checkFreed(t, pool)
}

func TestLengthLimit(t *testing.T) {
	eth := memlink.Config{MTU: 1000, MaxSegment: 20000}
	ip := memlink.Config{MTU: 1000, Framing: netif.IP}
	for _, c := range []struct {
		name string
		cfg  memlink.Config
		n    int
		seg  uint16
		ok   bool
	}{
		{"Ethernet header does not count", eth, 1014, 0, true},
		{"nor does a VLAN tag", eth, 1018, 0, true},
		{"more does", eth, 1019, 0, false},
		{"large segment", eth, 20054, 900, true},
		{"too large segment", eth, 20139, 900, false},
		{"IP packet of the MTU", ip, 1000, 0, true},
		{"IP packet over the MTU", ip, 1001, 0, false},
		{"large segment on a link without them", ip, 5000, 900, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			pool := pbuf.NewPool(pbuf.Config{})
			a, b := memlink.New(c.cfg)
			sb := attach(t, b, pool)
			// Between two good frames, so that the rest of the batch is seen.
			f := frame(t, pool, c.n, 9)
			f.SegmentSize = c.seg
			a.Transmit([]*pbuf.Buf{frame(t, pool, 20, 1), f, frame(t, pool, 30, 2)})
			want := memlink.Stats{TxFrames: 3, TxBytes: uint64(50 + c.n)}
			if !c.ok {
				want = memlink.Stats{TxFrames: 2, TxBytes: 50, TooLong: 1}
			}
			if got := a.Stats(); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if len(sb.got) != int(want.TxFrames) || len(sb.got[len(sb.got)-1]) != 30 {
				t.Errorf("%d frames received, want %d", len(sb.got), want.TxFrames)
			}
			checkFreed(t, pool)
		})
	}
}

func TestSetLinkTellsBothEnds(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{})
	sa := attach(t, a, pool)
	a.SetLink(true) // no change
	b.SetLink(false)
	b.SetLink(false)
	sb := attach(t, b, pool) // hears of the cut
	a.Transmit([]*pbuf.Buf{frame(t, pool, 60, 1)})
	a.SetLink(true)
	a.Transmit([]*pbuf.Buf{frame(t, pool, 60, 1)})
	if want := []bool{false, true}; !slices.Equal(sa.links, want) || !slices.Equal(sb.links, want) {
		t.Errorf("A heard %v, B %v, want %v", sa.links, sb.links, want)
	}
	if got, want := a.Stats(), (memlink.Stats{TxFrames: 1, TxBytes: 60, LinkDown: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	checkFreed(t, pool)
}

// TestAnswersNest sends a frame to and fro from within each delivery, then
// detaches both ends at the bottom.
func TestAnswersNest(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{})
	sa, sb := attach(t, a, pool), attach(t, b, pool)
	left := 20
	answer := func(p *memlink.Port) func([]*pbuf.Buf) {
		return func([]*pbuf.Buf) {
			if left--; left == 0 {
				a.Detach()
				b.Detach()
			}
			p.Transmit([]*pbuf.Buf{frame(t, pool, 60, 1)})
		}
	}
	sa.then, sb.then = answer(a), answer(b)
	a.Transmit([]*pbuf.Buf{frame(t, pool, 60, 0)})
	if sa.batches+sb.batches != 20 {
		t.Errorf("%d+%d deliveries, want 20", sa.batches, sb.batches)
	}
	if n := a.Stats().NotAttached + b.Stats().NotAttached; n != 1 {
		t.Errorf("%d not attached, want 1", n)
	}
	checkFreed(t, pool)
}

func TestZeroAllocTransmit(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	a, b := memlink.New(memlink.Config{})
	if err := b.Attach(sink{pool}); err != nil {
		t.Fatal(err)
	}
	batch := make([]*pbuf.Buf, 16)
	n := testing.AllocsPerRun(100, func() {
		for i := range batch {
			batch[i] = pool.Alloc(pbuf.Raw, 1514, pbuf.RAM)
		}
		a.Transmit(batch)
	})
	if n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
	checkFreed(t, pool)
}

// sink frees what it gets.
type sink struct{ pool *pbuf.Pool }

func (s sink) Pool() *pbuf.Pool { return s.pool }
func (s sink) SetLink(bool)     {}
func (s sink) Deliver(frames []*pbuf.Buf) {
	for _, f := range frames {
		f.Free()
	}
}

func BenchmarkTransmit(b *testing.B) {
	pool := pbuf.NewPool(pbuf.Config{})
	p, q := memlink.New(memlink.Config{})
	q.Attach(sink{pool})
	batch := make([]*pbuf.Buf, 16)
	for b.Loop() {
		for i := range batch {
			batch[i] = pool.Alloc(pbuf.Raw, 1514, pbuf.RAM)
		}
		p.Transmit(batch)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch)), "ns/frame")
}
