package main

import (
	"errors"
	"net/netip"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/sys_arch"
)

// pair is two stacks on a wire in memory.
type pair struct {
	near, far    *lwip.Stack
	near4, near6 netip.Addr
	far4, far6   netip.Addr
	link         *impair.Driver // at the near end: Out is towards far
}

// wrapper puts a driver around the near end of the wire; nil for none.
type wrapper func(d netif.Driver, clock sysarch.Clock) (netif.Driver, error)

// newPair makes two stacks, the same for the same seed, on a wire that treats
// each direction as profile says.
func newPair(seed uint64, profile impair.Profile, wrap wrapper) (*pair, error) {
	p := &pair{
		near4: netip.MustParseAddr("10.0.0.1"), near6: netip.MustParseAddr("fd00::1"),
		far4: netip.MustParseAddr("10.0.0.2"), far6: netip.MustParseAddr("fd00::2"),
	}
	clock := sysarch.Real()
	a, b := memlink.New(memlink.Config{})
	profile.Seed = seed
	p.link = impair.New(a, clock, impair.Config{Out: profile, In: profile})
	var near netif.Driver = p.link
	var err error
	if wrap != nil {
		if near, err = wrap(near, clock); err != nil {
			return nil, err
		}
	}
	if p.near, err = newEnd(clock, 2*seed, near, p.near4, p.near6); err != nil {
		return nil, err
	}
	if p.far, err = newEnd(clock, 2*seed+1, b, p.far4, p.far6); err != nil {
		return nil, errors.Join(err, p.near.Close())
	}
	return p, nil
}

// newEnd makes one stack of a pair. Nobody else is on the wire, so that
// addresses are not probed for.
func newEnd(clock sysarch.Clock, seed uint64, d netif.Driver, a4, a6 netip.Addr) (*lwip.Stack, error) {
	s, err := lwip.New(lwip.Config{
		Clock: clock, Rand: sysarch.NewSeededRand(seed),
		ND6: nd6.Config{DADAttempts: -1, StartDelay: -1, NoRouterDiscovery: true},
	})
	if err != nil {
		return nil, err
	}
	_, err = s.AddInterface(d, netif.Config{
		Addr4:  netip.PrefixFrom(a4, 24),
		Addrs6: []netip.Prefix{netip.PrefixFrom(a6, 64)},
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (p *pair) Close() error { return errors.Join(p.near.Close(), p.far.Close()) }
