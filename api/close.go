package api

import (
	"time"

	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// close ends the endpoint: every call on it returns ErrClosed, and what was
// written is still delivered, by the stack, in the background. Bytes that were
// received and not read cannot be, so the peer is reset then.
//
// With a linger time of 0 the connection is reset in any case; with a positive
// one close waits until the peer has acknowledged everything, and resets the
// connection if that takes longer.
//
// lwIP: netconn_delete, lwip_netconn_do_close_internal. RFC 2525 §2.17.
func (s *stream) close() error {
	s.mu.Lock()
	if s.flags.has(closed) {
		s.mu.Unlock()
		return ErrClosed
	}
	wait := s.linger > 0 && s.flags.has(connected) && !s.flags.has(dead)
	s.flags |= closed
	if wait {
		s.flags |= lingering
	}
	s.rd.set(blockState)
	s.wr.set(blockState)
	unread, lost := int(s.unread), s.rq.Len() > 0
	s.unread = 0
	linger := s.linger
	s.rq.All().Free()
	s.rd.wake()
	s.wr.wake()
	s.mu.Unlock()

	s.p.core.Lock()
	s.stop(&s.rd)
	s.stop(&s.wr)
	delete(s.p.orphans, s)
	if p := s.pcb; p != nil {
		if linger == 0 && p.State() != tcp.Closed {
			s.retire(p)
			p.Abort()
		} else {
			if !lost {
				p.Recved(unread)
			}
			if wait {
				p.Close()
			} else {
				s.retire(p)
				p.Release()
			}
		}
	}
	s.p.core.Unlock()
	if wait {
		s.awaitEnd(s.p.limit(time.Duration(linger) * time.Second))
	}
	return nil
}

// awaitEnd waits, as close does with a linger time, until the PCB has ended, and
// aborts it if limit passes first.
//
// lwIP: LWIP_SO_LINGER, which resets a connection that lingers too long.
func (s *stream) awaitEnd(limit timers.Time) {
	s.mu.Lock()
	for !s.flags.has(dead) && !s.p.over(limit) {
		s.wait(&s.wr, limit)
	}
	s.flags &^= lingering
	s.mu.Unlock()
	s.p.core.Lock()
	s.stop(&s.wr)
	if p := s.pcb; p != nil {
		s.retire(p)
		p.Abort()
	}
	s.p.core.Unlock()
}

// shutdown ends one or both directions without closing the endpoint. Bytes that
// wait are lost when reading ends.
//
// lwIP: netconn_shutdown.
func (s *stream) shutdown(which tcp.Shutdown) error {
	s.mu.Lock()
	switch {
	case s.flags.has(closed):
		s.mu.Unlock()
		return ErrClosed
	case !s.flags.has(connected) || s.flags.has(dead):
		s.mu.Unlock()
		return ErrNotConnected
	}
	read := 0
	if which&tcp.ShutRead != 0 {
		s.flags |= noRead
		s.rd.set(blockState)
		read = int(s.unread) + s.rq.Len()
		s.unread = 0
		s.rq.All().Free()
		s.rd.wake()
	}
	if which&tcp.ShutWrite != 0 {
		s.flags |= noWrite
		s.wr.set(blockState)
		s.wr.wake()
	}
	s.mu.Unlock()

	s.p.core.Lock()
	defer s.p.core.Unlock()
	if s.pcb == nil {
		return ErrNotConnected
	}
	s.pcb.Recved(read)
	return meaning(s.pcb.Shutdown(which))
}

// setLinger sets what close does: negative, it returns at once and the stack
// delivers the rest; 0, it resets the connection; positive, it waits so many
// seconds.
func (s *stream) setLinger(seconds int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flags.has(closed) {
		return ErrClosed
	}
	s.linger = int32(max(min(seconds, 1<<20), -1))
	return nil
}
