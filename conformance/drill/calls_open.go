package drill

import (
	"net/netip"

	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// once makes an attempt that never blocks.
func once(f func() outcome) attempt {
	return func() (outcome, bool) { return f(), true }
}

// plain makes the attempt of a call that returns 0 or fails.
func plain(f func() error) attempt {
	return once(func() outcome { return outcome{err: f()} })
}

// waiting reports whether a call on f that would block is to be tried again, and
// notes when at the latest.
func (r *runner) waiting(f *file, timeout, since int64) bool {
	if f.nonblock || f.live < 0 {
		return false
	}
	if timeout == 0 {
		return true
	}
	deadline := timers.Time(since + timeout)
	if r.clock.Now() >= deadline {
		return false
	}
	if r.pending != nil {
		r.pending.wake = deadline
	}
	return true
}

// socket makes a socket. Domain "..." is the one of --ip_version.
func (a *args) socket() attempt {
	a.count(3, 3)
	r := a.r
	domain := int64(sockets.AF_INET)
	if r.cfg.version != IPv4 {
		domain = sockets.AF_INET6
	}
	if !a.any(0) {
		domain = a.int(0)
		if s := lookupValue(r.cfg.profile, gFamily, domain); s != nil {
			domain = s.ours
		}
	}
	typ := a.int(1)
	nonblock := lookupSymbol("SOCK_NONBLOCK").value(r.cfg.profile)
	cloexec := lookupSymbol("SOCK_CLOEXEC").value(r.cfg.profile)
	kind := typ &^ (nonblock | cloexec)
	proto := a.int(2)
	return once(func() outcome {
		fd, err := r.sock.Socket(int(domain), int(kind), int(proto))
		if err != nil {
			return outcome{n: -1, err: err}
		}
		r.unblock(fd)
		r.cur = nil
		return outcome{file: &file{live: fd, domain: int(domain), typ: int(kind), nonblock: typ&nonblock != 0}}
	})
}

// unblock makes a descriptor of package sockets non-blocking: the runner does
// the waiting.
func (r *runner) unblock(fd int) { r.sock.Fcntl(fd, sockets.F_SETFL, sockets.O_NONBLOCK) }

// usual returns an address of the wire with a port, as sockets have it.
func (r *runner) usual(addr netip.Addr, port uint16) netip.AddrPort {
	return netip.AddrPortFrom(r.cfg.socketAddr(addr), port)
}

func (a *args) bind() attempt {
	a.count(3, 3)
	r, f := a.r, a.file(0)
	addr := a.sockaddr(1, r.usual(r.cfg.local, r.cfg.bindPort))
	return plain(func() error {
		if err := r.sock.Bind(f.live, addr); err != nil {
			return err
		}
		if name, err := r.sock.Getsockname(f.live); err == nil {
			r.bound = addrPort(name).Port()
		}
		return nil
	})
}

func (a *args) listen() attempt {
	a.count(2, 2)
	r, f, backlog := a.r, a.file(0), int(a.int(1))
	return plain(func() error {
		if err := r.sock.Listen(f.live, backlog); err != nil {
			return err
		}
		if name, err := r.sock.Getsockname(f.live); err == nil {
			r.bound = addrPort(name).Port()
		}
		r.cur, r.listens = nil, true
		return nil
	})
}

// connect opens a connection, to the remote address and --connect_port for
// "...".
func (a *args) connect() attempt {
	a.count(3, 3)
	r, f := a.r, a.file(0)
	addr := a.sockaddr(1, r.usual(r.cfg.remote, r.cfg.connectPort))
	started := false
	return func() (outcome, bool) {
		err := r.sock.Connect(f.live, addr)
		if !started {
			started = true
			if err == nil || err == sockets.EINPROGRESS {
				r.connected(f, addrPort(addr))
			}
		} else if err == sockets.EISCONN {
			err = nil
		}
		if err != sockets.EINPROGRESS && err != sockets.EALREADY || f.nonblock {
			return outcome{err: err}, true
		}
		return outcome{}, false
	}
}

// connected makes the flow of a socket that begins to have a peer.
func (r *runner) connected(f *file, peer netip.AddrPort) {
	name, err := r.sock.Getsockname(f.live)
	if err != nil {
		return
	}
	proto := TCP
	switch f.typ {
	case sockets.SOCK_DGRAM:
		proto = UDP
	case sockets.SOCK_RAW:
		return
	}
	local := addrPort(name)
	addr := local.Addr().Unmap()
	if addr.IsUnspecified() {
		addr = r.cfg.local
	}
	f.flow = r.add(proto, Endpoint{addr, int(local.Port())}, Endpoint{peer.Addr().Unmap(), int(peer.Port())})
	for fd, g := range r.files {
		if g == f {
			f.flow.fd = fd
		}
	}
}

func (a *args) accept() attempt {
	a.count(3, 4)
	r, f := a.r, a.file(0)
	nonblock := false
	if len(a.list) == 4 {
		nonblock = a.int(3)&lookupSymbol("SOCK_NONBLOCK").value(r.cfg.profile) != 0
	}
	var peer sockets.SockAddr
	check := a.checkAddr(1, &peer)
	since := int64(r.clock.Now())
	return func() (outcome, bool) {
		fd, addr, err := r.sock.Accept(f.live)
		if err == sockets.EAGAIN && r.waiting(f, int64(f.rcvtimeo), since) {
			return outcome{}, false
		}
		if err != nil {
			return outcome{n: -1, err: err}, true
		}
		peer = addr
		r.unblock(fd)
		child := &file{live: fd, domain: f.domain, typ: f.typ, nonblock: nonblock, flow: r.ofPeer(TCP, addrPort(addr))}
		return outcome{file: child, check: check}, true
	}
}

func (a *args) shutdown() attempt {
	a.count(2, 2)
	f, how := a.file(0), int(a.int(1))
	return plain(func() error { return a.r.sock.Shutdown(f.live, how) })
}

// close closes a descriptor. One that lingers waits until the peer has
// acknowledged everything.
func (a *args) close() attempt {
	a.count(1, 1)
	r, f, fd := a.r, a.file(0), int(a.int(0))
	if _, ok := r.epolls[fd]; ok {
		return once(func() outcome {
			delete(r.epolls, fd)
			return outcome{drop: fd + 1}
		})
	}
	since, first := int64(r.clock.Now()), true
	return func() (outcome, bool) {
		if f.linger > 0 && f.typ == sockets.SOCK_STREAM {
			if first {
				r.sock.Shutdown(f.live, sockets.SHUT_WR)
				first = false
			}
			info, err := r.sock.TCPInfo(f.live)
			done := err != nil
			switch info.State {
			case tcp.FinWait2, tcp.TimeWait, tcp.Closed, tcp.Listen:
				done = true
			}
			if !done && r.waiting(f, int64(f.linger), since) {
				return outcome{}, false
			}
		}
		return outcome{err: r.sock.Close(f.live), drop: fd + 1}, true
	}
}

func (a *args) getsockname() attempt { return a.name(a.r.sock.Getsockname) }
func (a *args) getpeername() attempt { return a.name(a.r.sock.Getpeername) }

// name is getsockname and getpeername.
func (a *args) name(get func(int) (sockets.SockAddr, error)) attempt {
	a.count(3, 3)
	f := a.file(0)
	var got sockets.SockAddr
	var n int64
	check := all(a.checkAddr(1, &got), a.checkInt(2, "address length", &n))
	return once(func() outcome {
		addr, err := get(f.live)
		got, n = addr, sockets.SizeofSockAddrInet4
		if family(addr) == sockets.AF_INET6 {
			n = sockets.SizeofSockAddrInet6
		}
		return outcome{err: err, check: check}
	})
}
