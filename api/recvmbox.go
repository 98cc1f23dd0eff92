package api

import (
	"io"
	"sync"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// recvFlags modify a read.
type recvFlags uint8

const (
	peek     recvFlags = 1 << iota // leave the bytes where they are
	dontWait                       // ErrWouldBlock rather than wait
	noRecved                       // the caller opens the window itself
)

func (f recvFlags) has(g recvFlags) bool { return f&g != 0 }

// enqueue puts n bytes of received payload into the mailbox. It consumes buf.
// The caller holds mu.
//
// A segment that fills less than half of the memory it pins does not stay in it
// when others wait already, unless they make up for it: it is copied behind the
// last one, or into a block where its successors have room. So what a peer can
// pin stays within twice the window, also with single bytes. Large blocks, which
// many segments share, get the benefit of the doubt once.
func (s *stream) enqueue(buf *pbuf.Buf, n int) {
	pins := s.rq.Pins(buf)
	if s.rq.Len() == 0 && pins > pbuf.Standard && 2*n < pins && n <= pbuf.Standard && buf.Writable() {
		buf = s.compact(buf, n) // nobody shares its large block
		pins = s.rq.Pins(buf)
	}
	if s.rq.Len() == 0 || 2*n >= pins || s.rq.Pinned()+pins <= 2*(s.rq.Len()+n)+slack(buf) {
		s.rq.Append(buf)
		return
	}
	if !s.rq.Merge(buf) {
		block := s.p.pool.AllocBytes(0, pbuf.Standard)
		if block == nil || n > pbuf.Standard {
			block.Free()
			s.rq.Append(buf)
			return
		}
		block.Realloc(0)
		s.rq.Append(block)
		s.rq.Merge(buf)
	}
	buf.Free()
}

// compact returns the n bytes of buf in a block of their size, or buf if there is
// no memory for that. It consumes buf.
func (s *stream) compact(buf *pbuf.Buf, n int) *pbuf.Buf {
	small := s.p.pool.AllocBytes(0, n)
	if small == nil {
		return buf
	}
	buf.CopyPartial(small.Bytes(), 0)
	small.Flags |= buf.Flags & pbuf.Push
	buf.Free()
	return small
}

// slack returns how many bytes of storage more than twice the payload may be
// pinned by buffers like buf.
func slack(buf *pbuf.Buf) int {
	if buf.BlockSize() > pbuf.Standard {
		return pbuf.Large
	}
	return 0
}

// size returns the storage in bytes that the chain pins.
func size(buf *pbuf.Buf) int {
	n := 0
	for e := buf; e != nil; e = e.Next() {
		n += e.BlockSize()
	}
	return n
}

// readable returns nil if the read side is open: there are bytes, or there may
// be. Otherwise it says what a read returns. The caller holds mu.
func (s *stream) readable() error {
	switch {
	case s.flags.has(closed):
		return ErrClosed
	case s.rd.has(blockExpired):
		return errDeadline
	case s.flags.has(noRead):
		return io.EOF
	case s.rq.Len() > 0:
		return nil
	case s.flags.has(eof):
		return io.EOF
	case s.err != nil:
		return s.err
	case s.flags.has(dead):
		return io.EOF
	case !s.flags.has(connecting | connected):
		return ErrNotConnected
	}
	return nil
}

// await waits until the mailbox has bytes. The caller holds mu.
func (s *stream) await(f recvFlags, limit timers.Time) error {
	for tries := 0; s.rd.has(blockExpired|blockState) || s.rq.Len() == 0; tries++ {
		if err := s.readable(); err != nil {
			return err
		}
		switch {
		case f.has(dontWait):
			return ErrWouldBlock
		case s.p.over(limit):
			return errTimeout
		}
		if tries > 0 || !s.expect() {
			s.pause(&s.rd, limit, tries)
		}
	}
	return nil
}

// read copies received bytes to b, at least one unless b is empty, and waits for
// them until limit; 0 is no limit.
//
// It takes the core lock only when so much was consumed that the window is worth
// reopening. Whole buffers leave the mailbox first and are copied outside the
// mutex; several readers may do so at once, each with its own part of the
// stream.
func (s *stream) read(b []byte, f recvFlags, limit timers.Time) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	s.mu.Lock()
	if err := s.await(f, limit); err != nil {
		s.mu.Unlock()
		return 0, err
	}
	if f.has(peek) {
		n := 0
		for e := s.rq.Front(); e != nil && n < len(b); e = e.Next() {
			n += copy(b[n:], e.Bytes())
		}
		next := s.more() // the bytes are still there for another reader
		s.mu.Unlock()
		signal(next)
		return n, nil
	}
	whole := s.rq.Whole(len(b))
	n := 0
	if whole != nil {
		n = whole.TotalLen()
	}
	if n < len(b) && s.rq.Len() > 0 {
		part := copy(b[n:], s.rq.Front().Bytes())
		s.rq.Drop(part)
		n += part
	}
	open := s.consume(n, f)
	next := s.more()
	last := s.rq.Len() == 0 && s.flags.has(dead)
	s.mu.Unlock()

	at := 0
	for e := whole; e != nil; e = e.Next() {
		at += copy(b[at:], e.Bytes())
	}
	whole.Free()
	signal(next)
	if last {
		s.forget()
	}
	s.recved(open)
	s.owner.event(RcvMinus, n)
	return n, nil
}

// readBufs takes received buffers as they are, so many bytes at most, and waits
// as read does.
func (s *stream) readBufs(most int, f recvFlags, limit timers.Time) (*pbuf.Buf, error) {
	s.mu.Lock()
	if err := s.await(f, limit); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	buf := s.rq.Take(most)
	if buf == nil {
		s.mu.Unlock()
		return nil, ErrBuffer
	}
	n := buf.TotalLen()
	open := s.consume(n, f)
	next := s.more()
	last := s.rq.Len() == 0 && s.flags.has(dead)
	s.mu.Unlock()
	signal(next)
	if last {
		s.forget()
	}
	s.recved(open)
	s.owner.event(RcvMinus, n)
	return buf, nil
}

// consume counts n bytes as read and returns how many tcp must be told of now.
// The caller holds mu.
func (s *stream) consume(n int, f recvFlags) (open int) {
	if f.has(noRecved) {
		return 0
	}
	s.unread += int32(n)
	if s.unread < s.stride.Load() {
		return 0
	}
	open = int(s.unread)
	s.unread = 0
	return open
}

// recved reopens the window by n bytes.
func (s *stream) recved(n int) {
	if n <= 0 {
		return
	}
	s.p.core.Lock()
	if p := s.pcb; p != nil {
		p.Recved(n)
		put(&s.stride, p.WindowStride()) // the buffer grows
	}
	s.p.core.Unlock()
}

// forget takes the stream off the list of those that hold bytes without a PCB.
func (s *stream) forget() {
	s.p.core.Lock()
	delete(s.p.orphans, s)
	s.p.core.Unlock()
}

// more returns the reader to wake because bytes are left. The caller holds mu.
func (s *stream) more() *sync.Cond {
	if s.rq.Len() == 0 {
		return nil
	}
	return s.rd.next()
}

// pending returns the bytes that wait.
func (s *stream) pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rq.Len()
}
