package tuntap

import (
	"encoding/binary"
	"syscall"
	"unsafe"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
)

// vnetHeader is struct virtio_net_hdr, which comes before each frame of a device
// with IFF_VNET_HDR, in the host's byte order:
//
//	 0       1          2         4          6            8             10
//	┌───────┬──────────┬─────────┬──────────┬────────────┬─────────────┐
//	│ flags │ gso type │ hdr len │ gso size │ csum start │ csum offset │
//	└───────┴──────────┴─────────┴──────────┴────────────┴─────────────┘
//
// Virtual I/O Device (VIRTIO) 1.2 §5.1.6.
type vnetHeader [vnetLen]byte

const vnetLen = 10

const (
	vnetNeedsChecksum = 1 // flags: the field holds the pseudo-header's sum
	vnetDataValid     = 2 // flags: the checksum has been verified

	gsoNone  = 0
	gsoTCPv4 = 1
	gsoTCPv6 = 4
	gsoECN   = 0x80 // CWR is set

	tcpCWR = 1 << 7
)

func (h *vnetHeader) segmentSize() int    { return int(binary.NativeEndian.Uint16(h[4:])) }
func (h *vnetHeader) checksumStart() int  { return int(binary.NativeEndian.Uint16(h[6:])) }
func (h *vnetHeader) checksumOffset() int { return int(binary.NativeEndian.Uint16(h[8:])) }

// set fills in the header of a frame whose headers have the layout l.
func (h *vnetHeader) set(l *gso.Layout, size int, cwr bool) {
	*h = vnetHeader{vnetNeedsChecksum}
	binary.NativeEndian.PutUint16(h[2:], uint16(l.Payload))
	binary.NativeEndian.PutUint16(h[6:], uint16(l.Transport))
	binary.NativeEndian.PutUint16(h[8:], uint16(l.Checksum()-l.Transport))
	if size == 0 {
		return
	}
	h[1] = gsoTCPv4
	if l.V6 {
		h[1] = gsoTCPv6
	}
	if cwr {
		h[1] |= gsoECN
	}
	binary.NativeEndian.PutUint16(h[4:], uint16(size))
}

// Arguments of TUNSETOFFLOAD (linux/if_tun.h).
const (
	tunCsum   = 1
	tunTSO4   = 2
	tunTSO6   = 4
	tunTSOECN = 8
)

// offload has the kernel hand over large segments, and leave checksums out, and
// reports whether frames have a vnetHeader, which TUNSETIFF has asked for.
func offload(fd int) bool {
	size := int32(vnetLen)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETVNETHDRSZ, uintptr(unsafe.Pointer(&size))); errno != 0 {
		return false
	}
	// A kernel without one of them still takes large segments from us.
	setOffload(fd, tunCsum|tunTSO4|tunTSO6|tunTSOECN)
	return true
}

// setOffload tells the kernel what frames we take. An older kernel may refuse.
func setOffload(fd int, flags uintptr) {
	syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETOFFLOAD, flags)
}

// linkOffset is where the IP header of a frame is, for package gso.
func linkOffset(f netif.Framing) int {
	if f == netif.Ethernet {
		return -1
	}
	return 0
}

// describe notes in the received frame buf what its header h says of it.
func (h *vnetHeader) describe(buf *pbuf.Buf, framing netif.Framing) {
	if h[1]&^gsoECN != gsoNone {
		buf.SegmentSize = uint16(h.segmentSize())
	}
	switch {
	case h[0]&vnetNeedsChecksum != 0:
		b := buf.Bytes()
		off, ok := 0, true
		if framing == netif.Ethernet {
			off, ok = gso.LinkHeader(b)
		}
		if ok {
			var l gso.Layout
			if l, ok = gso.Parse(b, off); ok && l.Transport == h.checksumStart() {
				buf.Flags |= pbuf.Verified | pbuf.Partial
				return
			}
		}
		completeAt(buf, h.checksumStart(), h.checksumOffset())
	case h[0]&vnetDataValid != 0:
		buf.Flags |= pbuf.Verified
	}
}

// completeAt computes the checksum of a packet of some other protocol: of all
// bytes from start on, into the field at start+offset.
func completeAt(buf *pbuf.Buf, start, offset int) {
	if start+offset+2 > buf.Len() {
		return
	}
	sum, odd := uint16(0), false
	for e := buf; e != nil; e = e.Next() {
		b := e.Bytes()
		if e == buf {
			b = b[start:]
		}
		s := checksum.Sum(b)
		if odd {
			s = checksum.Swap(s)
		}
		sum = checksum.Add(sum, s)
		odd = odd != (len(b)&1 == 1)
	}
	binary.BigEndian.PutUint16(buf.Bytes()[start+offset:], ^sum)
}
