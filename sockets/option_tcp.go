package sockets

import (
	"time"

	"github.com/golwip/lwip/tcp"
)

// listening is a listener's options. It has no PCB; the connections that it
// accepts begin with the options that its PCB had, and with what was changed
// since.
type listening struct {
	opts       tcp.Option
	ttl, tos   uint8
	send, recv int  // buffers in bytes
	changed    bool // since listen
	sized      struct{ send, recv bool }
}

// allTCPOptions are the options that listening keeps.
const allTCPOptions = tcp.NoDelay | tcp.KeepAlive | tcp.ReuseAddr | tcp.ReusePort | tcp.V6Only | tcp.Cork

// freeze returns the options of a stream that is about to listen.
func (s *socket) freeze() *listening {
	l := new(listening)
	s.conn.WithTCP(func(p *tcp.PCB) {
		for o := tcp.Option(1); o <= allTCPOptions; o <<= 1 {
			if p.Has(o) {
				l.opts |= o
			}
		}
		l.ttl, l.tos, l.send, l.recv = p.TTL(), p.TOS(), p.SendBuffer(), p.ReceiveBuffer()
	})
	return l
}

// inherit gives an accepted connection what was set on the listener since it
// listens, and SO_LINGER.
func (s *socket) inherit(child *socket) {
	s.mu.Lock()
	l, linger, rcvbuf, on := s.listen, s.linger, s.rcvbuf, s.state&lingers
	var now listening
	if l != nil {
		now = *l
	}
	s.mu.Unlock()
	child.linger, child.rcvbuf = linger, rcvbuf
	child.state |= on
	if on != 0 {
		child.conn.SetLinger(int(linger))
	}
	if !now.changed {
		return
	}
	child.conn.WithTCP(func(p *tcp.PCB) {
		p.Clear(allTCPOptions &^ now.opts)
		p.Set(now.opts)
		p.SetTTL(now.ttl)
		p.SetTOS(now.tos)
		if now.sized.send {
			p.SetSendBuffer(now.send)
		}
		if now.sized.recv {
			p.SetReceiveBuffer(now.recv)
		}
	})
}

// listens reports whether the socket is a listener.
func (s *socket) listens() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listen != nil
}

// withTCP runs f on the connection's PCB inside the core lock, or g on a
// listener's options; g nil is EINVAL, and so is a connection that has ended.
func (s *socket) withTCP(f func(*tcp.PCB), g func(*listening)) error {
	s.mu.Lock()
	if l := s.listen; l != nil {
		defer s.mu.Unlock()
		if g == nil {
			return EINVAL
		}
		g(l)
		return nil
	}
	s.mu.Unlock()
	switch {
	case !s.alive(): // asking for the PCB would take the error that is pending
		return EINVAL
	case s.conn.WithTCP(f) == nil:
		return nil
	case s.closing.Load():
		return EBADF
	}
	return EINVAL
}

// setTCPOption turns options on or off.
func (s *socket) setTCPOption(o tcp.Option, on bool) error {
	return s.withTCP(func(p *tcp.PCB) {
		if on {
			p.Set(o)
		} else {
			p.Clear(o)
		}
	}, func(l *listening) {
		l.opts &^= o
		if on {
			l.opts |= o
		}
		l.changed = true
	})
}

// The options of level IPPROTO_TCP are EINVAL for a listener, as in lwIP.

func getTCPFlag(s *socket, a arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v = truth(p.Has(a.tcp)) }, nil)
	return v, err
}

func setTCPFlag(s *socket, a arg, v value) error {
	return s.withTCP(func(p *tcp.PCB) {
		if v.n != 0 {
			p.Set(a.tcp)
		} else {
			p.Clear(a.tcp)
		}
	}, nil)
}

// keepAlive sets one of the keep-alive settings; EINVAL unless it is positive.
func (s *socket) keepAlive(n int, set func(*tcp.PCB)) error {
	if n <= 0 {
		return EINVAL
	}
	return s.withTCP(set, nil)
}

