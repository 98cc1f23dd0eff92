package fuzz

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/sockets"
)

// FuzzSockets calls the BSD sockets in any order, with packets and time between.
// All calls are nonblocking ones: none may hang.
func FuzzSockets(f *testing.F) {
	for _, k := range []byte{0, 1, 2, 3, 8, 4} {
		// A server: socket, bind, listen, the peer's handshake, accept, receive,
		// send, shut down, close.
		f.Add([]byte{k, 0, 0, 0, 1, 0, 80, 2, 0, 3, 16, 0, 2, 16, 0, 16, 3, 0, 17, 0, 100, 6, 1, 200, 5, 1, 0, 100, 16, 0, 16, 17, 0, 1, 8, 1, 1, 9, 1, 18, 200, 9, 0})
		// A client.
		f.Add([]byte{k, 0, 0, 0, 4, 0, 1, 11, 0, 0, 4, 16, 0, 18, 18, 10, 5, 0, 0, 50, 16, 0, 16, 17, 0, 9, 6, 0, 90, 9, 0, 18, 255})
		// Datagrams, and a raw socket.
		f.Add([]byte{k, 0, 1, 0, 1, 0, 53, 19, 3, 6, 0, 60, 7, 0, 1, 30, 0, 2, 1, 19, 1, 6, 1, 60, 9, 0, 9, 1})
		f.Add([]byte{k, 0, 4, 0, 10, 0, 0, 2, 4, 11, 0, 255, 8, 4, 12, 0, 0, 13, 14, 15, 0, 9, 0})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 600 {
			return
		}
		watch := time.AfterFunc(time.Minute, func() { panic("a call blocks") })
		defer watch.Stop()
		s := source(b)
		m := &sockMachine{world: newWorld(t, kind(s.byte())&^0x80)}
		m.sock, m.friendly = m.s.Sockets(), true
		m.meet()
		for n := 0; len(s) > 0 && n < 150; n++ {
			m.input = tally{}
			m.op(&s)
			m.check()
		}
		m.input = tally{}
		if s.byte() == 0 { // both ways of ending
			for _, fd := range m.fds {
				m.sock.Close(fd.n)
			}
		}
		m.check()
		m.close()
	})
}

// sockMachine makes the calls.
type sockMachine struct {
	*world
	sock *sockets.Protocol
	fds  []*descriptor
	buf  [2048]byte
}

// descriptor is one that was open once.
type descriptor struct {
	n         int
	typ       int
	wrote     int64
	got       int64
	discarded bool // the streams are not followed
}

func (m *sockMachine) fd(s *source) *descriptor {
	i := int(s.byte())
	if len(m.fds) == 0 || i == 255 {
		return &descriptor{n: i, discarded: true} // a wrong one
	}
	return m.fds[i%len(m.fds)]
}

