package sockets

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// getFlag gets an option that is a flag of the PCB; where the PCB has none, the
// socket itself keeps it.
func getFlag(s *socket, a arg) (v value, err error) {
	switch {
	case s.isStream() && a.tcp != 0:
		err = s.withTCP(func(p *tcp.PCB) { v = truth(p.Has(a.tcp)) }, func(l *listening) { v = truth(l.opts.Has(a.tcp)) })
	case s.typ == SOCK_DGRAM && a.udp != 0:
		err = s.conn.WithUDP(func(p *udp.PCB) { v = truth(p.Has(a.udp)) })
	case s.typ == SOCK_RAW && a.raw != 0:
		err = s.conn.WithRaw(func(p *raw.PCB) { v = truth(p.Has(a.raw)) })
	default:
		s.mu.Lock()
		v = truth(s.stored.Has(a.tcp))
		s.mu.Unlock()
	}
	return v, err
}

// setFlag sets what getFlag gets.
func setFlag(s *socket, a arg, v value) error {
	on := v.n != 0
	switch {
	case s.isStream() && a.tcp != 0:
		return s.setTCPOption(a.tcp, on)
	case s.typ == SOCK_DGRAM && a.udp != 0:
		return s.conn.WithUDP(func(p *udp.PCB) {
			if on {
				p.Set(a.udp)
			} else {
				p.Clear(a.udp)
			}
		})
	case s.typ == SOCK_RAW && a.raw != 0:
		return s.conn.WithRaw(func(p *raw.PCB) {
			if on {
				p.Set(a.raw)
			} else {
				p.Clear(a.raw)
			}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored &^= a.tcp
	if on {
		s.stored |= a.tcp
	}
	return nil
}

// getState and setState get and set an option that is a state of the socket.

func getState(s *socket, a arg) (value, error) { return truth(s.is(a.state)), nil }

func setState(s *socket, a arg, v value) error {
	s.mark(a.state, v.n != 0)
	return nil
}

// Urgent data is part of the stream and nothing else, which SO_OOBINLINE asks for.
//
// RFC 6093 §6: "applications that still decide to employ it MUST set the
// SO_OOBINLINE socket option".

func getInline(*socket, arg) (value, error) { return truth(true), nil }

func setInline(_ *socket, _ arg, v value) error {
	if v.n == 0 {
		return EINVAL
	}
	return nil
}

func getAcceptConn(s *socket, _ arg) (value, error) { return truth(s.listens()), nil }

func getType(s *socket, _ arg) (value, error) { return value{n: int(s.typ)}, nil }

// getError returns the error that is pending, and clears it.
func getError(s *socket, _ arg) (value, error) {
	err := s.conn.Err()
	if err == nil {
		return value{}, nil
	}
	if s.isStream() && !s.alive() {
		s.mark(reported, true)
	}
	return value{n: int(s.p.errno(err).(Errno))}, nil
}

func getRcvTimeo(s *socket, _ arg) (value, error) { return value{d: s.conn.RecvTimeout()}, nil }
func getSndTimeo(s *socket, _ arg) (value, error) { return value{d: s.conn.SendTimeout()}, nil }

func setRcvTimeo(s *socket, _ arg, v value) error {
	s.conn.SetRecvTimeout(v.d)
	return nil
}

func setSndTimeo(s *socket, _ arg, v value) error {
	s.conn.SetSendTimeout(v.d)
	return nil
}

// maxLinger is the longest that a close lingers, in seconds. lwIP clamps at 65535
// and stores 16 bits with a sign.
const maxLinger = 32767

func getLinger(s *socket, _ arg) (value, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return value{on: s.state.has(lingers), n: int(s.linger)}, nil
}

// setLinger sets what Close does: without On, what was written is delivered in
// the background; with it Close waits so many seconds, 0 resets the connection.
func setLinger(s *socket, _ arg, v value) error {
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
// bounds the receive window, unless Config.KeepWindow. Setting SO_RCVBUF or
// SO_SNDBUF of a TCP socket ends the growing of the buffer by itself.

func getRcvBuf(s *socket, _ arg) (v value, err error) {
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

func setRcvBuf(s *socket, _ arg, v value) error {
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
	return s.withTCP(func(p *tcp.PCB) { p.SetReceiveBuffer(v.n) }, func(l *listening) { l.recv, l.changed, l.sized.recv = v.n, true, true })
}

func getSndBuf(s *socket, _ arg) (v value, err error) {
	err = s.withTCP(func(p *tcp.PCB) { v.n = p.SendBuffer() }, func(l *listening) { v.n = l.send })
	return v, err
}

func setSndBuf(s *socket, _ arg, v value) error {
	if v.n < 0 {
		return EINVAL
	}
	return s.withTCP(func(p *tcp.PCB) { p.SetSendBuffer(v.n) }, func(l *listening) { l.send, l.changed, l.sized.send = v.n, true, true })
}

// setBindToDevice restricts the socket to an interface; without a name it lifts
// that. For TCP it counts from the next bind or connect on.
func setBindToDevice(s *socket, _ arg, v value) error {
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
