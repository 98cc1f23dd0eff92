package fuzz

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/tcp"
)

// FuzzNetconn calls Netconns in any order, with packets and time between. All are
// nonblocking: no call may hang. Their callbacks call back.
func FuzzNetconn(f *testing.F) {
	for _, k := range []byte{0, 1, 2, 3, 8, 4} {
		f.Add([]byte{k, 0, 0, 1, 0, 80, 2, 0, 3, 16, 0, 2, 16, 0, 16, 3, 0, 17, 0, 100, 6, 1, 5, 1, 0, 100, 16, 0, 16, 17, 0, 1, 7, 1, 1, 8, 1, 18, 200, 9, 0})
		f.Add([]byte{k, 0, 0, 4, 0, 1, 16, 0, 18, 18, 10, 5, 0, 0, 50, 16, 0, 16, 17, 0, 9, 6, 0, 9, 0, 18, 255})
		f.Add([]byte{k, 0, 1, 1, 0, 53, 19, 3, 6, 0, 4, 0, 3, 10, 0, 0, 30, 11, 0, 12, 0, 19, 1, 13, 0, 9, 0})
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 600 {
			return
		}
		watch := time.AfterFunc(time.Minute, func() { panic("a call blocks") })
		defer watch.Stop()
		s := source(b)
		m := &connMachine{sockMachine: sockMachine{world: newWorld(t, kind(s.byte())&^0x80)}}
		m.friendly = true
		m.meet()
		for n := 0; len(s) > 0 && n < 150; n++ {
			m.input = tally{}
			m.op(&s)
			m.check()
		}
		m.input = tally{}
		if s.byte() == 0 {
			for _, c := range m.list {
				c.c.Delete()
			}
		}
		m.check()
		m.close()
	})
}

// connMachine makes the calls.
type connMachine struct {
	sockMachine
	list   []*netconn
	events int
}

type netconn struct {
	c          *api.Netconn
	wrote, got int64
	deleted    bool
}

func (m *connMachine) conn(s *source) *netconn {
	if len(m.list) == 0 {
		m.open(s)
	}
	if len(m.list) == 0 {
		m.t.Fatal("no netconn can be made")
	}
	return m.list[int(s.byte())%len(m.list)]
}

func (m *connMachine) open(s *source) {
	types := []api.Type{api.TCP, api.UDP, api.TCP6, api.UDP6, api.UDPLite, api.Raw}
	pick := s.byte()
	typ := types[int(pick)%len(types)]
	if m.kind.six() && pick < 128 {
		typ |= 8
	}
	c, err := m.s.API().New(typ, ip.Proto(pick>>3), func(c *api.Netconn, _ api.Event, _ int) {
		m.events++
		c.Readiness()
	})
	if err == nil {
		m.adopt(c)
	} else if len(m.list) == 0 {
		if c, err = m.s.API().New(api.TCP, 0, nil); err == nil {
			m.adopt(c)
		}
	}
}

func (m *connMachine) adopt(c *api.Netconn) {
	c.SetNonblocking(true)
	m.list = append(m.list, &netconn{c: c})
}

// addr returns an address; the peer's, mostly.
func (m *connMachine) addrPort(s *source) netip.AddrPort {
	a := m.addr(s)
	if x, ok := a.(interface{ AddrPort() netip.AddrPort }); ok {
		return x.AddrPort()
	}
	return netip.AddrPort{}
}

