package main

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
)

// maxLarge is the most payload of a large segment on a link that takes them.
const maxLarge = 65535

// oursStack is one stack of this module. Listen, ListenPacket and Close are its
// own.
type oursStack struct{ *lwip.Stack }

// newOursPair joins two stacks by an in-memory wire with Ethernet framing, so
// that what is measured includes the frame header and the ARP table.
func newOursPair(kind linkKind) (pair, error) {
	if kind.tun != noTUN {
		return newOursTUN(kind)
	}
	cfg := memlink.Config{MTU: kind.linkMTU()}
	if kind.large {
		cfg.MaxSegment = maxLarge
	}
	a, b := memlink.New(cfg)
	client, err := newOursStack(a, clientAddr)
	if err != nil {
		return pair{}, err
	}
	server, err := newOursStack(b, serverAddr)
	if err != nil {
		return pair{}, errors.Join(err, client.Close())
	}
	return pair{client, server}, nil
}

// newOursStack makes a stack with everything as it comes and one interface on
// link.
func newOursStack(link netif.Driver, address string) (oursStack, error) {
	s, err := lwip.New(lwip.Config{})
	if err != nil {
		return oursStack{}, err
	}
	addr := netip.PrefixFrom(netip.MustParseAddr(address), prefixBits)
	if _, err := s.AddInterface(link, netif.Config{Addr4: addr}); err != nil {
		return oursStack{}, errors.Join(err, s.Close())
	}
	return oursStack{s}, nil
}

// Dial implements netstack.
func (s oursStack) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return s.DialContext(ctx, network, address)
}
