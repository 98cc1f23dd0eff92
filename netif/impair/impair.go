package impair

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
)

// Driver is a driver behind an impaired link. It implements netif.Driver.
type Driver struct {
	inner netif.Driver
	props netif.Properties
	out   direction // from the stack to inner
	in    direction // from inner to the stack
}

// New wraps d. Delays run on the clock, which should be the stack's.
//
// A link that does anything to frames hides d's ability to split large
// segments, so that it meets every packet by itself.
func New(d netif.Driver, clock sysarch.Clock, cfg Config) *Driver {
	i := &Driver{inner: d, props: d.Properties()}
	if !cfg.Out.harmless() || !cfg.In.harmless() {
		i.props.MaxSegment = 0
	}
	i.out.init(clock, i.props.Framing, 0)
	i.in.init(clock, i.props.Framing, 1)
	i.SetOut(cfg.Out)
	i.SetIn(cfg.In)
	return i
}

// Properties implements netif.Driver: those of the inner driver.
func (d *Driver) Properties() netif.Properties { return d.props }

// Inner returns the wrapped driver.
func (d *Driver) Inner() netif.Driver { return d.inner }

// SetOut changes the profile of the frames that the stack transmits. It applies
// to frames that come from now on; those under way arrive as decided, and
// unless the new profile reorders, before the new ones.
func (d *Driver) SetOut(p Profile) { d.out.setProfile(p) }

// SetIn changes the profile of the frames that the stack receives, as SetOut
// does.
func (d *Driver) SetIn(p Profile) { d.in.setProfile(p) }

// Attach implements netif.Driver.
func (d *Driver) Attach(r netif.Receiver) error {
	if err := d.in.open(r, r.Pool()); err != nil {
		return err
	}
	if err := d.out.open(transmitter{d.inner}, r.Pool()); err != nil {
		d.in.close()
		return err
	}
	if err := d.inner.Attach(receiver{d}); err != nil {
		d.in.close()
		d.out.close()
		return err
	}
	return nil
}

// Transmit implements netif.Driver.
func (d *Driver) Transmit(frames []*pbuf.Buf) { d.out.push(frames) }

// Detach implements netif.Driver. It frees the frames under way.
func (d *Driver) Detach() error {
	d.in.close()
	d.out.close()
	return d.inner.Detach()
}

// receiver is the driver as the inner one sees it.
type receiver struct{ d *Driver }

func (r receiver) Deliver(frames []*pbuf.Buf) { r.d.in.push(frames) }
func (r receiver) SetLink(up bool)            { r.d.in.gate.SetLink(up) }
func (r receiver) Pool() *pbuf.Pool           { return r.d.in.gate.Pool() }

// transmitter makes the inner driver the receiver of the frames going out, so
// that the same gate keeps calls from a driver that has been detached.
type transmitter struct{ inner netif.Driver }

func (t transmitter) Deliver(frames []*pbuf.Buf) { t.inner.Transmit(frames) }
func (t transmitter) SetLink(bool)               {}
func (t transmitter) Pool() *pbuf.Pool           { return nil }
