package lwip

import (
	"context"
	"net"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
)

// Dial connects to an address on a network: "tcp", "tcp4", "tcp6", "udp",
// "udp4", "udp6", or "ip4:proto", "ip6:proto". The address is as in package net.
// Takes the core lock; may block.
func (s *Stack) Dial(network, address string) (net.Conn, error) {
	return s.api.Dial(network, address)
}

// DialContext is Dial until ctx is done.
func (s *Stack) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return s.api.DialContext(ctx, network, address)
}

// Listen accepts connections on a local address: network "tcp", "tcp4" or
// "tcp6". Takes the core lock.
func (s *Stack) Listen(network, address string) (net.Listener, error) {
	return s.api.Listen(network, address)
}

// ListenPacket takes datagrams on a local address: network "udp", "udp4",
// "udp6", or "ip4:proto", "ip6:proto". Takes the core lock.
func (s *Stack) ListenPacket(network, address string) (net.PacketConn, error) {
	return s.api.ListenPacket(network, address)
}

// ForwardTCP takes TCP connections to any address, not only the stack's, that come
// in through ifc; h is called for each on a goroutine of its own and decides about
// it. See api.TCPRequest. Takes the core lock.
func (s *Stack) ForwardTCP(ifc *netif.Interface, cfg tcp.ForwardConfig, h func(*api.TCPRequest)) (stop func(), err error) {
	return s.api.ForwardTCP(ifc, cfg, h)
}

// ForwardUDP takes UDP datagrams to any address, not only the stack's, that come in
// through ifc; h is called for each flow on a goroutine of its own. See
// api.Protocol.ForwardUDP. Takes the core lock.
func (s *Stack) ForwardUDP(ifc *netif.Interface, cfg api.ForwardUDPConfig, h func(*api.UDPConn)) (stop func(), err error) {
	return s.api.ForwardUDP(ifc, cfg, h)
}
