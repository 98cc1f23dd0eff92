package api

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// Dial connects to address on the named network: "tcp", "tcp4", "tcp6", "udp",
// "udp4", "udp6", or "ip", "ip4", "ip6" with a protocol, as in "ip4:icmp".
// Addresses are as for net.Dial.
func (p *Protocol) Dial(network, address string) (net.Conn, error) {
	return p.DialContext(context.Background(), network, address)
}

// DialContext is Dial that gives up when ctx is done. A host with several
// addresses is tried one by one.
func (p *Protocol) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	w, list, err := p.parse(ctx, network, address, forDial)
	if err != nil {
		return nil, opError("dial", network, nil, nil, err)
	}
	var first error
	for _, to := range list {
		c, err := p.dialOne(ctx, w, to)
		if err == nil {
			return c, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

// dialOne returns a nil interface, not a nil pointer, with an error.
func (p *Protocol) dialOne(ctx context.Context, w where, to netip.AddrPort) (net.Conn, error) {
	switch w.transport {
	case ip.TCP:
		c, err := p.DialTCP(ctx, netip.AddrPort{}, to, nil)
		if err != nil {
			return nil, err
		}
		return c, nil
	case ip.UDP:
		c, err := p.DialUDP(netip.AddrPort{}, to, nil)
		if err != nil {
			return nil, err
		}
		return c, nil
	default:
		c, err := p.DialIP(w.proto, netip.Addr{}, to.Addr(), nil)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// Listen announces on a local address; network is "tcp", "tcp4" or "tcp6". An
// empty host takes every address of the network's families.
func (p *Protocol) Listen(network, address string) (net.Listener, error) {
	w, list, err := p.parse(context.Background(), network, address, forListen)
	if err == nil && w.transport != ip.TCP {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	var o tcp.Option
	if w.family == "6" {
		o = tcp.V6Only
	}
	l, err := p.listenTCP(list[0], 0, nil, o)
	if err != nil {
		return nil, opError("listen", network, nil, tcpAddr(list[0]), err)
	}
	return (*TCPListener)(l), nil
}

// ListenPacket makes a datagram endpoint on a local address; network is one of
// Dial's, but for TCP.
func (p *Protocol) ListenPacket(network, address string) (net.PacketConn, error) {
	w, list, err := p.parse(context.Background(), network, address, forListen)
	if err == nil && w.transport == ip.TCP {
		err = net.UnknownNetworkError(network)
	}
	if err != nil {
		return nil, opError("listen", network, nil, nil, err)
	}
	if w.transport != ip.UDP {
		c, err := p.ListenIP(w.proto, list[0].Addr(), nil)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
	var o udp.Option
	if w.family == "6" {
		o = udp.V6Only
	}
	d, err := p.listenUDP(list[0], nil, o)
	if err != nil {
		return nil, opError("listen", network, nil, udpAddr(list[0]), err)
	}
	return (*UDPConn)(d), nil
}

// where is a parsed network name.
type where struct {
	transport ip.Proto // TCP, UDP, or 0 for raw
	proto     ip.Proto // of a raw endpoint
	family    string   // "", "4" or "6"
	name      string   // "tcp" or "udp", for services
}

// purpose is what an address is parsed for: an empty host is the local system or
// any address.
type purpose uint8

const (
	forDial purpose = iota
	forListen
)

// protocolNames are the IP protocols that "ip:" networks may name.
var protocolNames = [...]struct {
	name  string
	proto ip.Proto
}{
	{"icmp", ip.ICMP}, {"igmp", ip.IGMP}, {"tcp", ip.TCP}, {"udp", ip.UDP},
	{"ipv6-icmp", ip.ICMPv6}, {"icmp6", ip.ICMPv6}, {"udplite", ip.UDPLite},
}

// parseNetwork takes a network's name apart.
func parseNetwork(network string) (w where, ok bool) {
	name, proto, raw := strings.Cut(network, ":")
	w.name = strings.TrimRight(name, "46")
	w.family = name[len(w.name):]
	if w.family != "" && w.family != "4" && w.family != "6" {
		return w, false
	}
	switch w.name {
	case "tcp":
		w.transport = ip.TCP
		return w, !raw
	case "udp":
		w.transport = ip.UDP
		return w, !raw
	case "ip":
		if n, err := strconv.ParseUint(proto, 10, 8); raw && err == nil {
			w.proto = ip.Proto(n)
			return w, true
		}
		for _, k := range &protocolNames {
			if k.name == proto {
				w.proto = k.proto
				return w, true
			}
		}
	}
	return w, false
}

// parse returns what network and address mean; the list is not empty.
func (p *Protocol) parse(ctx context.Context, network, address string, why purpose) (where, []netip.AddrPort, error) {
	w, ok := parseNetwork(network)
	if !ok {
		return w, nil, net.UnknownNetworkError(network)
	}
	host, port := address, 0
	if w.transport != 0 {
		if address == "" && why == forDial {
			return w, nil, &net.AddrError{Err: "missing address"}
		}
		service := ""
		if address != "" {
			var err error
			if host, service, err = net.SplitHostPort(address); err != nil {
				return w, nil, err
			}
		}
		n, err := p.lookupPort(ctx, w.name, service)
		if err != nil {
			return w, nil, err
		}
		port = n
	}
	if host == "" && why == forListen {
		return w, []netip.AddrPort{netip.AddrPortFrom(anyAddr(w.family), uint16(port))}, nil
	}
	if host == "" {
		host = "localhost"
	}
	addrs, err := p.LookupNetIP(ctx, "ip"+w.family, host)
	if err != nil {
		return w, nil, err
	}
	list := make([]netip.AddrPort, 0, len(addrs))
	for _, a := range addrs {
		if why == forDial && a.IsUnspecified() {
			a = loopback(a)
		}
		list = append(list, netip.AddrPortFrom(a, uint16(port)))
	}
	return w, list, nil
}

// anyAddr returns the unspecified address of a family; invalid for both.
func anyAddr(family string) netip.Addr {
	switch family {
	case "4":
		return netip.IPv4Unspecified()
	case "6":
		return netip.IPv6Unspecified()
	}
	return netip.Addr{}
}

var loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})

func loopback(a netip.Addr) netip.Addr {
	if a.Is4() {
		return loopback4
	}
	return netip.IPv6Loopback()
}

// LookupNetIP returns the addresses of host, which may be literal, "localhost",
// or a name for the resolver. network is "ip", "ip4" or "ip6"; the list is not
// empty.
//
// lwIP: netconn_gethostbyname_addrtype.
func (p *Protocol) LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error) {
	var list []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		list = []netip.Addr{a.Unmap()}
	} else if host == "localhost" {
		list = []netip.Addr{loopback4, netip.IPv6Loopback()}
	} else if p.cfg.Resolver == nil {
		return nil, &net.DNSError{Err: "no resolver in this stack", Name: host, IsNotFound: true}
	} else if list, err = p.cfg.Resolver.LookupNetIP(ctx, network, host); err != nil {
		return nil, err
	}
	out := list[:0]
	for _, a := range list {
		if a = a.Unmap(); network == "ip" || (network == "ip4") == a.Is4() {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return nil, &net.AddrError{Err: "no suitable address found", Addr: host}
	}
	return out, nil
}

// lookupPort returns the number of a port; an empty service is port 0.
func (p *Protocol) lookupPort(ctx context.Context, network, service string) (int, error) {
	if service == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(service, 10, 16); err == nil {
		return int(n), nil
	} else if errors.Is(err, strconv.ErrRange) {
		return 0, &net.AddrError{Err: "invalid port", Addr: service}
	}
	if p.cfg.Resolver == nil {
		return 0, &net.AddrError{Err: "unknown port", Addr: network + "/" + service}
	}
	n, err := p.cfg.Resolver.LookupPort(ctx, network, service)
	if err == nil && (n < 0 || n > 65535) {
		err = &net.AddrError{Err: "invalid port", Addr: service}
	}
	return n, err
}
