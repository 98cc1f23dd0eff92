package lwip

import (
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/loopback"
	"github.com/golwip/lwip/pbuf"
)

// port is an interface of a stack as its driver sees it.
type port struct {
	s   *Stack
	ifc *netif.Interface
}

func (p *port) Deliver(frames []*pbuf.Buf) { p.s.Deliver(p.ifc, frames...) }
func (p *port) Pool() *pbuf.Pool           { return p.s.pool }
func (p *port) SetLink(up bool) {
	p.s.Lock()
	p.ifc.SetLink(up)
	p.s.Unlock()
}

// AddInterface makes an interface on a driver, gives it the addresses of cfg and
// starts it. Takes the core lock.
//
// lwIP: netif_add, netif_set_up.
func (s *Stack) AddInterface(d netif.Driver, cfg netif.Config) (*netif.Interface, error) {
	ifc, err := s.add(d, cfg)
	if err != nil {
		return nil, err
	}
	if err := d.Attach(&port{s, ifc}); err != nil {
		s.Lock()
		s.ifs.Remove(ifc)
		s.Unlock()
		return nil, fmt.Errorf("lwip: attach %s: %w", ifc.Name(), err)
	}
	s.Lock()
	err = s.start(ifc, cfg)
	s.Unlock()
	if err != nil {
		s.remove(ifc)
		return nil, err
	}
	return ifc, nil
}

// add makes the interface, still down. Takes the core lock.
func (s *Stack) add(d netif.Driver, cfg netif.Config) (*netif.Interface, error) {
	s.Lock()
	defer s.Unlock()
	if s.closing {
		return nil, ErrClosed
	}
	return s.ifs.Add(d, cfg)
}

// start brings the interface up and gives it its addresses. The driver must be
// attached: probes and announcements go out at once.
func (s *Stack) start(ifc *netif.Interface, cfg netif.Config) error {
	ifc.SetUp(!cfg.Down)
	if s.ip4 != nil && cfg.Addr4.IsValid() {
		ifc.SetAddr4(cfg.Addr4, cfg.Gateway4)
	}
	if s.ip6 == nil {
		return nil
	}
	s.nd6.Start(ifc, !cfg.NoLinkLocal6)
	for _, a := range cfg.Addrs6 {
		if _, err := s.nd6.AddAddress(ifc, a); err != nil {
			return fmt.Errorf("lwip: address %v: %w", a, err)
		}
	}
	if cfg.Gateway6.IsValid() {
		s.nd6.SetDefaultRouter(ifc, cfg.Gateway6)
	}
	return nil
}

// RemoveInterface takes an interface down and detaches its driver. Connections
// bound to it are reset. Takes the core lock; may block until the driver has
// stopped.
//
// lwIP: netif_remove.
func (s *Stack) RemoveInterface(ifc *netif.Interface) error { return s.remove(ifc) }

func (s *Stack) remove(ifc *netif.Interface) error {
	s.Lock()
	s.ifs.Remove(ifc)
	s.Unlock()
	if err := ifc.Driver().Detach(); err != nil {
		return fmt.Errorf("lwip: detach %s: %w", ifc.Name(), err)
	}
	return nil
}

// addLoopback makes lo0 with 127.0.0.1 and ::1.
func (s *Stack) addLoopback() error {
	cfg := netif.Config{
		Name: "lo", NoLinkLocal6: true,
		Addr4:  netip.MustParsePrefix("127.0.0.1/8"),
		Addrs6: []netip.Prefix{netip.MustParsePrefix("::1/128")},
	}
	_, err := s.AddInterface(loopback.New(loopback.Config{}), cfg)
	return err
}
