package sockets

import (
	"encoding/binary"
	"time"

	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// sorts are kinds of sockets.
type sorts uint8

const (
	onTCP sorts = 1 << iota
	onUDP
	onRaw
	onInet6 // IPv6 sockets only

	onAll = onTCP | onUDP | onRaw
)

// option is one socket option.
type option struct {
	level, name int
	kind        kind
	on          sorts // others: ENOPROTOOPT
	get         func(*socket, arg) (value, error)
	set         func(*socket, arg, value) error
	arg         arg // what get and set need to know
}

// arg is which flag of a PCB an option is, by the kind of socket, which state of
// the socket, or which unit of time it has.
type arg struct {
	tcp   tcp.Option
	udp   udp.Option
	raw   raw.Option
	state state
	unit  time.Duration
}

// options is the table of socket options: to add one, add a row. A nil get or
// set is ENOPROTOOPT, like an option that is not here: SO_DEBUG, SO_DONTROUTE,
// SO_USELOOPBACK, SO_SNDLOWAT, SO_RCVLOWAT, SO_CONTIMEO and others.
//
// lwIP: lwip_getsockopt_impl, lwip_setsockopt_impl.
//
// Deviation: SO_BROADCAST and the multicast options also work on raw sockets,
// which need them, where lwIP has them for UDP only; SO_REUSEPORT, SO_SNDBUF (for
// TCP), IP_HDRINCL, IPV6_RECVPKTINFO and the TCP options from TCP_MAXSEG on are not
// lwIP's. Pinned by TestOptionRoundTrip.
var options = [...]option{
	{SOL_SOCKET, SO_ACCEPTCONN, integer, onTCP, getAcceptConn, nil, arg{}},
	{SOL_SOCKET, SO_BINDTODEVICE, device, onAll, nil, setBindToDevice, arg{}},
	{SOL_SOCKET, SO_BROADCAST, integer, onUDP | onRaw, getFlag, setFlag, arg{udp: udp.Broadcast, raw: raw.Broadcast}},
	{SOL_SOCKET, SO_ERROR, integer, onAll, getError, nil, arg{}},
	{SOL_SOCKET, SO_KEEPALIVE, integer, onAll, getFlag, setFlag, arg{tcp: tcp.KeepAlive}},
	{SOL_SOCKET, SO_LINGER, lingering, onAll, getLinger, setLinger, arg{}},
	{SOL_SOCKET, SO_NO_CHECK, integer, onUDP, getFlag, setFlag, arg{udp: udp.NoChecksum}},
	{SOL_SOCKET, SO_OOBINLINE, integer, onTCP, getInline, setInline, arg{}},
	{SOL_SOCKET, SO_RCVBUF, integer, onAll, getRcvBuf, setRcvBuf, arg{}},
	{SOL_SOCKET, SO_RCVTIMEO, period, onAll, getRcvTimeo, setRcvTimeo, arg{}},
	{SOL_SOCKET, SO_REUSEADDR, integer, onAll, getFlag, setFlag, arg{tcp: tcp.ReuseAddr, udp: udp.ReuseAddr}},
	{SOL_SOCKET, SO_REUSEPORT, integer, onTCP | onUDP, getFlag, setFlag, arg{tcp: tcp.ReusePort, udp: udp.ReusePort}},
	{SOL_SOCKET, SO_SNDBUF, integer, onTCP, getSndBuf, setSndBuf, arg{}},
	{SOL_SOCKET, SO_SNDTIMEO, period, onAll, getSndTimeo, setSndTimeo, arg{}},
	{SOL_SOCKET, SO_TYPE, integer, onAll, getType, nil, arg{}},

	{IPPROTO_IP, IP_ADD_MEMBERSHIP, group4, onUDP | onRaw, nil, join, arg{}},
	{IPPROTO_IP, IP_DROP_MEMBERSHIP, group4, onUDP | onRaw, nil, leave, arg{}},
	{IPPROTO_IP, IP_HDRINCL, integer, onRaw, getFlag, setFlag, arg{raw: raw.HeaderIncluded}},
	{IPPROTO_IP, IP_MULTICAST_IF, interface4, onUDP | onRaw, getMulticastIf, setMulticastIf, arg{}},
	{IPPROTO_IP, IP_MULTICAST_LOOP, octet, onUDP | onRaw, getFlag, setFlag, arg{udp: udp.MulticastLoop, raw: raw.MulticastLoop}},
	{IPPROTO_IP, IP_MULTICAST_TTL, octet, onUDP | onRaw, getMulticastTTL, setMulticastTTL, arg{}},
	{IPPROTO_IP, IP_PKTINFO, integer, onUDP, getState, setState, arg{state: wantInfo}},
	{IPPROTO_IP, IP_TOS, integer, onAll, getTOS, setTOS, arg{}},
	{IPPROTO_IP, IP_TTL, integer, onAll, getTTL, setTTL, arg{}},

	{IPPROTO_TCP, TCP_CONGESTION, text, onTCP, getCongestion, setCongestion, arg{}},
	{IPPROTO_TCP, TCP_CORK, integer, onTCP, getTCPFlag, setTCPFlag, arg{tcp: tcp.Cork}},
	{IPPROTO_TCP, TCP_DEFER_ACCEPT, integer, onTCP, getDeferAccept, setDeferAccept, arg{}},
	{IPPROTO_TCP, TCP_INFO, info, onTCP, getTCPInfo, nil, arg{}},
	{IPPROTO_TCP, TCP_KEEPALIVE, integer, onTCP, getKeepIdle, setKeepIdle, arg{unit: time.Millisecond}},
	{IPPROTO_TCP, TCP_KEEPCNT, integer, onTCP, getKeepCount, setKeepCount, arg{}},
	{IPPROTO_TCP, TCP_KEEPIDLE, integer, onTCP, getKeepIdle, setKeepIdle, arg{unit: time.Second}},
	{IPPROTO_TCP, TCP_KEEPINTVL, integer, onTCP, getKeepInterval, setKeepInterval, arg{}},
	{IPPROTO_TCP, TCP_LINGER2, integer, onTCP, getLinger2, setLinger2, arg{}},
	{IPPROTO_TCP, TCP_MAXSEG, integer, onTCP, getMaxSeg, setMaxSeg, arg{}},
	{IPPROTO_TCP, TCP_NODELAY, integer, onTCP, getTCPFlag, setTCPFlag, arg{tcp: tcp.NoDelay}},
	{IPPROTO_TCP, TCP_NOTSENT_LOWAT, integer, onTCP, getNotSentLowat, setNotSentLowat, arg{}},
	{IPPROTO_TCP, TCP_QUICKACK, integer, onTCP, getTCPFlag, setTCPFlag, arg{tcp: tcp.QuickACK}},
	{IPPROTO_TCP, TCP_SYNCNT, integer, onTCP, getSynCount, setSynCount, arg{}},
	{IPPROTO_TCP, TCP_USER_TIMEOUT, integer, onTCP, getUserTimeout, setUserTimeout, arg{}},
	{IPPROTO_TCP, TCP_WINDOW_CLAMP, integer, onTCP, getWindowClamp, setWindowClamp, arg{}},

	{IPPROTO_IPV6, IPV6_CHECKSUM, integer, onRaw | onInet6, getChecksum, setChecksum, arg{}},
	{IPPROTO_RAW, IPV6_CHECKSUM, integer, onRaw | onInet6, getChecksum, setChecksum, arg{}},
	{IPPROTO_IPV6, IPV6_JOIN_GROUP, group6, onUDP | onRaw | onInet6, nil, join, arg{}},
	{IPPROTO_IPV6, IPV6_LEAVE_GROUP, group6, onUDP | onRaw | onInet6, nil, leave, arg{}},
	{IPPROTO_IPV6, IPV6_MULTICAST_HOPS, octet, onUDP | onRaw | onInet6, getMulticastTTL, setMulticastTTL, arg{}},
	{IPPROTO_IPV6, IPV6_MULTICAST_IF, integer, onUDP | onRaw | onInet6, getMulticastIf6, setMulticastIf6, arg{}},
	{IPPROTO_IPV6, IPV6_MULTICAST_LOOP, octet, onUDP | onRaw | onInet6, getFlag, setFlag, arg{udp: udp.MulticastLoop, raw: raw.MulticastLoop}},
	{IPPROTO_IPV6, IPV6_RECVPKTINFO, integer, onUDP | onRaw | onInet6, getState, setState, arg{state: wantInfo6}},
	{IPPROTO_IPV6, IPV6_V6ONLY, integer, onTCP | onUDP | onInet6, getV6Only, setV6Only, arg{}},
}

// option returns the row of an option that this socket has, or nil.
func (s *socket) option(level, name int) *option {
	sort := onRaw
	switch s.typ {
	case SOCK_STREAM:
		sort = onTCP
	case SOCK_DGRAM:
		sort = onUDP
	}
	for i := range options {
		o := &options[i]
		if o.level != level || o.name != name {
			continue
		}
		if o.on&sort == 0 || o.on&onInet6 != 0 && s.domain != AF_INET6 {
			return nil
		}
		return o
	}
	return nil
}

func (s *socket) getOption(level, name int) (v value, err error) {
	o := s.option(level, name)
	if o == nil || o.get == nil {
		return v, ENOPROTOOPT
	}
	v, err = o.get(s, o.arg)
	return v, s.p.errno(err)
}

// Getsockopt writes the value of an option to b, as C lays it out, and returns
// its length.
//
// Errors: EFAULT if b is nil, EINVAL if it is too short or the connection has
// ended, ENOPROTOOPT for an option that the socket does not have.
//
// lwIP: lwip_getsockopt. Guide §5.
func (p *Protocol) Getsockopt(fd, level, name int, b []byte) (int, error) {
	s, err := p.enter(fd)
	if err != nil {
		return 0, err
	}
	defer s.leave()
	if b == nil {
		return 0, EFAULT
	}
	v, err := s.getOption(level, name)
	if err != nil {
		return 0, err
	}
	return s.option(level, name).kind.put(b, &v)
}

// Setsockopt sets an option to the value in b, as C lays it out.
//
// Errors: EFAULT if b is nil, EINVAL if it is too short, the value is out of
// range or the connection has ended, ENOPROTOOPT for an option that the socket
// does not have, or that cannot be set.
//
// lwIP: lwip_setsockopt. Guide §5.
func (p *Protocol) Setsockopt(fd, level, name int, b []byte) error {
	s, err := p.enter(fd)
	if err != nil {
		return err
	}
	defer s.leave()
	if b == nil {
		return EFAULT
	}
	o := s.option(level, name)
	if o == nil || o.set == nil {
		return ENOPROTOOPT
	}
	v, err := o.kind.parse(b)
	if err != nil {
		return err
	}
	return p.errno(o.set(s, o.arg, v))
}

// SetsockoptInt sets an option whose value is a number.
func (p *Protocol) SetsockoptInt(fd, level, name, v int) error {
	var b [4]byte
	binary.NativeEndian.PutUint32(b[:], uint32(v))
	return p.Setsockopt(fd, level, name, b[:])
}

// GetsockoptInt returns an option whose value is a number.
func (p *Protocol) GetsockoptInt(fd, level, name int) (int, error) {
	var b [4]byte
	n, err := p.Getsockopt(fd, level, name, b[:])
	if err != nil || n < len(b) {
		return int(b[0]), err
	}
	return int(int32(binary.NativeEndian.Uint32(b[:]))), nil
}

// SetsockoptTimeout sets SO_RCVTIMEO or SO_SNDTIMEO; 0 is no limit.
func (p *Protocol) SetsockoptTimeout(fd, level, name int, d time.Duration) error {
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:], uint64(d/time.Second))
	binary.NativeEndian.PutUint64(b[8:], uint64(d%time.Second/time.Microsecond))
	return p.Setsockopt(fd, level, name, b[:])
}

