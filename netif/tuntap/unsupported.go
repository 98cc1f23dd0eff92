//go:build !linux

package tuntap

import (
	"os"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// Device is one TUN or TAP device. On this system none can be opened.
type Device struct{}

var _ netif.Driver = (*Device)(nil)

// OpenTAP returns ErrUnsupported on this system.
func OpenTAP(name string, cfg Config) (*Device, error) { return nil, ErrUnsupported }

// OpenTUN returns ErrUnsupported on this system.
func OpenTUN(name string, cfg Config) (*Device, error) { return nil, ErrUnsupported }

// FromFile returns ErrUnsupported on this system, and leaves f alone.
func FromFile(f *os.File, framing netif.Framing, cfg Config) (*Device, error) {
	return nil, ErrUnsupported
}

// Name returns the device's name.
func (d *Device) Name() string { return "" }

// Stats returns a copy of the counters.
func (d *Device) Stats() Stats { return Stats{} }

// Properties implements netif.Driver.
func (d *Device) Properties() netif.Properties { return netif.Properties{} }

// Attach implements netif.Driver.
func (d *Device) Attach(netif.Receiver) error { return ErrUnsupported }

// Transmit implements netif.Driver.
func (d *Device) Transmit(frames []*pbuf.Buf) {
	for _, buf := range frames {
		buf.Free()
	}
}

// Detach implements netif.Driver.
func (d *Device) Detach() error { return ErrUnsupported }

// Close releases the device.
func (d *Device) Close() error { return ErrUnsupported }
