package tuntap

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"

	"github.com/golwip/lwip/netif"
)

// devicePath is the clone device; each open of it is a new queue.
const devicePath = "/dev/net/tun"

// OpenTAP opens the TAP device called name in the calling thread's network
// namespace, creating it if it does not exist; "" and names with %d let the
// kernel choose. Creating one needs CAP_NET_ADMIN, opening a persistent one
// only its ownership.
func OpenTAP(name string, cfg Config) (*Device, error) {
	return open(name, syscall.IFF_TAP, netif.Ethernet, cfg)
}

// OpenTUN opens the TUN device called name, as OpenTAP does a TAP device.
func OpenTUN(name string, cfg Config) (*Device, error) {
	return open(name, syscall.IFF_TUN, netif.IP, cfg)
}

func open(name string, kind uint16, framing netif.Framing, cfg Config) (*Device, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if len(name) >= syscall.IFNAMSIZ || strings.IndexByte(name, 0) >= 0 {
		return nil, fmt.Errorf("%w: %q", ErrBadName, name)
	}
	fd, err := syscall.Open(devicePath, syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: devicePath, Err: err}
	}
	name, err = configure(fd, name, kind, &cfg)
	if err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("tuntap: device %q: %w", name, err)
	}
	// The poller takes the descriptor only now: before TUNSETIFF it would report
	// an error.
	return take(fd, name, framing, cfg)
}

// FromFile makes a device of a file that carries one whole frame per read and
// write: a TUN or TAP descriptor handed over by a VPN service, or a datagram
// socket. It takes over f, also on error. Framing and MTU are the caller's
// knowledge; Config.Up is ignored.
func FromFile(f *os.File, framing netif.Framing, cfg Config) (*Device, error) {
	defer f.Close()
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if framing != netif.Ethernet && framing != netif.IP {
		return nil, fmt.Errorf("%w: framing %d", ErrBadConfig, framing)
	}
	if cfg.MTU == 0 {
		cfg.MTU = 1500
	}
	// f may be in blocking mode and outside the poller; a duplicate made
	// non-blocking first is not.
	fd, err := duplicate(f)
	if err != nil {
		return nil, fmt.Errorf("tuntap: file %s: %w", f.Name(), err)
	}
	return take(fd, f.Name(), framing, cfg)
}

// take makes a device of a non-blocking descriptor, and owns it from here on.
func take(fd int, name string, framing netif.Framing, cfg Config) (*Device, error) {
	f := os.NewFile(uintptr(fd), name)
	d, err := newDevice(f, name, framing, cfg)
	if err != nil {
		f.Close()
		return nil, err
	}
	return d, nil
}

func duplicate(f *os.File) (fd int, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return -1, err
	}
	var dupErr error
	err = conn.Control(func(old uintptr) {
		n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0)
		if errno != 0 {
			dupErr = errno
			return
		}
		fd = int(n)
		if dupErr = syscall.SetNonblock(fd, true); dupErr != nil {
			syscall.Close(fd)
		}
	})
	if err == nil {
		err = dupErr
	}
	return fd, err
}

// ifreq is struct ifreq of netdevice(7): the name, and a union of 24 bytes on
// 64-bit systems, of which requests here use the first four.
type ifreq struct {
	name [syscall.IFNAMSIZ]byte
	data [24]byte
}

func (r *ifreq) setFlags(v uint16) { *(*uint16)(unsafe.Pointer(&r.data)) = v }
func (r *ifreq) flags() uint16     { return *(*uint16)(unsafe.Pointer(&r.data)) }
func (r *ifreq) setMTU(v int32)    { *(*int32)(unsafe.Pointer(&r.data)) = v }
func (r *ifreq) mtu() int32        { return *(*int32)(unsafe.Pointer(&r.data)) }

func (r *ifreq) ioctl(fd int, request uintptr, what string) error {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(r)))
	if errno != 0 {
		return os.NewSyscallError(what, errno)
	}
	return nil
}

// configure binds fd to the device, brings the kernel's MTU and the
// configuration's together, and returns the name that the kernel gave.
func configure(fd int, name string, kind uint16, cfg *Config) (string, error) {
	var req ifreq
	copy(req.name[:], name)
	cfg.VnetHeader = false
	if !cfg.NoOffload {
		req.setFlags(kind | syscall.IFF_NO_PI | syscall.IFF_VNET_HDR)
		cfg.VnetHeader = req.ioctl(fd, syscall.TUNSETIFF, "TUNSETIFF") == nil && offload(fd)
	}
	if !cfg.VnetHeader {
		// A second TUNSETIFF for the same descriptor is an error: if the first one
		// succeeded, the kernel knows virtio-net headers, and offload does not fail.
		req = ifreq{}
		copy(req.name[:], name)
		req.setFlags(kind | syscall.IFF_NO_PI)
		if err := req.ioctl(fd, syscall.TUNSETIFF, "TUNSETIFF"); err != nil {
			return name, err
		}
		setOffload(fd, 0) // what a persistent device was set to before
	}
	name = string(req.name[:strings.IndexByte(string(req.name[:])+"\x00", 0)])

	// Interface requests go to any socket.
	s, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		s, err = syscall.Socket(syscall.AF_INET6, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	}
	if err != nil {
		return name, os.NewSyscallError("socket", err)
	}
	defer syscall.Close(s)
	if err := req.ioctl(s, syscall.SIOCGIFMTU, "SIOCGIFMTU"); err != nil {
		return name, err
	}
	switch old := int(req.mtu()); {
	case cfg.MTU == 0:
		cfg.MTU = min(old, maxMTU)
	case cfg.MTU != old:
		req.setMTU(int32(cfg.MTU))
		if err := req.ioctl(s, syscall.SIOCSIFMTU, "SIOCSIFMTU"); err != nil {
			return name, err
		}
	}
	if !cfg.Up {
		return name, nil
	}
	if err := req.ioctl(s, syscall.SIOCGIFFLAGS, "SIOCGIFFLAGS"); err != nil {
		return name, err
	}
	if f := req.flags(); f&syscall.IFF_UP == 0 {
		req.setFlags(f | syscall.IFF_UP)
		if err := req.ioctl(s, syscall.SIOCSIFFLAGS, "SIOCSIFFLAGS"); err != nil {
			return name, err
		}
	}
	return name, nil
}