// addr returns an address; the peer's, mostly.
func (m *sockMachine) addr(s *source) sockets.SockAddr {
	pick := s.byte()
	list := []string{peer4, peer6, host4, host6, "0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "::ffff:10.0.0.2", "127.0.0.1", far4, far6, "fe80::2"}
	a := list[int(pick>>4)%len(list)]
	if pick>>4 == 0 && m.kind.six() {
		a = peer6
	}
	if pick == 255 {
		return &sockets.SockAddrUnspec{}
	}
	ports := []uint16{tcpPort, 40000, 0, udpPort, 65535, 1, 5000, 7}
	return sockets.Inet(netip.AddrPortFrom(netip.MustParseAddr(a), ports[pick&7]))
}

// options are the levels and names that are set and got.
var optionLevels = []int{0xfff, 0, 6, 41, 17, 255, 58, 1}

func (m *sockMachine) op(s *source) {
	k := m.sock
	switch op := s.byte(); op % 21 {
	case 0:
		m.open(s)
	case 1:
		fd, port := m.fd(s), uint16(s.byte())
		a := netip.IPv6Unspecified()
		if port&128 == 0 {
			a = netip.IPv4Unspecified()
		}
		if k.Bind(fd.n, sockets.Inet(netip.AddrPortFrom(a, port))) != nil {
			k.Bind(fd.n, sockets.Inet(netip.AddrPortFrom(netip.IPv6Unspecified(), port)))
		}
	case 2:
		k.Listen(m.fd(s).n, int(int8(s.byte())))
	case 3:
		if n, _, err := k.Accept(m.fd(s).n); err == nil {
			m.adopt(n, sockets.SOCK_STREAM)
		}
	case 4:
		fd := m.fd(s)
		k.Connect(fd.n, m.addr(s))
	case 5:
		m.send(m.fd(s), s.uint16()%2000, int(s.byte())&^2)
	case 6:
		m.recv(m.fd(s), int(s.byte())*4, s.int(128))
	case 7:
		fd, a, n := m.fd(s), m.addr(s), s.uint16()%2000
		if fd.typ == sockets.SOCK_DGRAM {
			k.Sendto(fd.n, m.buf[:n], 0, a)
		}
	case 8:
		k.Shutdown(m.fd(s).n, s.int(4))
	case 9:
		k.Close(m.fd(s).n)
	case 10:
		fd, level, name := m.fd(s), optionLevels[s.int(len(optionLevels))], s.uint16()
		b := append([]byte(nil), s.take(s.int(24))...)
		k.Setsockopt(fd.n, level, name, b)
	case 11:
		fd, level, name := m.fd(s), optionLevels[s.int(len(optionLevels))], s.uint16()
		k.Getsockopt(fd.n, level, name, make([]byte, s.int(32)))
		k.GetsockoptInt(fd.n, level, name)
	case 12:
		fd, arg := m.fd(s), 1
		k.Ioctl(fd.n, sockets.FIONBIO, &arg)
		k.Ioctl(fd.n, sockets.FIONREAD, &arg)
		k.Ioctl(fd.n, s.uint32()|1, &arg)
		k.Fcntl(fd.n, sockets.F_GETFL, 0)
		k.Fcntl(fd.n, sockets.F_SETFL, int(s.byte())|sockets.O_NONBLOCK)
		arg = 1
		k.Ioctl(fd.n, sockets.FIONBIO, &arg)
	case 13:
		fd := m.fd(s)
		k.Getpeername(fd.n)
		k.Getsockname(fd.n)
		k.TCPInfo(fd.n)
	case 14:
		list := make([]sockets.PollFd, s.int(5))
		for i := range list {
			list[i] = sockets.PollFd{Fd: m.fd(s).n, Events: int16(s.byte())}
		}
		k.Poll(list, 0)
	case 15:
		var r, w, e sockets.FDSet
		for range s.int(4) {
			n := m.fd(s).n
			if n >= 0 {
				r.Set(n)
				w.Set(n)
				e.Set(n)
			}
		}
		k.Select(s.int(256), &r, &w, &e, 0)
	default:
		m.link(op, s)
	}
}

// link is what the peers and the time do.
func (m *sockMachine) link(op byte, s *source) {
	switch op % 21 {
	case 16: // a segment, of a new connection to a port or an old one
		i, flags := s.byte(), s.byte()
		q := m.peer(i)
		m.deliver(q.send(flags&(fin|syn|rst|psh|ack|urg), 0))
	case 17:
		q := m.peer(s.byte())
		m.deliver(q.send(ack, s.uint16()%1400))
	case 18:
		m.pass(time.Duration(s.byte()) * 20 * time.Millisecond)
	case 19:
		zoo := m.frameZoo()
		m.deliver(zoo[s.int(len(zoo))])
	case 20:
		m.pass(time.Duration(s.byte()) * time.Second)
	}
}

// peer returns one: of port 80 or 0 to 7, and of a connection that the stack
// opened to a port of a SYN that was seen.
func (m *sockMachine) peer(i byte) *peer {
	if n := len(m.peers); n > 0 && i&128 != 0 {
		return m.peers[int(i)%n]
	}
	local := uint16(tcpPort)
	if i&64 != 0 {
		local = uint16(i & 7)
	}
	for _, q := range m.peers {
		if q.port == 30000+uint16(i&15) && q.local == local {
			return q
		}
	}
	return m.newPeer(30000+uint16(i&15), local)
}

func (m *sockMachine) open(s *source) {
	pick := s.byte()
	domain := []int{sockets.AF_INET, sockets.AF_INET6}[pick>>7]
	if pick < 128 && m.kind.six() {
		domain = sockets.AF_INET6
	}
	typ := []int{sockets.SOCK_STREAM, sockets.SOCK_DGRAM, sockets.SOCK_STREAM, sockets.SOCK_STREAM, sockets.SOCK_RAW}[int(pick&127)%5]
	if n, err := m.sock.Socket(domain, typ, int(s.byte())); err == nil {
		m.adopt(n, typ)
	}
}

// adopt makes a descriptor nonblocking and keeps it.
func (m *sockMachine) adopt(n, typ int) {
	if _, err := m.sock.Fcntl(n, sockets.F_SETFL, sockets.O_NONBLOCK); err != nil {
		m.t.Fatalf("a new descriptor is refused: %v", err)
	}
	for _, fd := range m.fds {
		if fd.n == n {
			fd.discarded = true // its number is used again
			fd.n = -2
		}
	}
	m.fds = append(m.fds, &descriptor{n: n, typ: typ})
}

func (m *sockMachine) send(fd *descriptor, n, flags int) {
	if fd.typ == sockets.SOCK_RAW {
		return // it may send what no host does
	}
	b := m.buf[:n]
	for i := range b {
		b[i] = outByte(fd.wrote + int64(i))
	}
	sent, err := m.sock.Send(fd.n, b, flags&(sockets.MSG_DONTWAIT|sockets.MSG_MORE)|sockets.MSG_DONTWAIT)
	if err == nil && sent > n || sent < 0 && err == nil {
		m.t.Fatalf("%d of %d bytes sent", sent, n)
	}
	if err == nil {
		fd.wrote += int64(sent)
	}
}

func (m *sockMachine) recv(fd *descriptor, n, flags int) {
	b := m.buf[:n]
	got, err := m.sock.Recv(fd.n, b, flags|sockets.MSG_DONTWAIT)
	if err != nil || fd.typ != sockets.SOCK_STREAM || fd.discarded {
		return
	}
	if got > n || got < 0 {
		m.t.Fatalf("%d of %d bytes received", got, n)
	}
	for i, x := range b[:got] {
		if !m.spoofed && !m.sentByPeer(fd.got+int64(i), x) {
			m.t.Fatalf("byte %d received is %#02x, which the peer did not send there", fd.got+int64(i), x)
		}
	}
	if flags&sockets.MSG_PEEK == 0 {
		fd.got += int64(got)
	}
}
