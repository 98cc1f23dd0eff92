package tuntap

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// receiver is an interface that keeps what it is given.
type receiver struct {
	pool    *pbuf.Pool
	batches chan [][]byte
	link    chan bool
}

func newReceiver(cfg pbuf.Config) *receiver {
	return &receiver{pool: pbuf.NewPool(cfg), batches: make(chan [][]byte, 1024), link: make(chan bool, 4)}
}

func (r *receiver) Pool() *pbuf.Pool { return r.pool }
func (r *receiver) SetLink(up bool)  { r.link <- up }
func (r *receiver) Deliver(frames []*pbuf.Buf) {
	var batch [][]byte
	for _, buf := range frames {
		batch = append(batch, bytes.Clone(buf.Bytes()))
		buf.Free()
	}
	r.batches <- batch
}

// frames waits for n frames, however they are batched.
func (r *receiver) frames(t testing.TB, n int) [][]byte {
	t.Helper()
	var all [][]byte
	limit := time.After(10 * time.Second)
	for len(all) < n {
		select {
		case b := <-r.batches:
			all = append(all, b...)
		case <-limit:
			t.Fatalf("got %d frames in 10 s, want %d", len(all), n)
		}
	}
	return all
}

func (r *receiver) checkEmpty(t testing.TB) {
	t.Helper()
	if s := r.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("leak: %d blocks, %d views in use", s.BlocksInUse, s.ViewsInUse)
	}
}

// pair returns a device on one end of a socket pair that keeps message
// boundaries, as a TUN device does, and the blocking other end.
func pair(t testing.TB, kind int, framing netif.Framing, cfg Config) (*Device, int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, kind|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	d, err := FromFile(os.NewFile(uintptr(fds[0]), "pair"), framing, cfg)
	if err != nil {
		t.Fatal(err)
	}
	peer := fds[1]
	tv := syscall.Timeval{Sec: 10}
	if err := syscall.SetsockoptTimeval(peer, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &tv); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Close()
		syscall.Close(peer)
	})
	return d, peer
}

// pattern returns n bytes that depend on seed and position.
func pattern(seed, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(seed*7 + i*13 + i>>8)
	}
	return b
}

func mustWrite(t testing.TB, fd int, b []byte) {
	t.Helper()
	if n, err := syscall.Write(fd, b); err != nil || n != len(b) {
		t.Fatalf("write: %d, %v", n, err)
	}
}

func mustRead(t testing.TB, fd int) []byte {
	t.Helper()
	b := make([]byte, 1<<16)
	n, err := syscall.Read(fd, b)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return b[:n]
}

func TestReceiveKeepsOrderAndBatches(t *testing.T) {
	const count = 8 // a Unix datagram socket queues no more than 10
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{Batch: 4})
	var want [][]byte
	for i := range count {
		want = append(want, pattern(i, 20+i*180))
		mustWrite(t, peer, want[i])
	}
	r := newReceiver(pbuf.Config{})
	if err := d.Attach(r); err != nil {
		t.Fatal(err)
	}
	got := r.frames(t, count)
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("frame %d: got %d bytes, want %d, or they differ", i, len(got[i]), len(want[i]))
		}
	}
	if err := d.Detach(); err != nil {
		t.Fatal(err)
	}
	r.checkEmpty(t)
	// All frames waited when the reader started: two full batches.
	if s := d.Stats(); s.RxFrames != count || s.RxBatches != 2 {
		t.Errorf("stats: %+v", s)
	}
}

func TestReceiveHeadroom(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{})
	room := make(chan int, 1)
	r := &headroomReceiver{receiver: newReceiver(pbuf.Config{}), room: room}
	if err := d.Attach(r); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, peer, pattern(1, 100))
	if got := <-room; got < pbuf.Link.Room() {
		t.Errorf("headroom: got %d, want %d", got, pbuf.Link.Room())
	}
}

type headroomReceiver struct {
	*receiver
	room chan int
}

func (r *headroomReceiver) Deliver(frames []*pbuf.Buf) {
	r.room <- frames[0].Headroom()
	r.receiver.Deliver(frames)
}

func TestReceiveDropsTooLong(t *testing.T) {
	tests := []struct {
		name    string
		framing netif.Framing
		longest int
	}{
		{"ip", netif.IP, 1400},
		{"ethernet with a tag", netif.Ethernet, 1418},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, peer := pair(t, syscall.SOCK_DGRAM, tt.framing, Config{MTU: 1400})
			mustWrite(t, peer, pattern(1, tt.longest))
			mustWrite(t, peer, pattern(2, tt.longest+1))
			mustWrite(t, peer, pattern(3, tt.longest+500))
			mustWrite(t, peer, pattern(4, 60))
			r := newReceiver(pbuf.Config{})
			if err := d.Attach(r); err != nil {
				t.Fatal(err)
			}
			got := r.frames(t, 2)
			if !bytes.Equal(got[0], pattern(1, tt.longest)) || !bytes.Equal(got[1], pattern(4, 60)) {
				t.Errorf("wrong frames survive: %d and %d bytes", len(got[0]), len(got[1]))
			}
			d.Close()
			if s := d.Stats(); s.RxTooLong != 2 || s.RxFrames != 2 {
				t.Errorf("stats: %+v", s)
			}
			r.checkEmpty(t)
		})
	}
}