func (m *connMachine) op(s *source) {
	switch op := s.byte(); op % 21 {
	case 0:
		m.open(s)
	case 1:
		c, port := m.conn(s), uint16(s.byte())
		if c.c.Bind(netip.AddrPortFrom(netip.IPv4Unspecified(), port)) != nil {
			c.c.Bind(netip.AddrPortFrom(netip.IPv6Unspecified(), port))
		}
	case 2:
		m.conn(s).c.Listen(int(int8(s.byte())))
	case 3:
		if c, err := m.conn(s).c.Accept(); err == nil {
			m.adopt(c)
		}
	case 4:
		c := m.conn(s)
		c.c.Connect(m.addrPort(s))
	case 5:
		m.write(m.conn(s), s.uint16()%2000, s.byte())
	case 6:
		m.receive(m.conn(s), s.byte())
	case 7:
		m.conn(s).c.Shutdown(tcp.Shutdown(s.int(4)))
	case 8:
		m.conn(s).c.Close()
	case 9:
		c := m.conn(s)
		c.c.Delete()
		c.deleted = true
	case 10:
		c, to, n := m.conn(s), m.addrPort(s), s.uint16()%2000
		if c.c.Type().Group() == api.UDP {
			c.c.SendTo(m.buf[:n], to)
		}
	case 11:
		m.conn(s).c.Disconnect()
	case 12:
		c := m.conn(s)
		c.c.Err()
		c.c.Local()
		c.c.Peer()
		c.c.Readiness()
	case 13:
		c, v := m.conn(s), int(int8(s.byte()))
		c.c.SetLinger(v)
		c.c.SetRecvBufSize(v * 50)
		c.c.SetV6Only(v&1 != 0)
		c.c.SetRecvTimeout(time.Duration(v) * time.Millisecond)
	case 14:
		c, group := m.conn(s), netip.MustParseAddr("224.0.0.5")
		if s.byte()&1 != 0 {
			group = netip.MustParseAddr("ff02::5")
		}
		if c.c.JoinGroup(m.ifc, group) == nil && s.byte()&1 != 0 {
			c.c.LeaveGroup(m.ifc, group)
		}
	case 15:
		c, v := m.conn(s), int(s.byte())
		c.c.WithTCP(func(p *tcp.PCB) {
			p.Set(tcp.Option(v) & (tcp.NoDelay | tcp.KeepAlive | tcp.Cork))
			p.SetReceiveBuffer(v * 100)
			p.SetSendBuffer(v * 100)
			p.SetKeepAlive(time.Duration(v)*time.Second, time.Second, 1+v&3)
		})
	default:
		m.link(op, s)
	}
}

func (m *connMachine) write(c *netconn, n int, how byte) {
	if c.c.Type().Group() == api.Raw {
		return // it may send what no host does
	}
	b := m.buf[:n]
	for i := range b {
		b[i] = outByte(c.wrote + int64(i))
	}
	var sent int
	var err error
	switch how & 3 {
	case 0:
		sent, err = c.c.Write(b, api.DontBlock)
	case 1:
		sent, err = c.c.Write(b, api.More)
	case 2:
		sent, err = c.c.WriteVectors([][]byte{b[:n/3], nil, b[n/3:]}, 0)
	case 3:
		more := append([]byte(nil), b...)
		sent, err = c.c.WriteNoCopy(more, nil, 0)
	}
	if sent > n || sent < 0 {
		m.t.Fatalf("%d of %d bytes written", sent, n)
	}
	if err == nil || sent > 0 {
		c.wrote += int64(sent)
	}
}

func (m *connMachine) receive(c *netconn, how byte) {
	var b []byte
	if how&1 == 0 {
		n, _, _, err := c.c.RecvBytes(m.buf[:int(how)*8], 0)
		if err != nil {
			return
		}
		b = m.buf[:n]
	} else {
		var nb api.Netbuf
		if c.c.Recv(&nb, api.RecvFlags(0)) != nil {
			return
		}
		b = make([]byte, nb.Len())
		nb.Copy(b, 0)
		nb.Delete()
	}
	if c.c.Type().Group() != api.TCP {
		return
	}
	for i, x := range b {
		if !m.spoofed && !m.sentByPeer(c.got+int64(i), x) {
			m.t.Fatalf("byte %d received is %#02x, which the peer did not send there", c.got+int64(i), x)
		}
	}
	c.got += int64(len(b))
}
