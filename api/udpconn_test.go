package api

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/udp"
	"pgregory.net/rapid"
)

func udpPair(t testing.TB, a, b *host) (client, server *UDPConn) {
	t.Helper()
	server, err := b.api.ListenUDP(b.at(7000), nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err = a.api.DialUDP(netip.AddrPort{}, b.at(7000), nil)
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

func TestUDPRoundTrip(t *testing.T) {
	a, b := pair(t, setup{})
	for _, dst := range []netip.AddrPort{b.at(7000), netip.AddrPortFrom(b.addr6, 7000), netip.AddrPortFrom(linkLocal(2).WithZone(a.ifc.Name()), 7000)} {
		s, err := b.api.ListenPacket("udp", ":7000")
		if err != nil {
			t.Fatal(err)
		}
		c, err := a.api.Dial("udp", dst.String())
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		for _, size := range []int{0, 1, 100} {
			if n, err := c.Write(make([]byte, size)); n != size || err != nil {
				t.Fatal(n, err)
			}
			n, from, err := s.ReadFrom(buf)
			if n != size || err != nil || from.String() != c.LocalAddr().String() && dst.Addr().Zone() == "" {
				t.Fatalf("%d bytes from %v, %v; want %d from %v", n, from, err, size, c.LocalAddr())
			}
			if dst.Addr().Zone() != "" && from.(*net.UDPAddr).Zone != b.ifc.Name() {
				t.Errorf("%v has no zone", from)
			}
			if n, err = s.WriteTo([]byte("answer"), from); n != 6 || err != nil {
				t.Fatal(n, err)
			}
			if n, err = c.Read(buf); string(buf[:n]) != "answer" || err != nil {
				t.Fatal(n, err)
			}
		}
		if _, err := s.WriteTo(nil, &net.TCPAddr{}); err == nil {
			t.Error("WriteTo a TCPAddr succeeded")
		}
		c.Close()
		s.Close()
	}
}

func TestUDPWriteToConnected(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := udpPair(t, a, b)
	defer c.Close()
	defer s.Close()
	_, err := c.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(b.at(7000)))
	want(t, err, net.ErrWriteToConnected)
	_, err = s.Write([]byte("x"))
	want(t, err, syscall.EDESTADDRREQ)
	_, err = s.WriteToUDPAddrPort([]byte("x"), netip.AddrPort{})
	want(t, err, syscall.EDESTADDRREQ)
	_, err = c.Write(make([]byte, 70000))
	want(t, err, syscall.EMSGSIZE, udp.ErrTooLong)
}

// An ICMP port unreachable is the next call's error, once.
func TestUDPRefused(t *testing.T) {
	a, b := pair(t, setup{})
	c, err := a.api.DialUDP(netip.AddrPort{}, b.at(9), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	buf := make([]byte, 1)
	for _, call := range []func([]byte) (int, error){c.Read, c.Write} {
		if _, err := c.Write(buf); err != nil {
			t.Fatal(err)
		}
		_, err := call(buf)
		want(t, err, syscall.ECONNREFUSED, udp.ErrRefused)
	}
	c.Write(buf) // refused again, which the last Write took
}

// What does not fit into the mailbox is dropped and counted (features P22).
func TestUDPOverflow(t *testing.T) {
	for _, x := range []struct {
		name string
		cfg  Config
		size int
		want int
	}{
		{"by count", Config{ReceiveCount: 6}, 1, 6},
		{"by bytes", Config{ReceiveBytes: 3000}, 1000, 3},
		{"default", Config{}, 1400, 212992 / 1400},
		{"small datagrams", Config{}, 1, 1024},
	} {
		t.Run(x.name, func(t *testing.T) {
			a, b := pair(t, setup{api: x.cfg})
			c, s := udpPair(t, a, b)
			const sent = 1500
			for i := range sent {
				p := make([]byte, x.size)
				p[0] = byte(i)
				if _, err := c.Write(p); err != nil {
					t.Fatal(err)
				}
			}
			pinned := a.pool.Stats().BytesInUse + b.pool.Stats().BytesInUse
			limit := 2*x.cfg.withDefaults().ReceiveBytes + 2*pbuf.Standard
			if pinned > limit {
				t.Errorf("%d bytes are pinned, want at most %d", pinned, limit)
			}
			st := b.api.Stats()
			if st.DatagramsQueued != uint64(x.want) || st.DatagramsFull != uint64(sent-x.want) {
				t.Errorf("%d queued and %d dropped, want %d and %d", st.DatagramsQueued, st.DatagramsFull, x.want, sent-x.want)
			}
			buf := make([]byte, x.size)
			for i := range x.want {
				if n, err := s.Read(buf); n != x.size || err != nil || buf[0] != byte(i) {
					t.Fatalf("datagram %d: %d, %d bytes, %v", i, buf[0], n, err)
				}
			}
			c.Close()
			s.Close()
		})
	}
}

// What does not fit into the caller's slice is lost with its datagram.
func TestUDPTruncation(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := udpPair(t, a, b)
	defer c.Close()
	defer s.Close()
	c.Write([]byte("first datagram"))
	c.Write([]byte("second"))
	buf := make([]byte, 5)
	for _, w := range []string{"first", "secon"} {
		if n, err := s.Read(buf); err != nil || string(buf[:n]) != w {
			t.Errorf("%q, %v; want %q", buf[:n], err, w)
		}
	}
	c.Write([]byte("who"))
	n, m, err := s.ReadMessage(buf)
	if n != 3 || err != nil || m.To != b.addr || m.From.Addr() != a.addr || m.Index != b.ifc.Index() || m.TTL == 0 {
		t.Errorf("%d, %+v, %v", n, m, err)
	}
}

func TestZeroAllocUDP(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	a, b := pair(t, setup{})
	s, err := b.api.ListenUDP(b.at(7000), nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.api.ListenUDP(a.at(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	defer s.Close()
	buf := make([]byte, 1400)
	got := testing.AllocsPerRun(1000, func() {
		if _, err := c.WriteToUDPAddrPort(buf, b.at(7000)); err != nil {
			t.Fatal(err)
		}
		_, from, err := s.ReadFromUDPAddrPort(buf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.WriteToUDPAddrPort(buf, from); err != nil {
			t.Fatal(err)
		}
		_, at, err := c.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WriteTo(buf, at); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(buf); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("a round trip allocates %v times", got)
	}
}

func TestUDPBufs(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := udpPair(t, a, b)
	defer c.Close()
	defer s.Close()
	buf := a.pool.Alloc(pbuf.Transport, 5, pbuf.RAM)
	buf.Take([]byte("hello"))
	if err := c.WriteBuf(buf, netip.AddrPort{}); err != nil {
		t.Fatal(err)
	}
	got, from, err := s.ReadBuf()
	if err != nil || string(got.Bytes()) != "hello" || from.Addr() != a.addr {
		t.Fatal(err)
	}
	got.Free()
}

// TestRingModel holds the ring against a slice.
func TestRingModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pbuf.NewPool(pbuf.Config{})
		var r ring
		var model []uint16
		next := uint16(0)
		steps := rapid.SliceOfN(rapid.IntRange(-40, 40), 1, 400).Draw(t, "steps")
		for _, n := range steps {
			for ; n > 0; n-- {
				next++
				buf := p.AllocBytes(0, 10)
				*r.push() = packet{buf: buf, from: netip.AddrPortFrom(netip.Addr{}, next)}
				r.bytes += 10
				r.pins += size(buf)
				model = append(model, next)
			}
			for ; n < 0 && r.n > 0; n++ {
				var k packet
				r.pop(&k)
				if k.from.Port() != model[0] {
					t.Fatalf("got %d, want %d", k.from.Port(), model[0])
				}
				k.buf.Free()
				model = model[1:]
			}
			if r.n != len(model) || r.bytes != 10*r.n || r.pins != pbuf.Small*r.n {
				t.Fatalf("%d packets, %d bytes, %d pinned; want %d packets", r.n, r.bytes, r.pins, len(model))
			}
		}
		r.clear()
		if p.Stats().BlocksInUse != 0 {
			t.Fatal("buffers are left")
		}
	})
}

// A ring that was large once becomes small again.
func TestRingShrinks(t *testing.T) {
	p := pbuf.NewPool(pbuf.Config{})
	var r ring
	use := func(n int) {
		for range n {
			*r.push() = packet{buf: p.AllocBytes(0, 1)}
		}
		for r.n > 0 {
			var k packet
			r.pop(&k)
			k.buf.Free()
		}
	}
	use(1000)
	if len(r.slots) != 1024 {
		t.Fatalf("%d slots", len(r.slots))
	}
	for range 12 * ringLook {
		use(1)
	}
	if len(r.slots) != ringMin {
		t.Errorf("%d slots after a long time of single datagrams, want %d", len(r.slots), ringMin)
	}
}

// A raw endpoint sees a packet beside the stack; Go programs see it without the
// IP header.
func TestIPConnPing(t *testing.T) {
	a, b := pair(t, setup{})
	c, err := a.api.Dial("ip4:icmp", b.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	echo := []byte{8, 0, 0, 0, 0, 7, 0, 1}
	sum := ^uint16(0x0800 + 7 + 1)
	echo[2], echo[3] = byte(sum>>8), byte(sum)
	if _, err := c.Write(echo); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	if n != 8 || buf[0] != 0 || !bytes.Equal(buf[4:8], echo[4:]) {
		t.Errorf("got % x, want an echo reply", buf[:n])
	}
	if c.RemoteAddr().String() != b.addr.String() {
		t.Errorf("remote address %v", c.RemoteAddr())
	}
	p, err := a.api.ListenPacket("ip4:1", "")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.WriteTo(echo, &net.IPAddr{IP: b.addr.AsSlice()}); n != 8 || err != nil {
		t.Fatal(n, err)
	}
	n, from, err := p.ReadFrom(buf)
	if n != 8 || err != nil || from.String() != b.addr.String() {
		t.Errorf("%d from %v, %v", n, from, err)
	}
	p.Close()
	_, err = p.WriteTo(echo, &net.IPAddr{IP: b.addr.AsSlice()})
	if !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func BenchmarkUDPPingPong(b *testing.B) {
	x, y := pair(b, setup{})
	c, s := udpPair(b, x, y)
	go func() {
		buf := make([]byte, 1)
		for {
			_, from, err := s.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			s.WriteToUDPAddrPort(buf, from)
		}
	}()
	buf := make([]byte, 1)
	b.ReportAllocs()
	for b.Loop() {
		c.Write(buf)
		if _, err := c.Read(buf); err != nil {
			b.Fatal(err)
		}
	}
	c.Close()
	s.Close()
}
