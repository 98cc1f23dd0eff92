package lwip

import (
	"context"
	"net"
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
