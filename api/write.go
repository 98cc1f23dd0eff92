package api

import (
	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// writeFlags modify a write.
type writeFlags uint8

const (
	moreComing writeFlags = 1 << iota // no PSH at the end, and a partial segment waits
	dontBlock                         // write what fits, ErrWouldBlock if nothing does
)

func (f writeFlags) has(g writeFlags) bool { return f&g != 0 }

func (f writeFlags) tcp() tcp.WriteFlags {
	if f.has(moreComing) {
		return tcp.More
	}
	return 0
}

// elements bounds the buffers that fill allocates at once.
const elements = 48

// fill returns the bytes of b, or as many of the first as there is memory for,
// copied and summed, in elements of one segment each. It returns nil if there is
// no memory at all. It runs without any lock.
func (s *stream) fill(b []byte) *pbuf.Buf {
	seg := max(int(s.segment.Load()), 1)
	if len(b) <= seg {
		return sumInto(s.p.pool.AllocBytes(0, len(b)), b)
	}
	var bufs [elements]*pbuf.Buf
	n := min(len(b)/seg, elements)
	n = s.p.pool.AllocN(bufs[:n], 0, seg)
	for i, e := range bufs[:n] {
		sumInto(e, b[i*seg:(i+1)*seg])
	}
	if tail := b[n*seg:]; n < elements && 0 < len(tail) && len(tail) < seg {
		if e := sumInto(s.p.pool.AllocBytes(0, len(tail)), tail); e != nil {
			bufs[n] = e
			n++
		}
	}
	for i := n - 1; i > 0; i-- {
		bufs[i-1].SetNext(bufs[i])
	}
	return bufs[0]
}

// sumInto copies b to the element e, of the same length, and notes the sum.
func sumInto(e *pbuf.Buf, b []byte) *pbuf.Buf {
	if e != nil {
		e.Sum = checksum.Copy(e.Bytes(), b)
		e.Flags |= pbuf.HasSum
	}
	return e
}

// write sends b. It returns when tcp has taken all of it, or with the number of
// bytes that it has taken and the reason why not more.
//
// The short way, for a write that fits into the send buffer: copy without any
// lock, queue inside the core lock. It is safe against another writer's batches
// because blockBusy is looked at inside the core lock, which each batch needs.
func (s *stream) write(b []byte, f writeFlags, limit timers.Time) (int, error) {
	n := len(b)
	if n == 0 || n > s.p.cfg.WriteBatch || n > int(s.space.Load()) || s.wr.block.Load() != 0 {
		return s.writeLong(b, f, limit)
	}
	buf := s.fill(b)
	if buf == nil || buf.TotalLen() != n {
		buf.Free()
		return s.writeLong(b, f, limit)
	}
	s.p.core.Lock()
	p := s.pcb
	if p == nil || s.wr.block.Load() != 0 || p.Write(buf, f.tcp()) != nil {
		s.p.core.Unlock()
		buf.Free()
		return s.writeLong(b, f, limit)
	}
	s.publish(p)
	s.ask()
	s.p.core.Unlock()
	return n, nil
}

// writeLong is write for what does not fit at once. Other writers wait until it
// is done, so writes do not mix.
func (s *stream) writeLong(b []byte, f writeFlags, limit timers.Time) (n int, err error) {
	if err := s.beginWrite(f, limit); err != nil {
		return 0, err
	}
	n, err = s.transfer(b, f, limit)
	s.endWrite()
	return n, err
}

// writeVectors writes several slices as one write.
func (s *stream) writeVectors(bs [][]byte, f writeFlags, limit timers.Time) (n int, err error) {
	if err := s.beginWrite(f, limit); err != nil {
		return 0, err
	}
	n, err = s.transferAll(bs, f, limit)
	s.endWrite()
	return n, err
}

// transferAll copies slices to tcp: at once if they fit, so that short ones share
// a segment, else one after the other. The caller is the one writer.
func (s *stream) transferAll(bs [][]byte, f writeFlags, limit timers.Time) (n int, err error) {
	total := 0
	for _, b := range bs {
		total += len(b)
	}
	if total <= min(s.p.cfg.WriteBatch, pbuf.MaxLen, int(s.space.Load())) {
		if buf := s.gather(bs, total); buf != nil {
			if err = s.push(buf, f); err == nil {
				return total, nil
			}
			buf.Free()
			if err != tcp.ErrWouldBlock {
				return 0, err
			}
		}
	}
	for i, b := range bs {
		g := f
		if i < len(bs)-1 {
			g |= moreComing
		}
		k, err := s.transfer(b, g, limit)
		n += k
		if err != nil {
			if n > 0 && !f.has(moreComing) {
				s.with((*tcp.PCB).Push) // what was to come does not
			}
			return n, err
		}
	}
	return n, nil
}

// gather returns the total bytes of bs, copied and summed, or nil if there is no
// memory for all, or nothing.
func (s *stream) gather(bs [][]byte, total int) *pbuf.Buf {
	var chain pbuf.FIFO
	for _, b := range bs {
		if len(b) > 0 {
			if buf := s.fill(b); buf != nil {
				chain.Append(buf)
			}
		}
	}
	buf := chain.All()
	if buf != nil && buf.TotalLen() != total {
		buf.Free()
		return nil
	}
	return buf
}

// transfer copies b to tcp, batch by batch. The caller is the one writer.
func (s *stream) transfer(b []byte, f writeFlags, limit timers.Time) (n int, err error) {
	for err == nil && n < len(b) {
		rest := b[n:]
		var space int
		if space, err = s.awaitSpace(len(rest), f, limit); err != nil {
			break
		}
		buf := s.fill(rest[:s.batch(len(rest), space)])
		if buf == nil {
			err = ErrBuffer
			break
		}
		k := buf.TotalLen()
		switch err = s.push(buf, f); err {
		case nil:
			n += k
		case tcp.ErrWouldBlock:
			// A short write slipped in after awaitSpace looked: wait again.
			buf.Free()
			err = nil
		default:
			buf.Free()
		}
	}
	return n, err
}

// batch returns how many of the rest bytes go to tcp at once: what there is space
// for, in whole segments unless they are the last.
func (s *stream) batch(rest, space int) int {
	k := min(rest, space, s.p.cfg.WriteBatch, pbuf.MaxLen)
	seg := max(int(s.segment.Load()), 1)
	if k > elements*seg {
		k = elements * seg
	}
	if k < rest && k > seg {
		k -= k % seg
	}
	return k
}

// push queues a chain and publishes the space left. It consumes buf unless it
// returns an error; tcp.ErrWouldBlock says that the space was not what it was.
func (s *stream) push(buf *pbuf.Buf, f writeFlags) error {
	s.p.core.Lock()
	p := s.pcb
	if p == nil {
		s.p.core.Unlock()
		return s.writeReason()
	}
	err := p.Write(buf, f.tcp())
	s.publish(p)
	s.p.core.Unlock()
	if err == tcp.ErrWouldBlock {
		return err
	}
	return meaning(err)
}

// writable returns nil if the write side is open, or may still open. Otherwise
// it says what a write returns. The caller holds mu.
func (s *stream) writable() error {
	switch {
	case s.flags.has(closed):
		return ErrClosed
	case s.wr.has(blockExpired):
		return errDeadline
	case s.err != nil:
		return s.err
	case s.flags.has(noWrite | dead):
		return ErrShutdown
	case !s.flags.has(connecting | connected):
		return ErrNotConnected
	}
	return nil
}

func (s *stream) writeReason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	return ErrNotConnected
}

