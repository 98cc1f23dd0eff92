package sockets_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/udp"
)

func TestDatagrams(t *testing.T) {
	for _, at := range []string{"10.0.0.2:7", "[fd00::2]:7"} {
		inBubble(t, setup{}, func(w *world) {
			s := w.bound(w.b, sockets.SOCK_DGRAM, at)
			c := w.socket(w.a, family(addr(at)), sockets.SOCK_DGRAM, 0)
			_, err := w.a.Send(c, []byte("x"), 0)
			w.want(err, sockets.EDESTADDRREQ)
			if n, err := w.a.Sendto(c, []byte("hello"), 0, addr(at)); n != 5 || err != nil {
				t.Fatal(n, err)
			}
			b := make([]byte, 3)
			n, _, err := w.b.Recvfrom(s, b, sockets.MSG_PEEK)
			if n != 3 || err != nil || string(b) != "hel" {
				t.Fatal(n, err)
			}
			n, from, err := w.b.Recvfrom(s, b, 0)
			if n != 3 || err != nil || string(b) != "hel" {
				t.Fatal(n, err)
			}
			w.nonblock(w.b, s)
			_, err = w.b.Read(s, b) // the rest is lost
			w.want(err, sockets.EAGAIN)
			if n, err := w.b.Sendto(s, nil, 0, from); n != 0 || err != nil {
				t.Fatal(n, err)
			}
			n, back, err := w.a.Recvfrom(c, b, 0) // an empty datagram is one
			if n != 0 || err != nil || text(back) != at {
				t.Fatal(n, err, text(back))
			}
		})
	}
}

// Sending elsewhere does not change where a socket is connected to; AF_UNSPEC
// dissolves that.
func TestConnectedDatagrams(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		ua, ub := w.udpPair()
		other := w.bound(w.b, sockets.SOCK_DGRAM, "10.0.0.2:3000")
		_, err := w.a.Sendto(ua, []byte("other"), 0, addr("10.0.0.2:3000"))
		w.ok(err)
		w.recv(w.b, other, 0, "other")
		w.send(w.a, ua, "peer")
		w.recv(w.b, ub, 0, "peer")
		_, err = w.b.Sendto(other, []byte("stranger"), 0, addr("10.0.0.1:1000"))
		w.ok(err)
		_, err = w.a.Recv(ua, make([]byte, 9), sockets.MSG_DONTWAIT)
		w.want(err, sockets.EAGAIN)
		w.ok(w.a.Connect(ua, &sockets.SockAddrUnspec{}))
		_, err = w.a.Getpeername(ua)
		w.want(err, sockets.ENOTCONN)
		_, err = w.b.Sendto(other, []byte("stranger"), 0, addr("10.0.0.1:1000"))
		w.ok(err)
		w.recv(w.a, ua, 0, "stranger")
	})
}

