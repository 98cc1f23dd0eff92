package sockets

import "github.com/golwip/lwip/tcp"

// Getsockname returns the local address of a socket: any address and port 0
// before it has one.
//
// lwIP: lwip_getsockname.
func (p *Protocol) Getsockname(fd int) (SockAddr, error) {
	s, err := p.enter(fd)
	if err != nil {
		return nil, err
	}
	defer s.leave()
	a, err := s.conn.Local()
	if err != nil {
		return nil, p.errno(err)
	}
	return s.sockAddr(a), nil
}

// Getpeername returns the address of the peer, or ENOTCONN: also while a
// connection is being opened, and after it has ended or could not be opened, so
// that a program can tell by it.
//
// lwIP: lwip_getpeername.
func (p *Protocol) Getpeername(fd int) (SockAddr, error) {
	s, err := p.enter(fd)
	if err != nil {
		return nil, err
	}
	defer s.leave()
	a, err := s.conn.Peer()
	if err != nil {
		return nil, p.errno(err)
	}
	if s.isStream() && !p.cfg.LwIPErrno {
		if v, err := s.getOption(IPPROTO_TCP, TCP_INFO); err != nil || v.tcp.State == tcp.Closed || v.tcp.State == tcp.SynSent {
			return nil, ENOTCONN
		}
	}
	return s.sockAddr(a), nil
}

// IfNametoindex returns the index of the interface called name, or 0 and ENXIO.
//
// lwIP: lwip_if_nametoindex. RFC 3493 §4.1.
func (p *Protocol) IfNametoindex(name string) (int, error) {
	p.core.Lock()
	defer p.core.Unlock()
	if ifc := p.ifs.ByName(name); ifc != nil {
		return ifc.Index(), nil
	}
	return 0, ENXIO
}

// IfIndextoname returns the name of the interface with an index, or "" and
// ENXIO.
//
// lwIP: lwip_if_indextoname. RFC 3493 §4.2.
func (p *Protocol) IfIndextoname(index int) (string, error) {
	p.core.Lock()
	defer p.core.Unlock()
	if ifc := p.ifs.ByIndex(index); ifc != nil {
		return ifc.Name(), nil
	}
	return "", ENXIO
}