func TestReceiveWithoutMemoryDropsAndGoesOn(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{})
	r := newReceiver(pbuf.Config{MaxBytes: 2 * pbuf.Standard})
	hold := []*pbuf.Buf{r.pool.AllocBytes(0, pbuf.Standard), r.pool.AllocBytes(0, pbuf.Standard)}
	for i := range 3 {
		mustWrite(t, peer, pattern(i, 100))
	}
	if err := d.Attach(r); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(10 * time.Second); d.Stats().RxNoMemory < 3; runtime.Gosched() {
		if time.Now().After(limit) {
			t.Fatalf("stats after 10 s: %+v", d.Stats())
		}
	}
	for _, b := range hold {
		b.Free()
	}
	// The reader may have failed to allocate just before and drop the first.
	want := pattern(4, 200)
	mustWrite(t, peer, want)
	mustWrite(t, peer, want)
	if got := r.frames(t, 1); !bytes.Equal(got[0], want) {
		t.Errorf("got a frame of %d bytes, want %d", len(got[0]), len(want))
	}
	d.Close()
	r.checkEmpty(t)
}

// chain makes a packet of elements of the given sizes.
func chain(t testing.TB, pool *pbuf.Pool, data []byte, sizes ...int) *pbuf.Buf {
	t.Helper()
	var tail *pbuf.Buf
	end := len(data)
	for i := len(sizes) - 1; i >= 0; i-- {
		b := pool.AllocBytes(0, sizes[i])
		copy(b.Bytes(), data[end-sizes[i]:end])
		end -= sizes[i]
		if tail != nil {
			b.SetNext(tail)
		}
		tail = b
	}
	if end != 0 {
		t.Fatalf("sizes leave %d bytes", end)
	}
	return tail
}

func TestTransmitIsOneWritePerFrame(t *testing.T) {
	many := make([]int, maxVectors+5)
	total := 0
	for i := range many {
		many[i] = 10 + i
		total += many[i]
	}
	tests := []struct {
		name  string
		sizes []int
	}{
		{"one element", []int{900}},
		{"header and payload", []int{54, 1446}},
		{"empty elements", []int{0, 40, 0, 60, 0}},
		{"as many as writev takes", many[:maxVectors]},
		{"more than writev takes", many},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{MTU: 9000})
			r := newReceiver(pbuf.Config{})
			n := 0
			for _, s := range tt.sizes {
				n += s
			}
			first, second := pattern(1, n), pattern(2, n)
			d.Transmit([]*pbuf.Buf{chain(t, r.pool, first, tt.sizes...), chain(t, r.pool, second, tt.sizes...)})
			for i, want := range [][]byte{first, second} {
				if got := mustRead(t, peer); !bytes.Equal(got, want) {
					t.Errorf("frame %d: got %d bytes, want %d, or they differ", i, len(got), len(want))
				}
			}
			if s := d.Stats(); s.TxFrames != 2 || s.TxBytes != uint64(2*n) {
				t.Errorf("stats: %+v", s)
			}
			r.checkEmpty(t)
		})
	}
}

// TestTransmitFull: nobody reads; the wait is bounded and what does not fit is
// dropped and counted.
func TestTransmitFull(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{WriteTimeout: time.Millisecond})
	r := newReceiver(pbuf.Config{})
	const count = 500
	var batch []*pbuf.Buf
	for i := range count {
		data := pattern(i, 1000)
		batch = append(batch, chain(t, r.pool, data, 40, 960))
	}
	d.Transmit(batch)
	s := d.Stats()
	if s.TxFrames == 0 || s.TxFull == 0 || s.TxFrames+s.TxFull != count || s.TxWaits != 1 {
		t.Errorf("stats: %+v", s)
	}
	r.checkEmpty(t)
	for i := range int(s.TxFrames) {
		if !bytes.Equal(mustRead(t, peer), pattern(i, 1000)) {
			t.Fatalf("frame %d is not the one sent", i)
		}
	}
	// The next batch begins anew.
	d.Transmit([]*pbuf.Buf{chain(t, r.pool, pattern(1, 50), 50)})
	if got := mustRead(t, peer); !bytes.Equal(got, pattern(1, 50)) {
		t.Error("no transmission after the device was full")
	}
}