// An IPv6 socket talks IPv4 in mapped addresses (RFC 3493 §3.7), and not if
// IPV6_V6ONLY is set.
func TestMappedAddresses(t *testing.T) {
	const mapped1, mapped2 = "[::ffff:10.0.0.1]", "[::ffff:10.0.0.2]"
	t.Run("stream server", func(t *testing.T) {
		inBubble(t, setup{}, func(w *world) {
			l := w.listener(w.b, "[::]:80")
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_STREAM, 0)
			w.ok(w.a.Bind(c, addr("10.0.0.1:1234")))
			w.ok(w.a.Connect(c, addr("10.0.0.2:80")))
			s, from, err := w.b.Accept(l)
			w.ok(err)
			local, err := w.b.Getsockname(s)
			w.ok(err)
			if text(from) != mapped1+":1234" || text(local) != mapped2+":80" {
				t.Errorf("accepted from %v at %v", text(from), text(local))
			}
		})
	})
	t.Run("stream client", func(t *testing.T) {
		inBubble(t, setup{}, func(w *world) {
			w.listener(w.b, "10.0.0.2:80")
			c := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_STREAM, 0)
			w.ok(w.a.Connect(c, addr(mapped2+":80")))
			peer, err := w.a.Getpeername(c)
			w.ok(err)
			if text(peer) != mapped2+":80" {
				t.Errorf("peer is %v", text(peer))
			}
		})
	})
	t.Run("datagrams to both families from one socket", func(t *testing.T) {
		inBubble(t, setup{}, func(w *world) {
			s := w.bound(w.b, sockets.SOCK_DGRAM, "[::]:53")
			c := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
			for _, to := range []string{mapped2, "[fd00::2]", mapped2} {
				_, err := w.a.Sendto(c, []byte(to), 0, addr(to+":53"))
				w.ok(err)
				b := make([]byte, 100)
				n, from, err := w.b.Recvfrom(s, b, 0)
				w.ok(err)
				if string(b[:n]) != to || strings.Contains(to, "ffff") != strings.HasPrefix(text(from), mapped1) {
					t.Errorf("%q came from %v", b[:n], text(from))
				}
			}
		})
	})
	t.Run("IPv4 sockaddr on an IPv6 socket", func(t *testing.T) {
		inBubble(t, setup{}, func(w *world) {
			s := w.socket(w.b, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
			w.ok(w.b.Bind(s, addr("10.0.0.2:53")))
			name, err := w.b.Getsockname(s)
			w.ok(err)
			if text(name) != mapped2+":53" {
				t.Errorf("bound to %v", text(name))
			}
		})
	})
	t.Run("V6ONLY", func(t *testing.T) {
		inBubble(t, setup{}, func(w *world) {
			s := w.socket(w.b, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
			w.ok(w.b.SetsockoptInt(s, sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 1))
			w.want(w.b.Bind(s, addr("10.0.0.2:53")), sockets.EINVAL)
			w.ok(w.b.Bind(s, addr("[::]:53")))
			w.want(w.b.SetsockoptInt(s, sockets.IPPROTO_IPV6, sockets.IPV6_V6ONLY, 0), sockets.EINVAL) // too late
			v4 := w.bound(w.b, sockets.SOCK_DGRAM, "10.0.0.2:53")                                      // does not collide
			_, err := w.b.Sendto(s, []byte("x"), 0, addr(mapped1+":53"))
			w.want(err, sockets.EINVAL)
			w.want(w.b.Connect(s, addr(mapped1+":53")), sockets.EINVAL)
			c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			_, err = w.a.Sendto(c, []byte("x"), 0, addr("10.0.0.2:53"))
			w.ok(err)
			w.recv(w.b, v4, 0, "x")
			_, err = w.b.Recv(s, make([]byte, 1), sockets.MSG_DONTWAIT)
			w.want(err, sockets.EAGAIN)
		})
	})
}

// A link-local address needs a scope, and comes with one.
func TestScopeID(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		w.sb.Lock()
		var local netip.Addr
		for _, a := range w.ifb.Addrs6() {
			if a.Addr.IsLinkLocalUnicast() {
				local = a.Addr
			}
		}
		w.sb.Unlock()
		s := w.bound(w.b, sockets.SOCK_DGRAM, "[::]:53")
		c := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
		to := sockets.Inet(netip.AddrPortFrom(local, 53)).(*sockets.SockAddrInet6)
		to.ScopeID = uint32(w.ifa.Index())
		_, err := w.a.Sendto(c, []byte("x"), 0, to)
		w.ok(err)
		_, from, err := w.b.Recvfrom(s, make([]byte, 1), 0)
		w.ok(err)
		a := from.(*sockets.SockAddrInet6)
		if !netip.AddrFrom16(a.Addr).IsLinkLocalUnicast() || int(a.ScopeID) != w.ifb.Index() {
			t.Errorf("from %v, scope %d", text(from), a.ScopeID)
		}
		_, err = w.b.Sendto(s, []byte("y"), 0, from)
		w.ok(err)
		w.recv(w.a, c, 0, "y")
		to.ScopeID = 77
		_, err = w.a.Sendto(c, []byte("x"), 0, to)
		w.want(err, sockets.ENODEV)
	})
}

