package api

import (
	"net"
	"time"
)

// TCPListener accepts TCP connections: a net.Listener.
type TCPListener listener

var _ net.Listener = (*TCPListener)(nil)

func (l *TCPListener) l() *listener { return (*listener)(l) }

func (l *TCPListener) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return opError(op, "tcp", nil, l.Addr(), err)
}

// Accept waits for the next connection, a *TCPConn.
func (l *TCPListener) Accept() (net.Conn, error) {
	c, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// AcceptTCP waits for the next connection.
func (l *TCPListener) AcceptTCP() (*TCPConn, error) {
	s, err := l.l().accept(0, 0)
	if err != nil {
		return nil, l.fail("accept", err)
	}
	return (*TCPConn)(s), nil
}

// Close ends the listener. Blocked calls return net.ErrClosed; connections that
// nobody accepted are reset.
func (l *TCPListener) Close() error { return l.fail("close", l.l().close()) }

// Addr returns the local address, a *net.TCPAddr. It takes no lock.
func (l *TCPListener) Addr() net.Addr { return tcpAddr(l.local) }

// SetDeadline sets when Accept fails with os.ErrDeadlineExceeded.
func (l *TCPListener) SetDeadline(t time.Time) error {
	return l.fail("set", l.l().setDeadline(&l.l().rd, t))
}

// SetBacklog changes how many connections may wait for Accept.
func (l *TCPListener) SetBacklog(n int) error { return l.fail("set", l.l().setBacklog(n)) }
