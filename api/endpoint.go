package api

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/golwip/lwip/timers"
)

// flags is the state of an endpoint.
type flags uint16

const (
	connecting flags = 1 << iota // an active open is under way
	connected                    // there is, or was, a peer
	cancelled                    // the active open shall end
	eof                          // the peer sends no more
	noRead                       // shut down for reading
	noWrite                      // shut down for writing
	closed                       // closed by its owner
	lingering                    // closed, and the closer waits
	dead                         // the PCB is gone
	v6only                       // refuses IPv4
)

func (f flags) has(g flags) bool { return f&g != 0 }

// endpoint is what all kinds have: the API they belong to, and the mutex that
// guards whatever the core lock does not.
type endpoint struct {
	p     *Protocol
	mu    sync.Mutex
	flags flags // guarded by mu
	answers
}

// Reasons why a side does not take the short way.
const (
	blockExpired uint32 = 1 << iota // its deadline has passed
	blockBusy                       // a writer is between two batches
	blockState                      // not connected, shut down, closed
	blockError                      // there may be an error to tell
	blockPeer                       // a datagram endpoint has a peer, and writes to no other
)

// side is one direction of an endpoint as its callers see it: who waits there,
// and until when. The endpoint's mutex guards it.
type side struct {
	cond *sync.Cond // made when somebody waits for the first time
	dl   *deadline  // made when a deadline is set for the first time
	// waiting counts callers that wait and have not been woken.
	waiting int32
	// block is changed inside the mutex and may be read without it.
	block atomic.Uint32
}

func (s *side) set(b uint32)      { s.block.Store(s.block.Load() | b) }
func (s *side) clear(b uint32)    { s.block.Store(s.block.Load() &^ b) }
func (s *side) has(b uint32) bool { return s.block.Load()&b != 0 }

// wait blocks until somebody wakes the side. limit, if not 0, ends the wait by
// itself; who was woken must look at the clock. The caller holds e.mu, which is
// released meanwhile, and checks its condition again afterwards; it may be woken
// for nothing.
func (e *endpoint) wait(s *side, limit timers.Time) {
	if limit != 0 && (s.dl == nil || s.dl.armed == 0 || s.dl.armed > limit) {
		e.mu.Unlock()
		e.arm(s, limit)
		e.mu.Lock()
		return
	}
	if s.cond == nil {
		s.cond = sync.NewCond(&e.mu)
	}
	s.waiting++
	s.cond.Wait()
}

// pause is wait for readers, who first let other goroutines run as often as
// Config.ReadYields says. tries counts the calls before this one.
func (e *endpoint) pause(s *side, limit timers.Time, tries int) {
	if tries < e.p.cfg.ReadYields {
		e.mu.Unlock()
		runtime.Gosched()
		e.mu.Lock()
		return
	}
	e.wait(s, limit)
}

// wake wakes all that wait. The caller holds the mutex.
func (s *side) wake() {
	if s.waiting > 0 {
		s.waiting = 0
		s.cond.Broadcast()
	}
}

// next takes one caller off the count of those that wait, and returns the
// condition to signal once the mutex is released; nil if nobody waits.
func (s *side) next() *sync.Cond {
	if s.waiting == 0 {
		return nil
	}
	s.waiting--
	return s.cond
}

// over reports whether the time limit has passed; 0 is no limit.
func (p *Protocol) over(limit timers.Time) bool { return limit != 0 && p.clock.Now() >= limit }