func TestRecvmsgTruncation(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		ua, ub := w.udpPair()
		if n, err := w.a.Sendmsg(ua, &sockets.Msg{Iov: [][]byte{[]byte("hel"), []byte("lo")}}, 0); n != 5 || err != nil {
			t.Fatal(n, err)
		}
		x, y := make([]byte, 2), make([]byte, 1)
		m := sockets.Msg{Iov: [][]byte{x, y}}
		n, err := w.b.Recvmsg(ub, &m, sockets.MSG_PEEK)
		if n != 5 || err != nil || m.Flags != sockets.MSG_TRUNC || string(x)+string(y) != "hel" || text(m.Name) != "10.0.0.1:1000" {
			t.Fatalf("%d, %v, flags %#x, %q %q from %v", n, err, m.Flags, x, y, text(m.Name))
		}
		m.Iov = [][]byte{x, make([]byte, 3)}
		n, err = w.b.Recvmsg(ub, &m, 0)
		if n != 5 || err != nil || m.Flags != 0 {
			t.Fatal(n, err, m.Flags)
		}
		_, err = w.b.Recvmsg(ub, &m, sockets.MSG_OOB)
		w.want(err, sockets.EOPNOTSUPP)
		_, err = w.b.Recvmsg(ub, &sockets.Msg{}, 0)
		w.want(err, sockets.EMSGSIZE)
		_, err = w.b.Recvmsg(ub, nil, 0)
		w.want(err, sockets.EFAULT)
		_, err = w.b.Sendmsg(ub, nil, 0)
		w.want(err, sockets.EFAULT)
		_, err = w.b.Sendmsg(ub, &sockets.Msg{Iov: make([][]byte, 65536)}, 0)
		w.want(err, sockets.EMSGSIZE)
		_, err = w.b.Sendmsg(ub, &sockets.Msg{Iov: [][]byte{make([]byte, 40000), make([]byte, 40000)}}, 0)
		w.want(err, sockets.EMSGSIZE)
		_, err = w.b.Sendmsg(ub, &m, sockets.MSG_PEEK)
		w.want(err, sockets.EOPNOTSUPP)
		w.send(w.a, ua, "abc")
		if n, err := w.b.Readv(ub, [][]byte{x}); n != 2 || err != nil {
			t.Fatalf("Readv returned %d, %v: more than it stored", n, err)
		}
	})
}

func TestPktInfo(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		for _, c := range []struct {
			bind, to, dst string
			level, opt    int
		}{
			{"0.0.0.0:53", "10.0.0.2:53", "10.0.0.2", sockets.IPPROTO_IP, sockets.IP_PKTINFO},
			{"[::]:54", "10.0.0.2:54", "::ffff:10.0.0.2", sockets.IPPROTO_IPV6, sockets.IPV6_RECVPKTINFO},
			{"[::]:55", "10.0.0.2:55", "10.0.0.2", sockets.IPPROTO_IP, sockets.IP_PKTINFO},
			{"[::]:56", "[fd00::2]:56", "fd00::2", sockets.IPPROTO_IPV6, sockets.IPV6_RECVPKTINFO},
		} {
			s := w.bound(w.b, sockets.SOCK_DGRAM, c.bind)
			send := func() {
				u := w.socket(w.a, family(addr(c.to)), sockets.SOCK_DGRAM, 0)
				_, err := w.a.Sendto(u, []byte("x"), 0, addr(c.to))
				w.ok(err)
				w.ok(w.a.Close(u))
			}
			m := sockets.Msg{Iov: [][]byte{make([]byte, 1)}, Control: make([]byte, sockets.ControlSpace)}
			send()
			_, err := w.b.Recvmsg(s, &m, 0)
			w.ok(err)
			if len(m.Control) != 0 {
				t.Errorf("%v: control message without asking", c)
			}
			w.ok(w.b.SetsockoptInt(s, c.level, c.opt, 1))
			send()
			m.Control = make([]byte, sockets.ControlSpace)
			_, err = w.b.Recvmsg(s, &m, 0)
			w.ok(err)
			info, ok := sockets.ParsePktInfo(m.Control)
			if !ok || info.Index != w.ifb.Index() || info.Addr != netip.MustParseAddr(c.dst) {
				t.Errorf("%v: %v, %v", c, info, ok)
			}
			send()
			m.Control = make([]byte, 10)
			_, err = w.b.Recvmsg(s, &m, 0)
			w.ok(err)
			if m.Flags != sockets.MSG_CTRUNC || len(m.Control) != 0 {
				t.Errorf("%v: flags %#x for too little room", c, m.Flags)
			}
		}
	})
}

