package tuntap

import (
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Device is one TUN or TAP device. It implements netif.Driver.
//
// Everything that belongs to one file descriptor sits in its queue, so that a
// device with several queues changes nothing here.
type Device struct {
	name  string
	props netif.Properties
	cfg   Config
	q     queue
	stats counters

	mu       sync.Mutex // guards the life cycle below
	attached bool
	closed   bool
	reader   sync.WaitGroup
}

var _ netif.Driver = (*Device)(nil)

// queue is one open descriptor of a device, non-blocking and in the poller.
type queue struct {
	file *os.File
	conn syscall.RawConn
	vnet bool // each frame begins with a vnetHeader
	rx   receiving
	tx   transmitting
}

// counters are Stats while both goroutines write them.
type counters struct {
	rxFrames, rxBytes, rxBatches, rxTooLong, rxNoMemory, rxErrors, rxLarge, txLarge atomic.Uint64

	txFrames, txBytes, txWaits, txFull, txShort, txErrors, txClosed atomic.Uint64
}

// frameRoom is what a link header may add to the MTU: Ethernet and one VLAN
// tag.
const frameRoom = ethernet.HeaderLen + ethernet.VLANLen

// newDevice takes over f, which is non-blocking and in the poller.
func newDevice(f *os.File, name string, framing netif.Framing, cfg Config) (*Device, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	d := &Device{
		name: name,
		cfg:  cfg,
		props: netif.Properties{
			Framing: framing, MTU: cfg.MTU, HWAddr: cfg.HWAddr,
			NoBroadcast: framing == netif.IP,
		},
		q: queue{file: f, conn: conn, vnet: cfg.VnetHeader},
	}
	if cfg.VnetHeader {
		d.props.MaxSegment = pbuf.MaxLen
		d.props.PartialChecksums = true
	}
	frameMax := cfg.MTU
	if framing == netif.Ethernet {
		frameMax += frameRoom
	}
	d.q.rx.init(d, frameMax)
	d.q.tx.init(d)
	return d, nil
}

// Name returns the device's name in the kernel, which chose it if it was opened
// without one; or the file's name.
func (d *Device) Name() string { return d.name }

// Properties implements netif.Driver.
func (d *Device) Properties() netif.Properties { return d.props }

// Attach implements netif.Driver: it starts the reading goroutine. A device
// attaches once.
func (d *Device) Attach(r netif.Receiver) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return ErrClosed
	case d.attached:
		return ErrAttached
	}
	d.attached = true
	d.reader.Go(func() { d.receive(r) })
	return nil
}

// Detach implements netif.Driver: it closes the descriptor and waits for the
// reading goroutine. It must not be called from within Deliver. A device that
// is not persistent disappears from the kernel with its descriptor.
func (d *Device) Detach() error { return d.Close() }

// Close releases a device, attached or not. A second Close does nothing.
func (d *Device) Close() error {
	d.mu.Lock()
	closed := d.closed
	d.closed = true
	d.mu.Unlock()
	var err error
	if !closed {
		err = d.q.file.Close()
	}
	d.reader.Wait()
	return err
}

// Stats returns a copy of the counters. It may be called at any time.
func (d *Device) Stats() Stats {
	c := &d.stats
	return Stats{
		RxFrames: c.rxFrames.Load(), RxBytes: c.rxBytes.Load(), RxBatches: c.rxBatches.Load(),
		RxLarge: c.rxLarge.Load(), TxLarge: c.txLarge.Load(),
		RxTooLong: c.rxTooLong.Load(), RxNoMemory: c.rxNoMemory.Load(), RxErrors: c.rxErrors.Load(),
		TxFrames: c.txFrames.Load(), TxBytes: c.txBytes.Load(), TxWaits: c.txWaits.Load(),
		TxFull: c.txFull.Load(), TxShort: c.txShort.Load(), TxErrors: c.txErrors.Load(),
		TxClosed: c.txClosed.Load(),
	}
}
