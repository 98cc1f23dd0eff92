// Package tuntap is the driver for the host kernel's TUN and TAP devices, and
// for a file descriptor of that kind that some other program opened.
//
// A TAP device carries Ethernet frames, a TUN device bare IP packets. The other
// end of the wire is the host's own network stack: what this stack transmits,
// the kernel receives, and the other way round. Addresses on the kernel's side
// are given by the host's tools (ip addr), not here.
//
//	stack ──Transmit──▶ write(2)/writev(2) ──▶ ┌────────┐
//	                                           │ tap0   │ kernel
//	stack ◀──Deliver─── read(2) × up to Batch ◀ └────────┘
//
// One goroutine per attached device waits in the runtime's poller, then drains
// up to [Config.Batch] frames into blocks of the stack's pool before it
// delivers them at once. It exists from Attach to Detach. Transmit writes on
// the caller's goroutine.
//
// A device is opened with virtio-net headers, if the kernel has them: then large
// segments of up to 64 KiB pass with one system call, in both directions, and the
// kernel computes no checksum that nobody needs ([Config.NoOffload] prevents it).
//
// Files: config.go (Config, Stats, errors), device.go (Device), open.go (the
// device file and its ioctls), receive.go, transmit.go, vnet.go
// (virtio-net headers), all for Linux;
// unsupported.go is every other system, where opening fails with
// [ErrUnsupported].
//
// The core lock is never held by a caller of this package.
package tuntap
