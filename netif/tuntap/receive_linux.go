package tuntap

import (
	"syscall"
	"unsafe"

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
	more     *pbuf.Buf   // the same, for what of a large segment does not fit into spare
	vnet     vnetHeader
	iov      [3]syscall.Iovec
	bytes    int   // in frames
	err      error // the read error that ends reception
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
			rx.bytes = 0
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

// batchBytes ends a batch of large segments: a window's worth, which the peer may
// be waiting to hear of.
const batchBytes = 256 << 10

// drain reads frames until the batch is full or the device is empty. It reports
// whether there is something to do other than wait: it is what
// syscall.RawConn.Read calls.
func (rx *receiving) drain(fd uintptr) (done bool) {
	for len(rx.frames) < cap(rx.frames) && rx.bytes < batchBytes {
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
	if rx.d.q.vnet {
		return rx.readVnet(fd)
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
	rx.append(buf)
	return n, nil
}

func (rx *receiving) append(buf *pbuf.Buf) {
	n := buf.TotalLen()
	rx.d.stats.rxFrames.Add(1)
	rx.d.stats.rxBytes.Add(uint64(n))
	rx.bytes += n
	rx.frames = append(rx.frames, buf)
}

// readVnet is readFrame for a frame with a vnetHeader. A large segment continues
// in a second block.
func (rx *receiving) readVnet(fd int) (n int, err error) {
	c := &rx.d.stats
	buf := rx.spare
	first := buf.Len()
	if rx.more == nil {
		rx.more = rx.pool.AllocBytes(0, pbuf.MaxFrame-first)
	}
	put(&rx.iov[0], rx.vnet[:])
	put(&rx.iov[1], buf.Bytes())
	vectors := 2
	if rx.more != nil {
		put(&rx.iov[2], rx.more.Bytes())
		vectors = 3
	}
	r, _, errno := syscall.Syscall(syscall.SYS_READV, uintptr(fd), uintptr(unsafe.Pointer(&rx.iov)), uintptr(vectors))
	clear(rx.iov[:])
	if errno != 0 {
		return 0, errno
	}
	n = int(r)
	length := n - vnetLen
	large := length > 0 && rx.vnet[1]&^gsoECN != gsoNone
	switch {
	case length <= 0:
		if n > 0 {
			c.rxTooLong.Add(1)
		}
		return n, nil
	case length > rx.frameMax && !large:
		c.rxTooLong.Add(1)
		return n, nil
	case length >= first && vectors == 2: // it was cut
		c.rxNoMemory.Add(1)
		return n, nil
	}
	rx.spare = nil
	if length <= first {
		buf.Realloc(length)
	} else {
		buf.SetNext(rx.rest(length - first))
	}
	rx.vnet.describe(buf, rx.d.props.Framing)
	if large {
		c.rxLarge.Add(1)
	}
	rx.append(buf)
	return n, nil
}

// rest returns the n bytes that were read into rx.more: in that block, or, if
// they are few, in a smaller one, since a queue is charged for what it pins.
func (rx *receiving) rest(n int) *pbuf.Buf {
	if n <= pbuf.Jumbo {
		if small := rx.pool.AllocBytes(0, n); small != nil {
			copy(small.Bytes(), rx.more.Bytes())
			return small
		}
	}
	more := rx.more
	rx.more = nil
	more.Realloc(n)
	return more
}

func put(v *syscall.Iovec, b []byte) {
	v.Base = unsafe.SliceData(b)
	v.SetLen(len(b))
}

func (rx *receiving) freeSpare() {
	if rx.more != nil {
		rx.more.Free()
		rx.more = nil
	}
	if rx.spare != nil {
		rx.spare.Free()
		rx.spare = nil
	}
}
