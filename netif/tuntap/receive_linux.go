package tuntap

import (
	"syscall"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// rxRoom is the headroom before a received frame, so that a forwarder can put a
// longer link header in front of the packet without copying it.
var rxRoom = pbuf.Link.Room()

// receiving is the state of a queue's reader; its goroutine owns it.
type receiving struct {
	d        *Device
	pool     *pbuf.Pool
	frameMax int // longest frame in bytes
	ready    func(uintptr) bool
	frames   []*pbuf.Buf // read and not yet delivered
	spare    *pbuf.Buf   // allocated, still empty
	err      error       // the read error that ends reception
	discard  [1]byte
}

func (rx *receiving) init(d *Device, frameMax int) {
	rx.d = d
	rx.frameMax = frameMax
	rx.frames = make([]*pbuf.Buf, 0, d.cfg.Batch)
	rx.ready = rx.drain
}

// receive reads and delivers until the descriptor is closed or fails. A failure
// that is not our own Close is the end of the link.
func (d *Device) receive(r netif.Receiver) {
	rx := &d.q.rx
	rx.pool = r.Pool()
	for {
		err := d.q.conn.Read(rx.ready)
		if len(rx.frames) > 0 {
			d.stats.rxBatches.Add(1)
			r.Deliver(rx.frames)
			clear(rx.frames)
			rx.frames = rx.frames[:0]
		}
		if err == nil && rx.err == nil {
			continue
		}
		if err == nil { // the device is gone; Close was not called
			d.stats.rxErrors.Add(1)
			r.SetLink(false)
		}
		rx.freeSpare()
		return
	}
}

// drain reads frames until the batch is full or the device is empty. It reports
// whether there is something to do other than wait: it is what
// syscall.RawConn.Read calls.
func (rx *receiving) drain(fd uintptr) (done bool) {
	for len(rx.frames) < cap(rx.frames) {
		n, err := rx.readFrame(int(fd))
		switch {
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			rx.freeSpare() // nothing is pinned while waiting
			return len(rx.frames) > 0
		case err != nil || n == 0: // n == 0: the other end of a socket closed
			rx.err = err
			if err == nil {
				rx.err = ErrClosed
			}
			return true
		}
	}
	return true
}

// readFrame reads one frame, of n bytes, and appends it to the batch or drops
// and counts it.
func (rx *receiving) readFrame(fd int) (n int, err error) {
	c := &rx.d.stats
	if rx.spare == nil {
		// One byte more than the longest frame shows that a frame was cut.
		rx.spare = rx.pool.AllocBytes(rxRoom, rx.frameMax+1)
		if rx.spare == nil {
			if n, err = syscall.Read(fd, rx.discard[:]); n > 0 {
				c.rxNoMemory.Add(1)
			}
			return n, err
		}
	}
	buf := rx.spare
	n, err = syscall.Read(fd, buf.Bytes())
	if err != nil || n <= 0 {
		return n, err
	}
	if n > rx.frameMax {
		c.rxTooLong.Add(1)
		return n, nil
	}
	rx.spare = nil
	buf.Realloc(n)
	c.rxFrames.Add(1)
	c.rxBytes.Add(uint64(n))
	rx.frames = append(rx.frames, buf)
	return n, nil
}

func (rx *receiving) freeSpare() {
	if rx.spare != nil {
		rx.spare.Free()
		rx.spare = nil
	}
}
