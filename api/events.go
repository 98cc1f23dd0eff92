package api

// Event is what happened to a Netconn.
//
// lwIP: enum netconn_evt.
type Event uint8

const (
	RcvPlus   Event = iota // data, a connection or the end of the stream may be read
	RcvMinus               // data or a connection was read
	SendPlus               // there is send space again, or the connection is open
	SendMinus              // there is no send space any more
	Failed                 // an error is pending
)

var eventNames = [...]string{"RCVPLUS", "RCVMINUS", "SENDPLUS", "SENDMINUS", "ERROR"}

// String returns lwIP's name of the event.
func (e Event) String() string { return eventNames[e] }

// Callback is told of a Netconn's events; n is the bytes concerned, 0 where
// there are none. It may be called inside the core lock and from any goroutine:
// it must not block and not call back into the stack. [Netconn.Readiness] tells
// the state itself, and must be asked outside the callback.
type Callback func(c *Netconn, e Event, n int)

// event tells the callback. c may be nil.
func (c *Netconn) event(e Event, n int) {
	if c != nil && c.callback != nil {
		c.callback(c, e, n)
	}
}

// fail notes an error for Err and tells the callback. c may be nil.
func (c *Netconn) fail(err error) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.pending = err
	c.mu.Unlock()
	c.event(Failed, 0)
}
