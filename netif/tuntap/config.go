package tuntap

import (
	"errors"
	"fmt"
	"time"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Errors of this package.
var (
	// ErrUnsupported says that this operating system has no driver here. It is
	// also an errors.ErrUnsupported.
	ErrUnsupported = fmt.Errorf("tuntap: %w on this operating system", errors.ErrUnsupported)
	// ErrBadName says that a device name is longer than the kernel's 15 bytes.
	ErrBadName = errors.New("tuntap: device name too long")
	// ErrBadConfig says that a Config field or the framing is out of range.
	ErrBadConfig = errors.New("tuntap: invalid configuration")
	// ErrAttached says that the device serves an interface already.
	ErrAttached = errors.New("tuntap: device is attached already")
	// ErrClosed says that the device was detached or closed.
	ErrClosed = errors.New("tuntap: device is closed")
)

// Config describes a device. The zero value takes what the kernel offers.
type Config struct {
	// MTU is the largest IP packet in bytes, in [68, 65521]. A device that this
	// package opens is set to it, which may need privilege. Default: the
	// device's own, or 1500 for a file handed over.
	MTU int
	// HWAddr is the stack's station address on a TAP device; it is not the one
	// that the kernel uses for its end. Default: the interface makes one up.
	HWAddr ethernet.Addr
	// Up sets the kernel's end of the device administratively up on opening,
	// which may need privilege.
	Up bool
	// Batch is the most frames that are read before they are delivered, in
	// [1, 1024]. Default 64.
	Batch int
	// NoOffload does without virtio-net headers: every segment crosses to the
	// kernel by itself, its checksum computed. Default false: OpenTUN and OpenTAP
	// ask the kernel for them, and do without if it has none. A capture on the
	// device then shows segments of up to 64 KiB, with partial checksums.
	NoOffload bool
	// VnetHeader says that each frame of a file handed over (FromFile) begins with
	// a struct virtio_net_hdr of 10 bytes: IFF_VNET_HDR was asked for.
	VnetHeader bool
	// WriteTimeout bounds how long Transmit waits, per batch, for a device that
	// does not take frames; then frames are dropped. Default 100 ms.
	WriteTimeout time.Duration
}

// maxMTU leaves room for an Ethernet header within the longest pbuf.
const maxMTU = pbuf.MaxLen - ethernet.HeaderLen

func (c Config) withDefaults() (Config, error) {
	if c.Batch == 0 {
		c.Batch = 64
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 100 * time.Millisecond
	}
	if c.MTU != 0 && (c.MTU < 68 || c.MTU > maxMTU) {
		return c, fmt.Errorf("%w: mtu %d not in [68, %d]", ErrBadConfig, c.MTU, maxMTU)
	}
	if c.Batch < 1 || c.Batch > 1024 {
		return c, fmt.Errorf("%w: batch %d not in [1, 1024]", ErrBadConfig, c.Batch)
	}
	if c.WriteTimeout < 0 {
		return c, fmt.Errorf("%w: negative write timeout", ErrBadConfig)
	}
	return c, nil
}

// Stats counts what passed through one device.
type Stats struct {
	// RxFrames and RxBytes count frames delivered to the interface.
	RxFrames, RxBytes uint64
	// RxBatches counts deliveries, each of one or more frames.
	RxBatches uint64
	// RxLarge and TxLarge count those among the frames that were large segments.
	RxLarge, TxLarge uint64
	// RxTooLong counts frames dropped because they exceed the MTU.
	RxTooLong uint64
	// RxNoMemory counts frames dropped because the pool was exhausted.
	RxNoMemory uint64
	// RxErrors counts reads that failed; the first ends reception.
	RxErrors uint64
	// TxFrames and TxBytes count frames that the device took.
	TxFrames, TxBytes uint64
	// TxWaits counts the times that Transmit waited for a full device.
	TxWaits uint64
	// TxFull counts frames dropped because the device stayed full.
	TxFull uint64
	// TxShort counts frames of which the device took only a part.
	TxShort uint64
	// TxErrors counts frames that the device refused, as it does while the
	// kernel's end is down.
	TxErrors uint64
	// TxClosed counts frames transmitted after Detach.
	TxClosed uint64
}
