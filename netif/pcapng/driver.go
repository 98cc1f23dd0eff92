package pcapng

import (
	"errors"
	"io"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/netif/internal/gate"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
)

// Options describe the recording of one interface.
type Options struct {
	// Name and Description are the interface's in the file. Default: none.
	Name, Description string
	// SnapLen is the most bytes of a frame that are recorded. Default 0: all.
	SnapLen int
	// Unbuffered writes every batch at once, for a reader that looks on.
	Unbuffered bool
}

// Driver is a driver whose frames are recorded. It implements netif.Driver.
//
// A large segment (pbuf.Buf.SegmentSize) is recorded as the one frame it is.
type Driver struct {
	inner      netif.Driver
	w          *Writer
	clock      sysarch.Clock
	ifc        int
	framing    netif.Framing
	unbuffered bool
	gate       gate.Gate
}

// New wraps d and records its frames as the only interface of a file that it
// writes to w. The clock, which should be the stack's, gives the times.
//
// w must not send what it is given through d.
func New(d netif.Driver, w io.Writer, clock sysarch.Clock, opts Options) (*Driver, error) {
	wr, err := NewWriter(w)
	if err != nil {
		return nil, err
	}
	return wr.Record(d, clock, opts)
}

// Record wraps d, as New does, and records its frames as a further interface of
// the file.
func (w *Writer) Record(d netif.Driver, clock sysarch.Clock, opts Options) (*Driver, error) {
	props := d.Properties()
	link := LinkEthernet
	if props.Framing == netif.IP {
		link = LinkRaw
	}
	ifc, err := w.AddInterface(Interface{
		Link: link, Name: opts.Name, Description: opts.Description,
		HWAddr: props.HWAddr, SnapLen: opts.SnapLen,
	})
	if err != nil {
		return nil, err
	}
	return &Driver{
		inner: d, w: w, clock: clock, ifc: ifc,
		framing: props.Framing, unbuffered: opts.Unbuffered,
	}, nil
}

// Writer returns the file.
func (d *Driver) Writer() *Writer { return d.w }

// Inner returns the wrapped driver.
func (d *Driver) Inner() netif.Driver { return d.inner }

// Properties implements netif.Driver: those of the inner driver.
func (d *Driver) Properties() netif.Properties { return d.inner.Properties() }

// Attach implements netif.Driver.
func (d *Driver) Attach(r netif.Receiver) error {
	if err := d.gate.Open(r); err != nil {
		return err
	}
	if err := d.inner.Attach(receiver{d}); err != nil {
		d.gate.Close()
		return err
	}
	return nil
}

// Transmit implements netif.Driver.
func (d *Driver) Transmit(frames []*pbuf.Buf) {
	d.record(frames, outbound)
	d.inner.Transmit(frames)
}

// Detach implements netif.Driver. It flushes the file, whose error it returns
// too, but does not close it.
func (d *Driver) Detach() error {
	d.gate.Close()
	return errors.Join(d.inner.Detach(), d.Flush())
}

// Flush writes what is buffered and returns the error of the first write that
// failed.
func (d *Driver) Flush() error { return d.w.Flush() }

// record borrows the frames.
func (d *Driver) record(frames []*pbuf.Buf, flags func(*pbuf.Buf) Flags) {
	d.w.writeFrames(d.ifc, d.clock.Wall(d.clock.Now()), frames, flags)
	if d.unbuffered {
		d.w.Flush() // the error is kept
	}
}

func outbound(*pbuf.Buf) Flags { return Outbound }

func inbound(*pbuf.Buf) Flags { return Inbound }

// inboundEthernet tells also how the frame was addressed.
func inboundEthernet(f *pbuf.Buf) Flags {
	h, ok := ethernet.ParseHeader(f.Bytes())
	switch {
	case !ok:
		return Inbound
	case h.Dst() == ethernet.Broadcast:
		return Inbound | Broadcast
	case h.Dst().IsMulticast():
		return Inbound | Multicast
	}
	return Inbound | Unicast
}

// receiver is the driver as the inner one sees it.
type receiver struct{ d *Driver }

func (r receiver) Deliver(frames []*pbuf.Buf) {
	flags := inbound
	if r.d.framing == netif.Ethernet {
		flags = inboundEthernet
	}
	r.d.record(frames, flags)
	if !r.d.gate.Deliver(frames) {
		for _, f := range frames {
			f.Free()
		}
	}
}

func (r receiver) SetLink(up bool)  { r.d.gate.SetLink(up) }
func (r receiver) Pool() *pbuf.Pool { return r.d.gate.Pool() }
