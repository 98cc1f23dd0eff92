package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/link/pipe"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
)

// The links that gVisor can be measured on. It is measured on linkChannel unless
// asked otherwise, since that is its fastest: on two processors the pipe costs it
// a quarter more CPU and a third of the rate in bulk, a tenth more CPU a datagram,
// and gains nothing else but a tenth of the CPU a connection. README.md has the
// figures.
const (
	linkChannel  = "channel"  // bare IP, queues between the stacks, a goroutine each way
	linkPipe     = "pipe"     // bare IP, delivered on the sender's goroutine
	linkEthernet = "ethernet" // as linkPipe, with Ethernet frames and ARP
)

const (
	checksumOffload = stack.CapabilityTXChecksumOffload | stack.CapabilityRXChecksumOffload

	gvisorNIC = 1
	// channelSize is the queue of a channel link, in packets.
	channelSize = 1024
)

// gvisorStack is one gVisor netstack.
type gvisorStack struct {
	*stack.Stack
	stopLink func()
}

// newGvisorPair joins two stacks by the named link.
//
// A link that takes large segments is always a channel, and one that leaves
// checksums to the device, since gVisor does not sum a large segment.
func newGvisorPair(link string, kind linkKind) (pair, error) {
	if kind.tun != noTUN {
		return newGvisorTUN(kind)
	}
	mtu := uint32(kind.linkMTU())
	if kind.large {
		link = linkChannel
	}
	var a, b stack.LinkEndpoint
	stop := func() {}
	switch link {
	case linkPipe:
		a, b = pipe.New("", "", mtu)
	case linkEthernet:
		pa, pb := pipe.New("\x02\x00\x00\x00\x00\x01", "\x02\x00\x00\x00\x00\x02", mtu+header.EthernetMinimumSize)
		a, b = ethernet.New(pa), ethernet.New(pb)
	case linkChannel:
		ca, cb := channel.New(channelSize, mtu, ""), channel.New(channelSize, mtu, "")
		if kind.large {
			for _, c := range []*channel.Endpoint{ca, cb} {
				c.SupportedGSOKind = stack.HostGSOSupported
				c.LinkEPCapabilities |= checksumOffload
			}
		}
		stop = pumpBoth(ca, cb)
		a, b = ca, cb
	default:
		return pair{}, fmt.Errorf("no such link: %q", link)
	}
	client, err := newGvisorStack(a, clientAddr, stop, kind)
	if err != nil {
		return pair{}, err
	}
	server, err := newGvisorStack(b, serverAddr, stop, kind)
	if err != nil {
		return pair{}, errors.Join(err, client.Close())
	}
	return pair{client, server}, nil
}

// newGvisorStack makes a stack with everything as it comes and one NIC on link.
func newGvisorStack(link stack.LinkEndpoint, address string, stopLink func(), kind linkKind) (*gvisorStack, error) {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol},
	})
	// The checksums are computed and verified, and nothing is segmented by the
	// link, only as long as the link claims none of that.
	if !kind.large && link.Capabilities()&(checksumOffload|stack.CapabilityLoopback) != 0 {
		return nil, errors.New("gvisor: the link claims checksum offload")
	}
	if g, ok := link.(stack.GSOEndpoint); ok && (g.SupportedGSO() == stack.HostGSOSupported) != kind.large {
		return nil, errors.New("gvisor: segmentation offload is not as it should be")
	}
	if err := s.CreateNIC(gvisorNIC, link); err != nil {
		return nil, fmt.Errorf("gvisor: create nic: %v", err)
	}
	addr := netip.MustParseAddr(address)
	with := tcpip.AddressWithPrefix{Address: tcpip.AddrFrom4(addr.As4()), PrefixLen: prefixBits}
	if err := s.AddProtocolAddress(gvisorNIC, tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: with,
	}, stack.AddressProperties{}); err != nil {
		return nil, fmt.Errorf("gvisor: add address: %v", err)
	}
	s.SetRouteTable([]tcpip.Route{{Destination: with.Subnet(), NIC: gvisorNIC}})
	return &gvisorStack{Stack: s, stopLink: stopLink}, nil
}

// pumpBoth moves packets between two channel links, one goroutine each way, and
// returns a function that ends both.
func pumpBoth(a, b *channel.Endpoint) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { pump(ctx, a, b) })
	wg.Go(func() { pump(ctx, b, a) })
	return func() { cancel(); wg.Wait() }
}

// pump moves packets from one channel link to the other until ctx is done.
func pump(ctx context.Context, from, to *channel.Endpoint) {
	for {
		pkt := from.ReadContext(ctx)
		if pkt == nil {
			return
		}
		in := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: pkt.ToBuffer()})
		proto := pkt.NetworkProtocolNumber
		pkt.DecRef()
		to.InjectInbound(proto, in)
		in.DecRef()
	}
}

// fullAddress parses address, whose host may be empty.
func fullAddress(address string) (tcpip.FullAddress, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return tcpip.FullAddress{}, err
	}
	n, err := net.LookupPort("tcp", port)
	if err != nil {
		return tcpip.FullAddress{}, err
	}
	full := tcpip.FullAddress{NIC: gvisorNIC, Port: uint16(n)}
	if host != "" {
		addr, err := netip.ParseAddr(host)
		if err != nil {
			return tcpip.FullAddress{}, err
		}
		full.Addr = tcpip.AddrFrom4(addr.As4())
	}
	return full, nil
}

// Dial implements netstack.
func (s *gvisorStack) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	to, err := fullAddress(address)
	if err != nil {
		return nil, err
	}
	switch network {
	case "tcp":
		return gonet.DialContextTCP(ctx, s.Stack, to, ipv4.ProtocolNumber)
	case "udp":
		return gonet.DialUDP(s.Stack, nil, &to, ipv4.ProtocolNumber)
	}
	return nil, net.UnknownNetworkError(network)
}

// Listen implements netstack.
func (s *gvisorStack) Listen(network, address string) (net.Listener, error) {
	if network != "tcp" {
		return nil, net.UnknownNetworkError(network)
	}
	at, err := fullAddress(address)
	if err != nil {
		return nil, err
	}
	return gonet.ListenTCP(s.Stack, at, ipv4.ProtocolNumber)
}

// ListenPacket implements netstack.
func (s *gvisorStack) ListenPacket(network, address string) (net.PacketConn, error) {
	if network != "udp" {
		return nil, net.UnknownNetworkError(network)
	}
	at, err := fullAddress(address)
	if err != nil {
		return nil, err
	}
	return gonet.DialUDP(s.Stack, &at, nil, ipv4.ProtocolNumber)
}

// Close implements netstack.
func (s *gvisorStack) Close() error {
	s.stopLink()
	s.Stack.Close()
	s.Stack.RemoveNIC(gvisorNIC)
	s.Stack.Wait()
	return nil
}
