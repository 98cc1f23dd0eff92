package sockets

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// getFlag returns the get of an option that is a flag of the PCB: of TCP, UDP or
// raw; where it is 0 the socket itself keeps it.
func getFlag(t tcp.Option, u udp.Option, r raw.Option) func(*socket) (value, error) {
	return func(s *socket) (v value, err error) {
		switch {
		case s.isStream() && t != 0:
			err = s.withTCP(func(p *tcp.PCB) { v = truth(p.Has(t)) }, func(l *listening) { v = truth(l.opts.Has(t)) })
		case s.typ == SOCK_DGRAM && u != 0:
			err = s.conn.WithUDP(func(p *udp.PCB) { v = truth(p.Has(u)) })
		case s.typ == SOCK_RAW && r != 0:
			err = s.conn.WithRaw(func(p *raw.PCB) { v = truth(p.Has(r)) })
		default:
			s.mu.Lock()
			v = truth(s.stored.Has(t))
			s.mu.Unlock()
		}
		return v, err
	}
}

// setFlag is getFlag's set.
func setFlag(t tcp.Option, u udp.Option, r raw.Option) func(*socket, value) error {
	return func(s *socket, v value) error {
		on := v.n != 0
		switch {
		case s.isStream() && t != 0:
			return s.setTCPOption(t, on)
		case s.typ == SOCK_DGRAM && u != 0:
			return s.conn.WithUDP(func(p *udp.PCB) {
				if on {
					p.Set(u)
				} else {
					p.Clear(u)
				}
			})
		case s.typ == SOCK_RAW && r != 0:
			return s.conn.WithRaw(func(p *raw.PCB) {
				if on {
					p.Set(r)
				} else {
					p.Clear(r)
				}
			})
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stored &^= t
		if on {
			s.stored |= t
		}
		return nil
	}
}

// getState and setState are the get and set of an option that is a state of the
// socket.
func getState(t state) func(*socket) (value, error) {
	return func(s *socket) (value, error) { return truth(s.is(t)), nil }
}

func setState(t state) func(*socket, value) error {
	return func(s *socket, v value) error {
		s.mark(t, v.n != 0)
		return nil
	}
}

func getAcceptConn(s *socket) (value, error) { return truth(s.listens()), nil }

func getType(s *socket) (value, error) { return value{n: int(s.typ)}, nil }

// getError returns the error that is pending, and clears it.
func getError(s *socket) (value, error) {
	err := s.conn.Err()
	if err == nil {
		return value{}, nil
	}
	if s.isStream() && !s.alive() {
		s.mark(reported, true)
	}
	return value{n: int(s.p.errno(err).(Errno))}, nil
}

func getRcvTimeo(s *socket) (value, error) { return value{d: s.conn.RecvTimeout()}, nil }
func getSndTimeo(s *socket) (value, error) { return value{d: s.conn.SendTimeout()}, nil }

func setRcvTimeo(s *socket, v value) error {
	s.conn.SetRecvTimeout(v.d)
	return nil
}

func setSndTimeo(s *socket, v value) error {
	s.conn.SetSendTimeout(v.d)
	return nil
}

// maxLinger is the longest that a close lingers, in seconds. lwIP clamps at 65535
// and stores 16 bits with a sign.
const maxLinger = 32767

func getLinger(s *socket) (value, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return value{on: s.state.has(lingers), n: int(s.linger)}, nil
}

// setLinger sets what Close does: without On, what was written is delivered in
// the background; with it Close waits so many seconds, 0 resets the connection.
func setLinger(s *socket, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	n := min(v.n, maxLinger)
	if s.isStream() && !s.listens() {
		seconds := -1
		if v.on {
			seconds = n
		}
		if err := s.conn.SetLinger(seconds); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.linger = int16(n)
	s.mu.Unlock()
	s.mark(lingers, v.on)
	return nil
}

// SO_RCVBUF bounds the payload that waits in a UDP or raw socket; for TCP it
// bounds the receive window, unless Config.KeepWindow.

func getRcvBuf(s *socket) (v value, err error) {
	if !s.isStream() {
		return value{n: s.conn.RecvBufSize()}, nil
	}
	s.mu.Lock()
	v.n = s.rcvbuf
	s.mu.Unlock()
	if s.p.cfg.KeepWindow && v.n != 0 {
		return v, nil
	}
	err = s.withTCP(func(p *tcp.PCB) { v.n = p.ReceiveBuffer() }, func(l *listening) { v.n = l.recv })
	return v, err
}

func setRcvBuf(s *socket, v value) error {
	switch {
	case v.n < 0:
		return EINVAL
	case !s.isStream():
		s.conn.SetRecvBufSize(v.n)
		return nil
	case s.p.cfg.KeepWindow:
		s.mu.Lock()
		s.rcvbuf = v.n
		s.mu.Unlock()
		return nil
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetReceiveBuffer(v.n) }, func(l *listening) { l.recv, l.changed = v.n, true })
}

func getSndBuf(s *socket) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = p.SendBuffer() }, func(l *listening) { v.n = l.send })
	return v, err
}

func setSndBuf(s *socket, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetSendBuffer(v.n) }, func(l *listening) { l.send, l.changed = v.n, true })
}

// setBindToDevice restricts the socket to an interface; without a name it lifts
// that. For TCP it counts from the next bind or connect on.
func setBindToDevice(s *socket, v value) error {
	var ifc *netif.Interface
	if v.name != "" {
		s.p.core.Lock()
		ifc = s.p.ifs.ByName(v.name)
		s.p.core.Unlock()
		if ifc == nil {
			return ENODEV
		}
	}
	return s.conn.BindInterface(ifc)
}