func TestSendmsgPktInfo(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		s := w.bound(w.b, sockets.SOCK_DGRAM, "[::]:53")
		c := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_DGRAM, 0)
		m := sockets.Msg{Name: addr("[fd00::2]:53"), Iov: [][]byte{[]byte("x")}}
		info := sockets.PktInfo{w.ifa.Index(), netip.MustParseAddr("fd00::1")}
		m.Control = sockets.AppendPktInfo(nil, info)
		_, err := w.a.Sendmsg(c, &m, 0)
		w.ok(err)
		_, from, err := w.b.Recvfrom(s, make([]byte, 1), 0)
		w.ok(err)
		if a := from.(*sockets.SockAddrInet6); netip.AddrFrom16(a.Addr) != info.Addr {
			t.Errorf("sent from %v", text(from))
		}
		info.Addr = netip.MustParseAddr("fd00::77")
		m.Control = sockets.AppendPktInfo(nil, info)
		_, err = w.a.Sendmsg(c, &m, 0)
		w.want(err, sockets.EADDRNOTAVAIL)
		info.Index = 99
		m.Control = sockets.AppendPktInfo(nil, info)
		_, err = w.a.Sendmsg(c, &m, 0)
		w.want(err, sockets.ENODEV)
	})
}

// A raw IPv4 socket gets packets with their IP header, and only IPv4.
func TestRawSocket(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		r := w.socket(w.b, sockets.AF_INET, sockets.SOCK_RAW, 253)
		r6 := w.socket(w.b, sockets.AF_INET6, sockets.SOCK_RAW, 253)
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_RAW, 253)
		_, err := w.a.Sendto(c, []byte("payload"), 0, addr("10.0.0.2:0"))
		w.ok(err)
		b := make([]byte, 100)
		n, from, err := w.b.Recvfrom(r, b, 0)
		w.ok(err)
		p := gopacket.NewPacket(b[:n], layers.LayerTypeIPv4, gopacket.Default)
		h, ok := p.NetworkLayer().(*layers.IPv4)
		if !ok || h.Protocol != 253 || string(h.Payload) != "payload" || text(from) != "10.0.0.1:0" {
			t.Fatalf("received %v from %v", p, text(from))
		}
		_, err = w.b.Recv(r6, b, sockets.MSG_DONTWAIT)
		w.want(err, sockets.EAGAIN)
		w.ok(w.a.Connect(c, addr("10.0.0.2:0")))
		w.send(w.a, c, "again")
		if n, err := w.b.Recv(r, b, 0); n != 25 || err != nil {
			t.Fatal(n, err)
		}
		w.ok(w.a.SetsockoptInt(c, sockets.IPPROTO_IP, sockets.IP_HDRINCL, 1))
		_, err = w.a.Send(c, []byte("short"), 0)
		w.want(err, sockets.EINVAL)
	})
}

