package sockets

// Fcntl gets or sets the flags of a descriptor. F_GETFL returns O_NONBLOCK and
// the access mode, which follows the directions of a TCP connection that are
// still open; UDP and raw sockets are O_RDWR. F_SETFL sets or clears O_NONBLOCK
// and ignores the access mode.
//
// Errors: ENOSYS for other commands and for other flags.
//
// lwIP: lwip_fcntl. Guide §6.
func (p *Protocol) Fcntl(fd, cmd, arg int) (int, error) {
	s, err := p.enter(fd)
	if err != nil {
		return -1, err
	}
	defer s.leave()
	switch cmd {
	case F_GETFL:
		return s.flags(), nil
	case F_SETFL:
		arg &^= O_RDONLY | O_WRONLY | O_RDWR
		if arg&^O_NONBLOCK != 0 {
			return -1, ENOSYS
		}
		s.conn.SetNonblocking(arg&O_NONBLOCK != 0)
		return 0, nil
	}
	return -1, ENOSYS
}

// flags returns what F_GETFL tells.
func (s *socket) flags() (f int) {
	if s.conn.Nonblocking() {
		f |= O_NONBLOCK
	}
	if !s.isStream() || s.listens() {
		return f | O_RDWR
	}
	if !s.alive() {
		return f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.state.has(shutRead) {
		f |= O_RDONLY
	}
	if !s.state.has(shutWrite) {
		f |= O_WRONLY
	}
	return f
}

// Ioctl does FIONREAD, which stores the number of bytes that wait in *arg, or
// FIONBIO, which makes the socket non-blocking unless arg is nil or *arg is 0.
//
// Errors: EINVAL for FIONREAD without arg, ENOSYS for other requests.
//
// lwIP: lwip_ioctl.
func (p *Protocol) Ioctl(fd int, request uint32, arg *int) error {
	s, err := p.enter(fd)
	if err != nil {
		return err
	}
	defer s.leave()
	switch request {
	case FIONREAD:
		if arg == nil {
			return EINVAL
		}
		r := s.conn.Readiness()
		*arg = r.Pending
		if p.cfg.NextFIONREAD {
			*arg = r.Next
		}
		return nil
	case FIONBIO:
		s.conn.SetNonblocking(arg != nil && *arg != 0)
		return nil
	}
	return ENOSYS
}
