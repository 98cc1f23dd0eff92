package api

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
)

// stream is a TCP connection as its owner sees it. It is the PCB's tcp.Handler:
// the upcalls below run inside the core lock.
//
// It is one object, and small: what only some connections need (conditions,
// timers, addresses after the end) is made when it is needed.
type stream struct {
	endpoint
	rd, wr side
	rq     pbuf.FIFO // the receive mailbox; guarded by mu
	pcb    *tcp.PCB  // guarded by the core lock; nil once it has ended
	owner  *Netconn  // hears events; nil for a TCPConn
	ends   *ends     // guarded by the core lock; set when pcb becomes nil
	err    error     // why the connection ended; guarded by mu
	unread int32     // bytes consumed that tcp was not told of; guarded by mu
	linger int32     // seconds; negative: Close does not wait; guarded by mu

	// What a caller must know of the PCB without the core lock. Changed inside
	// the core lock.
	space   atomic.Int32 // bytes that Write takes
	buffer  atomic.Int32 // the most that space comes to
	segment atomic.Int32 // payload of a full segment
	stride  atomic.Int32 // consumed bytes that are worth telling tcp
	want    atomic.Int32 // the space that a writer waits for; 0: none waits

	asked atomic.Int32 // 1: something was written since a reader last ran dry
}

var _ tcp.Handler = (*stream)(nil)

// init makes s the endpoint of p, not connected.
func (s *stream) init(p *Protocol, pcb *tcp.PCB) {
	s.p = p
	s.pcb = pcb
	s.linger = -1
	s.wr.set(blockState)
}

// publish stores what changed of the PCB since the last call. The caller holds
// the core lock.
func (s *stream) publish(p *tcp.PCB) {
	s.space.Store(int32(p.SendSpace()))
	put(&s.segment, p.SegmentPayload())
	put(&s.buffer, p.SendLimit())
	put(&s.stride, p.WindowStride())
}

// put stores v unless it is there already: a load is cheaper.
func put(a *atomic.Int32, v int) {
	if a.Load() != int32(v) {
		a.Store(int32(v))
	}
}

// Connected implements tcp.Handler.
func (s *stream) Connected(p *tcp.PCB) {
	s.publish(p)
	s.mu.Lock()
	s.flags = s.flags&^connecting | connected
	if !s.flags.has(closed | noWrite) {
		s.wr.clear(blockState)
	}
	s.wr.wake()
	s.rd.wake()
	s.mu.Unlock()
	s.owner.event(SendPlus, 0)
}

// Received implements tcp.Handler.
func (s *stream) Received(p *tcp.PCB, buf *pbuf.Buf) {
	n := buf.TotalLen()
	s.mu.Lock()
	if s.flags.has(closed | noRead) {
		s.mu.Unlock()
		buf.Free()
		p.Recved(n)
		s.p.stats.StreamsClosed++
		return
	}
	s.enqueue(buf, n)
	c := s.rd.next()
	s.mu.Unlock()
	if c != nil {
		c.Signal()
	}
	s.owner.event(RcvPlus, n)
}

// PeerClosed implements tcp.Handler.
func (s *stream) PeerClosed(*tcp.PCB) {
	s.mu.Lock()
	s.flags |= eof
	s.rd.wake()
	s.mu.Unlock()
	s.owner.event(RcvPlus, 0)
}

// Sent implements tcp.Handler. It takes the mutex only if a writer waits for
// this.
func (s *stream) Sent(p *tcp.PCB, _ int) {
	space := int32(p.SendSpace())
	full := s.owner != nil && !s.roomy()
	s.space.Store(space)
	put(&s.buffer, p.SendLimit()) // it grows
	if w := s.want.Load(); w != 0 && (space >= w || space >= int32(p.SendShare())) {
		s.mu.Lock()
		s.wr.wake()
		s.mu.Unlock()
	}
	if full && s.roomy() {
		s.owner.event(SendPlus, 0)
	}
}

// Closed implements tcp.Handler.
func (s *stream) Closed(p *tcp.PCB, err error) {
	s.retire(p)
	s.mu.Lock()
	s.flags = s.flags&^connecting | dead
	s.err = meaning(err)
	s.wr.set(blockState)
	if s.p.ended {
		s.rq.All().Free()
	} else if s.rq.Len() > 0 && !s.flags.has(closed) {
		s.p.orphans[s] = struct{}{}
	}
	s.rd.wake()
	s.wr.wake()
	s.mu.Unlock()
	if err != nil {
		s.owner.fail(meaning(err))
	}
}

// discard frees the bytes that wait.
func (s *stream) discard() {
	s.mu.Lock()
	s.rq.All().Free()
	s.mu.Unlock()
}

// SoftError implements tcp.Handler: the reason is kept, in case the connection
// times out, as RFC 1122 §4.2.3.9 wants it told.
func (s *stream) SoftError(_ *tcp.PCB, err error) { s.owner.fail(meaning(err)) }

// retire parts from the PCB and keeps its addresses. The caller holds the core
// lock.
func (s *stream) retire(p *tcp.PCB) {
	if s.pcb == nil {
		return
	}
	s.ends = &ends{zoned(p.Local(), p.Interface()), zoned(p.Remote(), p.Interface())}
	s.pcb = nil
}

// addresses returns the local and the remote address; an invalid one is not
// known yet.
func (s *stream) addresses() (local, remote netip.AddrPort) {
	s.p.core.Lock()
	defer s.p.core.Unlock()
	if p := s.pcb; p != nil {
		return zoned(p.Local(), p.Interface()), zoned(p.Remote(), p.Interface())
	}
	if s.ends != nil {
		return s.ends.local, s.ends.remote
	}
	return
}

// with runs f on the PCB inside the core lock. It returns ErrClosed, or why the
// connection ended, if there is none any more.
func (s *stream) with(f func(*tcp.PCB)) error {
	s.p.core.Lock()
	p := s.pcb
	if p != nil {
		f(p)
		if p.Ended() && s.pcb == p {
			// f has aborted it, which calls nobody back.
			s.Closed(p, tcp.ErrAborted)
		} else {
			s.publish(p)
		}
	}
	s.p.core.Unlock()
	if p != nil {
		return nil
	}
	return s.reason()
}

// reason returns why there is no PCB.
func (s *stream) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.flags.has(closed):
		return ErrClosed
	case s.err != nil:
		return s.err
	}
	return ErrNotConnected
}

// signal wakes who waits on c; nil is nobody. The mutex is not held, so that who
// wakes does not run into it.
func signal(c *sync.Cond) {
	if c != nil {
		c.Signal()
	}
}
