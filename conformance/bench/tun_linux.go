package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"unsafe"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"

	"github.com/golwip/lwip/netif/tuntap"
)

// newOursTUN joins our stack and the kernel by a TUN device.
func newOursTUN(kind linkKind) (pair, error) {
	return newTUNPair(kind, func(k *kernel, address string) (netstack, error) {
		var dev *tuntap.Device
		err := k.do(func() (err error) {
			dev, err = tuntap.OpenTUN(tunName, tuntap.Config{})
			return err
		})
		if err != nil {
			return nil, err
		}
		if dev.Properties().MaxSegment == 0 {
			dev.Close()
			return nil, errors.New("the kernel has no virtio-net headers")
		}
		return newOursStack(dev, address)
	})
}

// newGvisorTUN joins gVisor's stack and the kernel by a TUN device: by its own
// fdbased link, which uses large segments on sockets only, whatever it is told; or,
// if the link is to take large ones, by a channel link that a pump of ours joins to
// the device with virtio-net headers.
func newGvisorTUN(kind linkKind) (pair, error) {
	return newTUNPair(kind, func(k *kernel, address string) (netstack, error) {
		var fd int
		err := k.do(func() (err error) {
			fd, err = openTUN(kind.large)
			return err
		})
		if err != nil {
			return nil, err
		}
		if kind.large {
			ep := largeChannel{channel.New(channelSize, uint32(kind.linkMTU()), "")}
			ep.SupportedGSOKind = stack.HostGSOSupported
			ep.LinkEPCapabilities |= stack.CapabilityRXChecksumOffload // sums of large segments are partial
			return newGvisorStack(ep, address, pumpTUN(os.NewFile(uintptr(fd), tunName), ep.Endpoint), linkKind{large: true})
		}
		ep, err := fdbased.New(&fdbased.Options{
			FDs: []int{fd}, MTU: uint32(kind.linkMTU()), GSOMaxSize: 65535,
		})
		if err != nil {
			syscall.Close(fd)
			return nil, err
		}
		return newGvisorStack(ep, address, func() { ep.Attach(nil); ep.Wait(); syscall.Close(fd) }, linkKind{})
	})
}

// largeChannel lets large segments have 64 KiB, not 32.
type largeChannel struct{ *channel.Endpoint }

func (largeChannel) GSOMaxSize() uint32 { return 65535 }

// openTUN opens a TUN device in the calling thread's namespace.
func openTUN(vnet bool) (fd int, err error) {
	fd, err = syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	var req struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(req.name[:], tunName)
	req.flags = syscall.IFF_TUN | syscall.IFF_NO_PI
	if vnet {
		req.flags |= syscall.IFF_VNET_HDR
	}
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&req)))
	if errno == 0 && vnet {
		const csum, tso4, tso6 = 1, 2, 4
		_, _, errno = syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TUNSETOFFLOAD, csum|tso4|tso6)
	}
	if errno != 0 {
		syscall.Close(fd)
		return -1, fmt.Errorf("tun device: %w", errno)
	}
	return fd, nil
}

// vnetLen is the length of struct virtio_net_hdr.
const vnetLen = 10

// pumpTUN moves packets between the device and a channel link, with virtio-net
// headers, one goroutine each way, and returns a function that ends both.
func pumpTUN(dev *os.File, ep *channel.Endpoint) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		b := make([]byte, vnetLen+65536)
		for {
			n, err := dev.Read(b)
			if err != nil {
				return
			}
			if n <= vnetLen {
				continue
			}
			pkt := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(b[vnetLen:n])})
			if b[vnetLen]>>4 == 4 {
				ep.InjectInbound(ipv4.ProtocolNumber, pkt)
			}
			pkt.DecRef()
		}
	})
	wg.Go(func() {
		raw, err := dev.SyscallConn()
		if err != nil {
			return
		}
		var h [vnetLen]byte
		var iov []syscall.Iovec
		for {
			pkt := ep.ReadContext(ctx)
			if pkt == nil {
				return
			}
			h = [vnetLen]byte{}
			if g := &pkt.GSOOptions; g.Type == stack.GSOTCPv4 && g.NeedsCsum {
				h[0] = 1
				binary.NativeEndian.PutUint16(h[6:], header.IPv4MinimumSize)
				binary.NativeEndian.PutUint16(h[8:], g.CsumOffset)
				if pkt.Data().Size() > int(g.MSS) {
					h[1] = 1
					binary.NativeEndian.PutUint16(h[2:], uint16(pkt.HeaderSize()))
					binary.NativeEndian.PutUint16(h[4:], g.MSS)
				}
			}
			iov = append(iov[:0], syscall.Iovec{Base: &h[0], Len: vnetLen})
			for _, s := range pkt.AsSlices() {
				if len(s) > 0 {
					iov = append(iov, syscall.Iovec{Base: &s[0], Len: uint64(len(s))})
				}
			}
			raw.Write(func(fd uintptr) bool {
				_, _, errno := syscall.Syscall(syscall.SYS_WRITEV, fd, uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
				return errno != syscall.EAGAIN
			})
			pkt.DecRef()
		}
	})
	return func() { cancel(); dev.Close(); wg.Wait() }
}