// GetsockoptTimeout returns SO_RCVTIMEO or SO_SNDTIMEO.
func (p *Protocol) GetsockoptTimeout(fd, level, name int) (time.Duration, error) {
	var b [16]byte
	if _, err := p.Getsockopt(fd, level, name, b[:]); err != nil {
		return 0, err
	}
	e := binary.NativeEndian
	return time.Duration(e.Uint64(b[:]))*time.Second + time.Duration(e.Uint64(b[8:]))*time.Microsecond, nil
}

// Linger is the value of SO_LINGER. C: struct linger.
type Linger struct {
	On      bool
	Seconds int
}

// SetsockoptLinger sets SO_LINGER.
func (p *Protocol) SetsockoptLinger(fd int, l Linger) error {
	var b [8]byte
	binary.NativeEndian.PutUint32(b[:], uint32(truth(l.On).n))
	binary.NativeEndian.PutUint32(b[4:], uint32(l.Seconds))
	return p.Setsockopt(fd, SOL_SOCKET, SO_LINGER, b[:])
}

// GetsockoptLinger returns SO_LINGER.
func (p *Protocol) GetsockoptLinger(fd int) (Linger, error) {
	var b [8]byte
	_, err := p.Getsockopt(fd, SOL_SOCKET, SO_LINGER, b[:])
	e := binary.NativeEndian
	return Linger{e.Uint32(b[:]) != 0, int(int32(e.Uint32(b[4:])))}, err
}

// SetsockoptDevice sets SO_BINDTODEVICE to an interface's name; "" lifts it.
func (p *Protocol) SetsockoptDevice(fd int, name string) error {
	return p.Setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, append([]byte(name), 0))
}

// SetsockoptGroup joins (IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP) or leaves a
// multicast group on the interface with an index; 0 lets the stack choose.
func (p *Protocol) SetsockoptGroup(fd, level, name int, group SockAddr, index int) error {
	e := binary.NativeEndian
	switch g := group.(type) {
	case *SockAddrInet4:
		b := append(g.Addr[:], 0, 0, 0, 0)
		return p.Setsockopt(fd, level, name, e.AppendUint32(b, uint32(index)))
	case *SockAddrInet6:
		return p.Setsockopt(fd, level, name, e.AppendUint32(g.Addr[:], uint32(index)))
	}
	return EFAULT
}
