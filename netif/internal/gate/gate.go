// Package gate is the door between a driver and its Receiver: it is opened by
// Attach, every delivery passes through it, and once Detach has closed it no
// call to the Receiver begins any more.
//
// The promise is the Driver contract's, and it is harder than a nil pointer: a
// goroutine that has seen the Receiver, but has not called it yet, must be
// waited for; and a lock held during the call is no way to do that, because
// deliveries nest (a wire's two ends answer each other on one goroutine) and a
// Receiver may detach its driver from within a delivery. So a delivery only
// counts itself in and out, and Close waits until nobody is counted but the
// calls that its own goroutine is in, which it tells by its call stack.
package gate

import (
	"runtime"
	"sync/atomic"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Gate guards one Receiver. The zero Gate is closed. All methods may be called
// from any goroutine.
type Gate struct{ cur atomic.Pointer[session] }

// session is one time between Open and Close.
type session struct {
	r     netif.Receiver
	calls atomic.Int64  // calls under way, and the closed bit
	left  chan struct{} // a call ended after closing
}

const closed = 1 << 62

// Open lets deliveries through to r. It fails with netif.ErrAttached while the
// gate is open.
func (g *Gate) Open(r netif.Receiver) error {
	if !g.cur.CompareAndSwap(nil, &session{r: r, left: make(chan struct{}, 1)}) {
		return netif.ErrAttached
	}
	return nil
}

// IsOpen reports whether a delivery begun now would get through.
func (g *Gate) IsOpen() bool { return g.cur.Load() != nil }

// Pool returns the Receiver's packet memory, or nil if the gate is closed.
func (g *Gate) Pool() *pbuf.Pool {
	if s := g.cur.Load(); s != nil {
		return s.r.Pool()
	}
	return nil
}

// Deliver passes the frames to the Receiver, which consumes them, and reports
// true; or it reports false because the gate is closed, and the frames are
// still the caller's. An empty batch is not delivered.
func (g *Gate) Deliver(frames []*pbuf.Buf) bool {
	s := g.cur.Load()
	if s == nil {
		return false
	}
	defer s.leave()
	if s.calls.Add(1)&closed != 0 {
		return false
	}
	if len(frames) != 0 {
		s.r.Deliver(frames)
	}
	return true
}

// SetLink passes the link's state to the Receiver, if the gate is open.
func (g *Gate) SetLink(up bool) {
	s := g.cur.Load()
	if s == nil {
		return
	}
	defer s.leave()
	if s.calls.Add(1)&closed == 0 {
		s.r.SetLink(up)
	}
}

// Close closes the gate and waits until the calls that other goroutines are in
// have returned. It does not wait for calls that it is made from itself.
//
// A goroutine that is inside a delivery of another gate of this process is
// taken to be inside one of this gate's: Close then may return while one other
// call is under way. Waiting instead could never end, when two deliveries each
// detach the other's driver.
func (g *Gate) Close() {
	s := g.cur.Swap(nil)
	if s == nil || s.calls.Or(closed) == 0 {
		return
	}
	own := depth()
	for s.calls.Load()&^closed > own {
		<-s.left
	}
}

func (s *session) leave() {
	if s.calls.Add(-1)&closed == 0 {
		return
	}
	select {
	case s.left <- struct{}{}:
	default:
	}
}

// depth returns how many calls through gates the calling goroutine is in.
func depth() (n int64) {
	const pkg = "github.com/golwip/lwip/netif/internal/gate."
	var pcs [128]uintptr
	for skip := 2; ; skip += len(pcs) {
		got := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:got])
		for more := got > 0; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if f.Function == pkg+"(*Gate).Deliver" || f.Function == pkg+"(*Gate).SetLink" {
				n++
			}
		}
		if got < len(pcs) {
			return n
		}
	}
}