// TestTransmitWaits: a device that is slow loses nothing.
func TestTransmitWaits(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{WriteTimeout: 20 * time.Second})
	r := newReceiver(pbuf.Config{})
	const count = 500
	var batch []*pbuf.Buf
	for i := range count {
		batch = append(batch, chain(t, r.pool, pattern(i, 1000), 1000))
	}
	res := make(chan error, 1)
	go func() {
		b := make([]byte, 2000)
		for i := range count {
			n, err := syscall.Read(peer, b)
			if err != nil || !bytes.Equal(b[:n], pattern(i, 1000)) {
				res <- fmt.Errorf("frame %d: %d bytes, %v", i, n, err)
				return
			}
		}
		res <- nil
	}()
	d.Transmit(batch)
	if err := <-res; err != nil {
		t.Fatal(err)
	}
	if s := d.Stats(); s.TxFrames != count || s.TxFull != 0 {
		t.Errorf("stats: %+v", s)
	}
	r.checkEmpty(t)
}

func TestTransmitErrorIsCounted(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_SEQPACKET, netif.IP, Config{})
	r := newReceiver(pbuf.Config{})
	syscall.Close(peer)
	d.Transmit([]*pbuf.Buf{chain(t, r.pool, pattern(1, 50), 50), chain(t, r.pool, pattern(1, 50), 20, 30)})
	if s := d.Stats(); s.TxErrors != 2 || s.TxFrames != 0 {
		t.Errorf("stats: %+v", s)
	}
	r.checkEmpty(t)
}

func TestLifeCycle(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{})
	r := newReceiver(pbuf.Config{})
	if err := d.Attach(r); err != nil {
		t.Fatal(err)
	}
	if err := d.Attach(r); !errors.Is(err, ErrAttached) {
		t.Errorf("second Attach: got %v, want ErrAttached", err)
	}
	if err := d.Detach(); err != nil {
		t.Errorf("Detach: %v", err)
	}
	if err := d.Detach(); err != nil {
		t.Errorf("second Detach: %v", err)
	}
	if err := d.Attach(r); !errors.Is(err, ErrClosed) {
		t.Errorf("Attach after Detach: got %v, want ErrClosed", err)
	}
	if _, err := syscall.Write(peer, pattern(1, 50)); err == nil {
		t.Error("the descriptor is still open after Detach")
	}
	d.Transmit([]*pbuf.Buf{chain(t, r.pool, pattern(1, 50), 50)})
	if s := d.Stats(); s.TxClosed != 1 {
		t.Errorf("stats: %+v", s)
	}
	select {
	case up := <-r.link:
		t.Errorf("our own Detach told link %v", up)
	default:
	}
	r.checkEmpty(t)
}

// TestLinkGoesDown: the other end vanishes, as a deleted device does.
func TestLinkGoesDown(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_SEQPACKET, netif.IP, Config{})
	r := newReceiver(pbuf.Config{})
	if err := d.Attach(r); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, peer, pattern(1, 50))
	syscall.Close(peer)
	r.frames(t, 1)
	select {
	case up := <-r.link:
		if up {
			t.Error("link told up")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("no link event in 10 s")
	}
	if err := d.Detach(); err != nil {
		t.Error(err)
	}
	if s := d.Stats(); s.RxErrors != 1 {
		t.Errorf("stats: %+v", s)
	}
	r.checkEmpty(t)
}

func TestBadArguments(t *testing.T) {
	if _, err := OpenTAP("a-name-too-long-for-it", Config{}); !errors.Is(err, ErrBadName) {
		t.Errorf("long name: %v", err)
	}
	for _, cfg := range []Config{{MTU: 67}, {MTU: maxMTU + 1}, {Batch: -1}, {Batch: 1025}, {WriteTimeout: -1}} {
		if _, err := OpenTUN("x", cfg); !errors.Is(err, ErrBadConfig) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	f, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	if _, err := FromFile(f, 7, Config{}); !errors.Is(err, ErrBadConfig) {
		t.Errorf("framing 7: %v", err)
	}
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("FromFile did not take over the file on error: %v", err)
	}
}

// quiet is a receiver that frees and tells.
type quiet struct {
	pool *pbuf.Pool
	got  chan int
}

func (q *quiet) Pool() *pbuf.Pool { return q.pool }
func (q *quiet) SetLink(bool)     {}
func (q *quiet) Deliver(frames []*pbuf.Buf) {
	for _, buf := range frames {
		buf.Free()
	}
	q.got <- len(frames)
}

func TestZeroAlloc(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{})
	q := &quiet{pool: pbuf.NewPool(pbuf.Config{}), got: make(chan int, 1)}
	if err := d.Attach(q); err != nil {
		t.Fatal(err)
	}
	data, in := pattern(1, 1400), make([]byte, 2000)
	batch := make([]*pbuf.Buf, 1)
	round := func() {
		head, payload := q.pool.AllocBytes(0, 40), q.pool.AllocBytes(0, 1400)
		head.SetNext(payload)
		batch[0] = head
		d.Transmit(batch)
		if _, err := syscall.Read(peer, in); err != nil {
			t.Fatal(err)
		}
		if _, err := syscall.Write(peer, data); err != nil {
			t.Fatal(err)
		}
		<-q.got
	}
	round()
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Errorf("got %v allocations per frame out and in, want 0", n)
	}
}
