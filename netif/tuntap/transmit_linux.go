package tuntap

import (
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"

	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
)

// maxVectors is how many elements of a chain one writev gathers: enough for a
// large segment of full ones; a longer chain is copied together.
// Gathering costs as much as copying a segment that is in the cache, and less
// than copying one that is not (BenchmarkTransmit).
const maxVectors = 64

// transmitting is the state of a queue's writer. Transmit has one caller at a
// time, who owns it.
type transmitting struct {
	d       *Device
	ready   func(uintptr) bool
	frames  []*pbuf.Buf // not yet written
	waiting bool        // the batch's deadline is set
	expired bool        // the batch's deadline has passed
	iov     [maxVectors]syscall.Iovec
	vnet    vnetHeader
	headers [gso.MaxHeaders]byte
	linear  []byte // scratch for chains of more than maxVectors elements
}

func (tx *transmitting) init(d *Device) {
	tx.d = d
	tx.ready = tx.fill
}

// Transmit implements netif.Driver. For a device that is full it waits up to
// Config.WriteTimeout, once per batch, and then drops what the device does not
// take at once.
func (d *Device) Transmit(frames []*pbuf.Buf) {
	tx := &d.q.tx
	tx.frames, tx.waiting, tx.expired = frames, false, false
	for len(tx.frames) > 0 {
		err := d.q.conn.Write(tx.ready)
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			tx.expired = true
			tx.stopWaiting()
		default:
			for len(tx.frames) > 0 {
				d.stats.txClosed.Add(1)
				tx.next()
			}
		}
	}
	tx.stopWaiting()
	tx.frames = nil
}

// fill writes frames until none is left or the device is full. It reports
// whether there is nothing to wait for: it is what syscall.RawConn.Write calls.
func (tx *transmitting) fill(fd uintptr) (done bool) {
	c := &tx.d.stats
	for len(tx.frames) > 0 {
		want := tx.frames[0].TotalLen()
		var n int
		var err syscall.Errno
		if tx.d.q.vnet {
			n, err = tx.writeVnet(fd)
		} else {
			n, err = tx.writeFrame(fd)
		}
		switch {
		case err == 0 && n == want:
			c.txFrames.Add(1)
			c.txBytes.Add(uint64(n))
			if tx.frames[0].SegmentSize != 0 {
				c.txLarge.Add(1)
			}
		case err == 0:
			c.txShort.Add(1)
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN && !tx.expired:
			tx.wait()
			return false
		case err == syscall.EAGAIN:
			c.txFull.Add(1)
		default:
			c.txErrors.Add(1)
		}
		tx.next()
	}
	return true
}

// next frees the frame that was written or given up.
func (tx *transmitting) next() {
	tx.frames[0].Free()
	tx.frames = tx.frames[1:]
}

// wait sets the batch's deadline, if it is not running already.
func (tx *transmitting) wait() {
	if tx.waiting {
		return
	}
	tx.waiting = true
	tx.d.stats.txWaits.Add(1)
	// A descriptor outside the poller has no deadlines, but neither does it come
	// here: Write fails instead of waiting.
	tx.d.q.file.SetWriteDeadline(time.Now().Add(tx.d.cfg.WriteTimeout))
}

func (tx *transmitting) stopWaiting() {
	if tx.waiting {
		tx.waiting = false
		tx.d.q.file.SetWriteDeadline(time.Time{})
	}
}

// writeFrame writes the first frame with one system call: one frame is one
// write, for a packet device.
func (tx *transmitting) writeFrame(fd uintptr) (n int, errno syscall.Errno) {
	buf := tx.frames[0]
	if buf.Next() == nil {
		return write(fd, buf.Bytes())
	}
	v := 0
	for e := buf; e != nil; e = e.Next() {
		b := e.Bytes()
		if len(b) == 0 {
			continue
		}
		if v == maxVectors {
			return write(fd, tx.linearise(buf))
		}
		tx.iov[v].Base = unsafe.SliceData(b)
		tx.iov[v].SetLen(len(b))
		v++
	}
	r, _, errno := syscall.Syscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&tx.iov)), uintptr(v))
	clear(tx.iov[:v]) // do not keep the blocks alive
	return int(r), errno
}

// writeVnet is writeFrame with a vnetHeader before the frame. The kernel wants
// the pseudo-header's sum in the checksum field of a large segment: its headers
// are written from a copy, since others may look at them.
func (tx *transmitting) writeVnet(fd uintptr) (n int, errno syscall.Errno) {
	buf := tx.frames[0]
	tx.vnet = vnetHeader{}
	put(&tx.iov[0], tx.vnet[:])
	v, skip := 1, 0
	if buf.SegmentSize != 0 || buf.Flags.Has(pbuf.Partial) {
		b, l, ok := gso.Headers(&tx.headers, buf, linkOffset(tx.d.props.Framing))
		if !ok || buf.SegmentSize != 0 && !l.TCP {
			return 0, syscall.EINVAL
		}
		binary.BigEndian.PutUint16(b[l.Checksum():], l.PseudoSum(b, l.End-l.Transport))
		size := int(buf.SegmentSize)
		if l.End-l.Payload <= size {
			size = 0
		}
		tx.vnet.set(&l, size, l.TCP && b[l.Transport+13]&tcpCWR != 0)
		put(&tx.iov[1], b[:l.Payload])
		v, skip = 2, l.Payload
	}
	e, at := buf.Skip(skip)
	for ; e != nil; e, at = e.Next(), 0 {
		b := e.Bytes()[at:]
		if len(b) == 0 {
			continue
		}
		last := v == maxVectors-1 && e.Next() != nil
		if last {
			b = tx.linearise(e)[at:]
		}
		put(&tx.iov[v], b)
		v++
		if last {
			break
		}
	}
	r, _, errno := syscall.Syscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&tx.iov)), uintptr(v))
	clear(tx.iov[:v])
	return int(r) - vnetLen, errno
}

// write is write(2) without the error interface, which would allocate for an
// uncommon errno.
func write(fd uintptr, b []byte) (n int, errno syscall.Errno) {
	r, _, errno := syscall.Syscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(r), errno
}

// linearise copies a chain into the scratch buffer.
func (tx *transmitting) linearise(buf *pbuf.Buf) []byte {
	tx.linear = tx.linear[:0]
	for e := buf; e != nil; e = e.Next() {
		tx.linear = append(tx.linear, e.Bytes()...)
	}
	return tx.linear
}