// beginWrite makes the caller the one writer.
func (s *stream) beginWrite(f writeFlags, limit timers.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.writable(); err != nil {
			return err
		}
		if s.flags.has(connected) && !s.wr.has(blockBusy) {
			s.wr.set(blockBusy)
			return nil
		}
		switch {
		case f.has(dontBlock) && s.flags.has(connecting):
			return ErrInProgress
		case f.has(dontBlock):
			return ErrWouldBlock
		case s.p.over(limit):
			return ErrWouldBlock
		}
		s.wait(&s.wr, limit)
	}
}

// endWrite lets the next writer in.
func (s *stream) endWrite() {
	s.mu.Lock()
	s.wr.clear(blockBusy)
	s.wr.wake()
	s.mu.Unlock()
}

// awaitSpace returns how many bytes tcp takes now, once that is a segment or all
// of the rest bytes. If it is less, it waits until a third of the send buffer is
// free, so that a slow peer does not wake the writer for every ACK.
func (s *stream) awaitSpace(rest int, f writeFlags, limit timers.Time) (int, error) {
	least := int32(min(rest, int(s.segment.Load())))
	if f.has(dontBlock) {
		least = 1
	}
	need := least
	space := s.space.Load()
	if space >= need && s.wr.block.Load() == blockBusy {
		return int(space), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.want.Store(0)
	for {
		if err := s.writable(); err != nil {
			return 0, err
		}
		s.want.Store(need)
		if space = s.space.Load(); space >= need {
			return int(space), nil
		}
		if f.has(dontBlock) || s.p.over(limit) {
			return 0, ErrWouldBlock
		}
		if third := int32(min(rest, int(s.buffer.Load())/3)); need < third {
			need = third
			continue
		}
		s.wait(&s.wr, limit)
		need = least // the buffer may be smaller than it was: Sent decides what is enough
	}
}
