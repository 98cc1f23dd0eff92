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
	s.Lock()
	ifc, err := s.configure(d, cfg)
	s.Unlock()
	if err != nil {
		return nil, err
	}
	if err := d.Attach(&port{s, ifc}); err != nil {
		s.Lock()
		s.ifs.Remove(ifc)
		s.Unlock()
		return nil, fmt.Errorf("lwip: attach %s: %w", ifc.Name(), err)
	}
	return ifc, nil
}

func (s *Stack) configure(d netif.Driver, cfg netif.Config) (*netif.Interface, error) {
	if s.closed {
		return nil, ErrClosed
	}
	ifc, err := s.ifs.Add(d, cfg)
	if err != nil {
		return nil, err
	}
	ifc.SetUp(!cfg.Down)
	if s.ip4 != nil && cfg.Addr4.IsValid() {
		ifc.SetAddr4(cfg.Addr4, cfg.Gateway4)
	}
	if s.ip6 == nil {
		return ifc, nil
	}
	s.nd6.Start(ifc, !cfg.NoLinkLocal6)
	for _, a := range cfg.Addrs6 {
		if _, err := s.nd6.AddAddress(ifc, a); err != nil {
			s.ifs.Remove(ifc)
			return nil, fmt.Errorf("lwip: address %v: %w", a, err)
		}
	}
	if cfg.Gateway6.IsValid() {
		s.nd6.SetDefaultRouter(ifc, cfg.Gateway6)
	}
	return ifc, nil
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
