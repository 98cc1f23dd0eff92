package tcp

import "github.com/golwip/lwip/pbuf"

// Handler is the owner of a connection: lwIP's recv, sent, err and connected
// callbacks. Its methods are called inside the core lock, after a segment has
// been processed or a timer has fired and the PCB is consistent; they may call
// any method of any PCB, Close and Abort included, but must not block.
type Handler interface {
	// Connected tells that an active open has completed.
	Connected(p *PCB)
	// Received hands over payload in order. It consumes buf. The bytes count
	// against the receive window until PCB.Recved.
	Received(p *PCB, buf *pbuf.Buf)
	// PeerClosed tells that the peer sends no more: a FIN arrived after all
	// payload. lwIP: recv with a nil pbuf.
	PeerClosed(p *PCB)
	// Sent tells that n more bytes were acknowledged, so the send space grew; n is
	// 0 where it grew because bytes were sent (PCB.SetNotSentLowat).
	Sent(p *PCB, n int)
	// Closed is the last call: the connection has ended and p must not be used
	// any more. err tells why; nil, that it ended in order: after Close, when the
	// peer has acknowledged everything, our FIN included; without Close, when
	// both directions have ended and TIME-WAIT is over.
	Closed(p *PCB, err error)
	// SoftError tells of an ICMP error that does not end the connection
	// (RFC 9293 §3.9.2.2, MUST-56).
	SoftError(p *PCB, err error)
}

// AcceptHandler is the owner of a listener: lwIP's accept callback.
type AcceptHandler interface {
	// Accept tells that a connection was established. The result becomes its
	// Handler; nil resets it. The connection counts against the backlog until
	// Listener.Accepted.
	Accept(l *Listener, p *PCB) Handler
	// ListenerClosed tells that the listener was ended from below.
	ListenerClosed(l *Listener, err error)
}

// nobody is the Handler of a connection that has none yet or none any more.
type nobody struct{}

func (nobody) Connected(*PCB)                 {}
func (nobody) Received(_ *PCB, buf *pbuf.Buf) { buf.Free() }
func (nobody) PeerClosed(*PCB)                {}
func (nobody) Sent(*PCB, int)                 {}
func (nobody) Closed(*PCB, error)             {}
func (nobody) SoftError(*PCB, error)          {}