// IPV6_CHECKSUM: the stack fills the checksum in, at both levels.
func TestRawChecksum(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		r := w.socket(w.b, sockets.AF_INET6, sockets.SOCK_RAW, 253)
		c := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_RAW, 253)
		w.want(w.a.SetsockoptInt(c, sockets.IPPROTO_IPV6, sockets.IPV6_CHECKSUM, 3), sockets.EINVAL)
		w.ok(w.a.SetsockoptInt(c, sockets.IPPROTO_RAW, sockets.IPV6_CHECKSUM, 2))
		if v, err := w.a.GetsockoptInt(c, sockets.IPPROTO_IPV6, sockets.IPV6_CHECKSUM); v != 2 || err != nil {
			t.Fatal(v, err)
		}
		_, err := w.a.Sendto(c, make([]byte, 8), 0, addr("[fd00::2]:0"))
		w.ok(err)
		b := make([]byte, 100)
		n, err := w.b.Recv(r, b, 0)
		w.ok(err)
		// The pseudo-header: the addresses, 8 bytes, protocol 253.
		sum := uint32(8 + 253)
		for _, a := range []string{"fd00::1", "fd00::2"} {
			x := netip.MustParseAddr(a).As16()
			for i := 0; i < 16; i += 2 {
				sum += uint32(binary.BigEndian.Uint16(x[i:]))
			}
		}
		for i := 0; i < n; i += 2 {
			sum += uint32(binary.BigEndian.Uint16(b[i:]))
		}
		if sum = sum&0xffff + sum>>16; sum != 0xffff {
			t.Errorf("checksum adds up to %#x in % x", sum, b[:n])
		}
		icmp := w.socket(w.a, sockets.AF_INET6, sockets.SOCK_RAW, sockets.IPPROTO_ICMPV6)
		w.want(w.a.SetsockoptInt(icmp, sockets.IPPROTO_IPV6, sockets.IPV6_CHECKSUM, 2), sockets.EINVAL)
	})
}

// SO_RCVBUF drops what comes beyond it.
func TestReceiveBuffer(t *testing.T) {
	inBubble(t, setup{}, func(w *world) {
		ua, ub := w.udpPair()
		w.ok(w.b.SetsockoptInt(ub, sockets.SOL_SOCKET, sockets.SO_RCVBUF, 10))
		for range 3 {
			w.send(w.a, ua, "12345")
		}
		n := 0
		w.ok(w.b.Ioctl(ub, sockets.FIONREAD, &n))
		if n != 10 {
			t.Errorf("%d bytes wait, want 10", n)
		}
	})
	inBubble(t, setup{cfg: lwip.Config{Sockets: sockets.Config{NextFIONREAD: true}}}, func(w *world) {
		ua, ub := w.udpPair()
		w.send(w.a, ua, "12345")
		w.send(w.a, ua, "123")
		n := 0
		w.ok(w.b.Ioctl(ub, sockets.FIONREAD, &n))
		if n != 5 {
			t.Errorf("the next datagram has %d bytes, want 5", n)
		}
	})
}

// With SO_REUSEADDR several sockets get a broadcast; without, there is only one.
func TestReuseAddrBroadcast(t *testing.T) {
	inBubble(t, setup{cfg: lwip.Config{UDP: udp.Config{}}}, func(w *world) {
		var fds [2]int
		for i := range fds {
			fds[i] = w.socket(w.b, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
			w.ok(w.b.SetsockoptInt(fds[i], sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1))
			w.ok(w.b.Bind(fds[i], addr("0.0.0.0:68")))
		}
		w.want(w.b.Bind(w.socket(w.b, sockets.AF_INET, sockets.SOCK_DGRAM, 0), addr("0.0.0.0:68")), sockets.EADDRINUSE)
		c := w.socket(w.a, sockets.AF_INET, sockets.SOCK_DGRAM, 0)
		_, err := w.a.Sendto(c, []byte("x"), 0, addr("10.0.0.255:68"))
		w.want(err, sockets.EACCES)
		w.ok(w.a.SetsockoptInt(c, sockets.SOL_SOCKET, sockets.SO_BROADCAST, 1))
		_, err = w.a.Sendto(c, []byte("x"), 0, addr("10.0.0.255:68"))
		w.ok(err)
		synctest.Wait()
		for _, fd := range fds {
			w.recv(w.b, fd, sockets.MSG_DONTWAIT, "x")
		}
	})
}
