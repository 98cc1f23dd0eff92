package api

import (
	"net"
	"net/netip"
	"syscall"
	"testing"

	"github.com/golwip/lwip/tcp"
)

// Connections that nobody accepted are reset when the listener closes.
func TestListenerCloseResets(t *testing.T) {
	a, b := pair(t, setup{})
	l, err := b.api.ListenTCP(b.at(80), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.api.Dial("tcp", "10.0.0.2:80")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write([]byte("into the void"))
	l.Close()
	_, err = c.Read(make([]byte, 1))
	want(t, err, syscall.ECONNRESET)
	if n := b.tcp.Count(tcp.Established); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	// The port is free again.
	l, err = b.api.ListenTCP(b.at(80), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestListenInUse(t *testing.T) {
	_, b := pair(t, setup{})
	l, err := b.api.ListenTCP(b.at(80), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = b.api.ListenTCP(b.at(80), 0, nil)
	want(t, err, syscall.EADDRINUSE, tcp.ErrInUse)
	_, err = b.api.Listen("tcp", "192.0.2.9:80")
	want(t, err, syscall.EADDRNOTAVAIL)
	if l.Addr().String() != "10.0.0.2:80" {
		t.Errorf("address %v", l.Addr())
	}
}

// The backlog bounds what waits; accepting makes room.
func TestBacklog(t *testing.T) {
	a, b := pair(t, setup{})
	l, err := b.api.ListenTCP(b.at(80), 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var conns []*TCPConn
	dial := func() *stream {
		s, err := a.api.newStream(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.open(b.at(80)); err != nil {
			t.Fatal(err)
		}
		conns = append(conns, (*TCPConn)(s))
		return s
	}
	for range 3 {
		if s := dial(); !s.flags.has(connected) {
			t.Fatal("not connected at once")
		}
	}
	if s := dial(); s.flags.has(connected) {
		t.Fatal("the backlog was exceeded")
	}
	if _, err := l.AcceptTCP(); err != nil {
		t.Fatal(err)
	}
	if s := dial(); !s.flags.has(connected) {
		t.Fatal("accepting made no room")
	}
	for _, c := range conns {
		c.SetLinger(0)
		c.Close()
	}
}

// Many connections wait in order, also past the point where the mailbox is moved
// down.
func TestAcceptOrder(t *testing.T) {
	a, b := pair(t, setup{})
	l, err := b.api.ListenTCP(b.at(80), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var clients []net.Conn
	accepted := 0
	accept := func() {
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := s.RemoteAddr().String(), clients[accepted].LocalAddr().String(); got != want {
			t.Fatalf("accepted %s, want %s", got, want)
		}
		accepted++
		s.Close()
	}
	for i := range 100 {
		c, err := a.api.DialTCP(t.Context(), netip.AddrPort{}, b.at(80), nil)
		if err != nil {
			t.Fatal(err)
		}
		clients = append(clients, c)
		if i%3 == 2 {
			accept()
		}
	}
	for accepted < len(clients) {
		accept()
	}
	for _, c := range clients {
		c.Close()
	}
}
