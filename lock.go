package lwip

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// Lock takes the core lock. The clock is read at most once for everything done
// until Unlock. It may block while another goroutine is in the stack.
//
// Programs need it only for the callback API (TCP, UDP, Raw and so on).
//
// lwIP: LOCK_TCPIP_CORE.
func (s *Stack) Lock() {
	s.mu.Lock()
	s.q.Begin()
}

// Unlock sends what was decided since Lock, sets the alarm for the earliest
// deadline, releases the core lock, and then, on the caller's goroutine, gives
// the frames to the drivers. An in-memory wire delivers them to the peer, and
// the peer's answer to this stack, before Unlock returns.
//
// lwIP: UNLOCK_TCPIP_CORE.
func (s *Stack) Unlock() {
	s.tcp.Flush()
	s.setAlarm()
	for s.transmit() {
		s.Lock()
		s.tcp.Retry()
		s.tcp.Flush()
		s.setAlarm()
	}
}

// transmit releases the core lock and gives each driver what was staged for it.
// It reports whether a connection was refused for want of room in a queue that
// is empty now.
func (s *Stack) transmit() (again bool) {
	var first outgoing
	var more []outgoing
	for _, ifc := range s.ifs.List() {
		batch, sender := ifc.Publish()
		switch {
		case !sender:
		case first.ifc == nil:
			first = outgoing{ifc, batch}
		default:
			more = append(more, outgoing{ifc, batch})
		}
	}
	s.mu.Unlock()
	if first.ifc != nil {
		again = first.ifc.Transmit(first.batch)
	}
	for _, o := range more {
		again = o.ifc.Transmit(o.batch) || again
	}
	return again
}

// outgoing is a batch of frames on its way to a driver.
type outgoing struct {
	ifc   *netif.Interface
	batch []*pbuf.Buf
}

// Deliver takes received frames up, in order and as one batch: ACKs and output
// follow once at its end. It consumes the frames, not the slice. Takes the core
// lock.
//
// lwIP: tcpip_input.
func (s *Stack) Deliver(ifc *netif.Interface, frames ...*pbuf.Buf) {
	s.Lock()
	if s.closed {
		s.Unlock()
		for _, f := range frames {
			f.Free()
		}
		return
	}
	for _, f := range frames {
		ifc.Input(f)
	}
	s.Unlock()
}

// setAlarm sets the host's alarm if the earliest deadline is before it.
func (s *Stack) setAlarm() {
	if s.q.Peek() >= s.alarmAt {
		return
	}
	if next := s.q.Next(); next < s.alarmAt {
		s.alarmAt = next
		s.alarm.Set(next)
	}
}

// onAlarm fires what is due. Takes the core lock.
func (s *Stack) onAlarm() {
	s.Lock()
	if s.alarmAt == 0 {
		s.Unlock()
		return
	}
	s.wakeups++
	s.alarmAt = timers.Never
	s.q.Run()
	s.Unlock()
}
