package tcp

// bufferFlags say how a connection's buffers are handled.
type bufferFlags uint8

const (
	pinReceive bufferFlags = 1 << iota // SetReceiveBuffer: it does not grow
	pinSend                            // SetSendBuffer: it does not grow
	moreToCome                         // the last Write said More
	heldEnough                         // what is held back goes: cork.go
)

func (f bufferFlags) has(g bufferFlags) bool { return f&g != 0 }

// inherited are the flags that a listener's connections take over.
const inherited = pinReceive | pinSend

// tunesSend reports whether the send buffer may grow.
func (p *PCB) tunesSend() bool {
	c := &p.t.cfg
	return !c.NoSendTuning && !p.buffers.has(pinSend) && int(p.sendBuf) < c.SendBufferMax
}

// tuneSend lets the send buffer grow to two congestion windows, after an ACK: one
// in flight, and one for the application to fill meanwhile. What the peer's
// window never took is not waited for.
func (p *PCB) tuneSend() {
	c := &p.t.cfg
	if p.cc == nil || !p.tunesSend() || p.nearby() {
		return
	}
	want := min(2*min(p.cc.Window(), int(p.snd.maxWnd)), c.SendBufferMax)
	if want <= int(p.sendBuf) {
		return
	}
	if want = min(want, p.t.memoryShare()); want > int(p.sendBuf) {
		p.sendBuf = uint32(want)
		p.t.stats.SendGrown++
	}
}

// SendBuffer returns the capacity of the send buffer in bytes.
func (p *PCB) SendBuffer() int { return int(p.sendBuf) }

// SetSendBuffer sets the capacity of the send buffer, at least one segment. It
// does not grow by itself any more.
func (p *PCB) SetSendBuffer(n int) {
	p.sendBuf = uint32(min(max(n, 536), maxBuffer))
	p.buffers |= pinSend
}
