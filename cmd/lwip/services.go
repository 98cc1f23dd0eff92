package main

import (
	"errors"
	"io"
	"net"
	"sync"
)

// connServer runs a function on each connection of a listener.
type connServer struct {
	handle func(net.Conn)

	mu     sync.Mutex // guards what follows
	open   map[io.Closer]struct{}
	closed bool
	conns  sync.WaitGroup
}

func newConnServer(handle func(net.Conn)) *connServer {
	return &connServer{handle: handle, open: make(map[io.Closer]struct{})}
}

// add notes what Close must close; it reports false after Close.
func (s *connServer) add(c io.Closer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.open[c] = struct{}{}
	return true
}

func (s *connServer) remove(c io.Closer) {
	s.mu.Lock()
	delete(s.open, c)
	s.mu.Unlock()
	c.Close()
}

// Serve accepts connections until l is closed, and waits for their handlers.
func (s *connServer) Serve(l net.Listener) error {
	if !s.add(l) {
		return errors.Join(net.ErrClosed, l.Close())
	}
	defer s.conns.Wait()
	defer s.remove(l)
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		if !s.add(c) {
			c.Close()
			continue
		}
		s.conns.Go(func() {
			defer s.remove(c)
			s.handle(c)
		})
	}
}

// Close closes the listener and all connections.
func (s *connServer) Close() error {
	s.mu.Lock()
	s.closed = true
	var open []io.Closer
	for c := range s.open {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		c.Close()
	}
	return nil
}

// echoTCP sends back what comes (RFC 862).
func echoTCP(c net.Conn) { io.Copy(c, c) }

// discardTCP throws away what comes (RFC 863).
func discardTCP(c net.Conn) { io.Copy(io.Discard, c) }

// echoUDP answers every datagram with its own bytes, until c is closed. One from
// a service's port, below 1024, is not answered: two echo services would talk to
// each other forever.
func echoUDP(c net.PacketConn) {
	receive(c, func(b []byte, from net.Addr) {
		if a, ok := from.(*net.UDPAddr); ok && a.Port < 1024 {
			return
		}
		c.WriteTo(b, from)
	})
}

// discardUDP throws away every datagram, until c is closed.
func discardUDP(c net.PacketConn) { receive(c, func([]byte, net.Addr) {}) }

// receive calls f with each datagram until c is closed. Other errors, such as a
// port unreachable in answer to an earlier datagram, end nothing.
func receive(c net.PacketConn, f func(b []byte, from net.Addr)) {
	b := make([]byte, 65535)
	for {
		n, from, err := c.ReadFrom(b)
		switch {
		case err == nil:
			f(b[:n], from)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			var ne net.Error
			if !errors.As(err, &ne) {
				return
			}
		}
	}
}