func getKeepIdle(s *socket, a arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) {
		idle, _, _ := p.KeepAliveTimes()
		v.n = int(idle / a.unit)
	}, nil)
	return v, err
}

func setKeepIdle(s *socket, a arg, v value) error {
	return s.keepAlive(v.n, func(p *tcp.PCB) { p.SetKeepAlive(time.Duration(v.n)*a.unit, 0, 0) })
}

func getKeepInterval(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) {
		_, interval, _ := p.KeepAliveTimes()
		v.n = int(interval / time.Second)
	}, nil)
	return v, err
}

func setKeepInterval(s *socket, _ arg, v value) error {
	return s.keepAlive(v.n, func(p *tcp.PCB) { p.SetKeepAlive(0, time.Duration(v.n)*time.Second, 0) })
}

func getKeepCount(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { _, _, v.n = p.KeepAliveTimes() }, nil)
	return v, err
}

func setKeepCount(s *socket, _ arg, v value) error {
	return s.keepAlive(v.n, func(p *tcp.PCB) { p.SetKeepAlive(0, 0, v.n) })
}

func getUserTimeout(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = int(p.UserTimeout() / time.Millisecond) }, nil)
	return v, err
}

func setUserTimeout(s *socket, _ arg, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetUserTimeout(time.Duration(v.n) * time.Millisecond) }, nil)
}

func getNotSentLowat(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = p.NotSentLowat() }, nil)
	return v, err
}

// setNotSentLowat bounds what waits to be sent: the socket is not writable above
// it, and a write waits. 0 lifts that.
func setNotSentLowat(s *socket, _ arg, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetNotSentLowat(v.n) }, nil)
}

// getMaxSeg returns what a full segment carries, or, before there is a connection,
// what was set.
func getMaxSeg(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) {
		if v.n = p.SegmentPayload(); p.State() == tcp.Closed && p.MaxSegment() != 0 {
			v.n = p.MaxSegment()
		}
	}, nil)
	return v, err
}

// The ranges below are Linux's, but for values that it would clamp: EINVAL.

func setMaxSeg(s *socket, _ arg, v value) error {
	if v.n != 0 && (v.n < 64 || v.n > 32767) {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetMaxSegment(v.n) }, nil)
}

func getSynCount(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = p.SYNRetransmits() }, nil)
	return v, err
}

func setSynCount(s *socket, _ arg, v value) error {
	if v.n < 1 || v.n > 127 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetSYNRetransmits(v.n) }, nil)
}

// TCP_LINGER2 is how long a closed socket waits for the peer's FIN; negative: not at
// all, 0: the configured time.

func getLinger2(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) {
		if v.n = int(p.FinWait2() / time.Second); p.FinWait2() < 0 {
			v.n = -1
		}
	}, nil)
	return v, err
}

func setLinger2(s *socket, _ arg, v value) error {
	return s.withTCP(func(p *tcp.PCB) { p.SetFinWait2(time.Duration(v.n) * time.Second) }, nil)
}

// TCP_DEFER_ACCEPT is for the listener; it must be set before listen.

func getDeferAccept(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = int(p.DeferAccept() / time.Second) }, nil)
	return v, err
}

func setDeferAccept(s *socket, _ arg, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetDeferAccept(time.Duration(v.n) * time.Second) }, nil)
}

func getWindowClamp(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = p.WindowClamp() }, nil)
	return v, err
}

func setWindowClamp(s *socket, _ arg, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetWindowClamp(v.n) }, nil)
}

func getCongestion(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.name = p.Congestion() }, nil)
	return v, err
}

// setCongestion answers ENOENT for a name that nobody has, as Linux.
func setCongestion(s *socket, _ arg, v value) error {
	var err error
	if e := s.withTCP(func(p *tcp.PCB) { err = p.SetCongestion(v.name) }, nil); e != nil {
		return e
	}
	if err != nil {
		return ENOENT
	}
	return nil
}

func getTCPInfo(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.tcp = p.Info() }, nil)
	return v, err
}
