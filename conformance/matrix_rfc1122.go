package conformance

// rfc1122 is the sections of RFC 1122 on the link, IP, ICMP and UDP; what it says
// of TCP is in RFC 9293 now.
var rfc1122 = Family{1122, "Requirements for Internet Hosts — Communication Layers", []Requirement{
	{"2.3.1", "", "trailer encapsulation only where agreed", nil, "not offered: nobody uses it"},
	{"2.3.2.1a", "", "ARP answers that are out of date are flushed", []string{"ip4/arp.TestRefreshAges", "ip4/arp.TestTimeline", "ip4/arp.TestTableModel"}, ""},
	{"2.3.2.1b", "", "at most one ARP request a second for an address", []string{"ip4/arp.TestTimeline"}, ""},
	{"2.3.2.2", "", "the latest packet to an address that is being asked for is kept", []string{"ip4/arp.TestQueue"}, ""},
	{"2.3.3", "", "Ethernet frames as in RFC 894", []string{"netif/ethernet.TestPut", "ip4/arp.TestOutputMapping"}, ""},
	{"2.4", "", "the link tells IP which packets were broadcast", []string{"ip4.TestInputLinkFlags"}, ""},
	{"2.5", "", "a missing ARP entry is not reported as unreachable while it is asked for", []string{"ip4/arp.TestQueue", "ip4/arp.TestUnreachableHears"}, ""},

	{"3.2.1.1", "", "another version than 4 is dropped", []string{"ip4.TestInputRejects/version 5"}, ""},
	{"3.2.1.2", "", "a wrong header checksum drops the datagram", []string{"ip4.TestInputRejects/checksum"}, ""},
	{"3.2.1.3a", "", "our addresses, broadcasts and groups of ours are accepted", []string{"ip4.TestInputBroadcast", "ip4.TestInputRejects/to all systems"}, ""},
	{"3.2.1.3b", "", "what is for others is dropped", []string{"ip4.TestInputRejects/to another host", "ip4.TestInputRejects/to a group not joined"}, ""},
	{"3.2.1.3c", "", "what comes from an address that is none of a host is dropped", []string{"rfc1122/bad-source.pkt", "ip4.TestInputRejects/source subnet broadcast"}, ""},
	{"3.2.1.3d", "", "127/8 does not appear outside a host", []string{"rfc1122/bad-source.pkt", "ip4.TestOutputErrors/loopback source"}, ""},
	{"3.2.1.4", "", "fragments are put together", []string{"rfc791/reassembly.pkt"}, ""},
	{"3.2.1.5", "", "datagrams have an identification of their own", []string{"ip4.TestIdentification"}, ""},
	{"3.2.1.6", "", "transports set the type of service, and see it", []string{"udp.TestSendTTLAndTOS", "rfc9293/tos.pkt"}, ""},
	{"3.2.1.7a", "", "transports set the TTL; the default is configured", []string{"rfc1122/ttl.pkt"}, ""},
	{"3.2.1.7b", "", "a low TTL is no reason to drop what is for us", []string{"rfc1122/low-ttl.pkt"}, ""},
	{"3.2.1.8a", "", "options that are not known are ignored", []string{"ip4.TestInputRejects/options ignored", "ip4.TestParseOptions"}, ""},
	{"3.2.1.8b", "", "security option", nil, "not implemented, as in hosts today"},
	{"3.2.1.8c", "", "source routes are sent and end here", nil, sourceRoute},
	{"3.2.1.8d", "", "record route", nil, "a choice: validated and ignored (RFC 7126)"},
	{"3.2.1.8e", "", "timestamp", nil, "a choice: validated and ignored (RFC 7126)"},

	{"3.2.2a", "", "ICMP messages of unknown type are dropped", []string{"ip4.TestEcho/type 40"}, ""},
	{"3.2.2b", "", "an error quotes the header and at least 8 bytes, as they came", []string{"ip4.TestUnreachable"}, ""},
	{"3.2.2c", "", "errors reach the transport that is meant", []string{"ip4.TestErrorArrives", "rfc1122/udp-errors.pkt"}, ""},
	{"3.2.2d", "", "no error about an ICMP error", []string{"ip4.TestForward/error at the last hop"}, ""},
	{"3.2.2e", "", "no error about a broadcast or multicast", []string{"rfc1122/group-errors.pkt", "ip4.TestErrorsSuppressed/broadcast", "ip4.TestErrorsSuppressed/link broadcast"}, ""},
	{"3.2.2f", "", "no error about a fragment other than the first", []string{"ip4.TestForward/later fragment at the last hop"}, ""},
	{"3.2.2g", "", "no error to an address that is none of a host", []string{"ip4.TestErrorsSuppressed/from nobody", "ip4.TestErrorsSuppressed/from class E"}, ""},
	{"3.2.2.1a", "", "protocol and port unreachable are sent", []string{"rfc1122/icmp-errors.pkt", "ip4.TestErrorsSuppressed/unknown protocol"}, ""},
	{"3.2.2.1b", "", "unreachables are told to the transport, with their code", []string{"ip4.TestErrorArrives/host", "ip4.TestErrorArrives/port"}, ""},
	{"3.2.2.2a", "", "hosts send no redirects", []string{"ip4.TestForward/same interface"}, ""},
	{"3.2.2.2b", "", "redirects update the route", nil, "counted and ignored, since one forged packet would divert traffic: docs/gaps.md"},
	{"3.2.2.3", "", "source quench need not be sent; received, it is dropped (RFC 6633)", []string{"rfc9293/source-quench.pkt", "ip4.TestEcho/source quench"}, ""},
	{"3.2.2.4", "", "time exceeded is told to the transport", []string{"ip4.TestErrorArrives/time exceeded"}, ""},
	{"3.2.2.5a", "", "parameter problem is told to the transport", []string{"ip4.TestErrorArrives/parameter problem"}, ""},
	{"3.2.2.5b", "", "and is sent about bad headers", nil, "bad headers are counted and dropped: the sender's address is as doubtful as the rest"},
	{"3.2.2.6a", "", "an echo request is answered, with its data", []string{"rfc1122/echo.pkt", "ip4.TestEchoLargeAndSplit"}, ""},
	{"3.2.2.6b", "", "one to a broadcast or multicast address may be dropped", []string{"ip4.TestEcho/broadcast", "ip4.TestEcho/multicast"}, ""},
	{"3.2.2.6c", "", "replies reach the user that asked", []string{"api.TestIPConnPing", "apps/ping.TestSession"}, ""},
	{"3.2.2.7", "", "information request is not implemented", []string{"ip4.TestEcho/timestamp"}, ""},
	{"3.2.2.8", "", "timestamp messages may be answered", nil, "a choice: dropped and counted"},
	{"3.2.2.9", "", "address mask messages are answered by agents alone", []string{"ip4.TestEcho/address mask"}, ""},
	{"3.2.3", "", "group membership (RFC 1112)", nil, groups4},

	{"3.3.1.1", "", "local destinations are sent to directly, others to a gateway", []string{"ip4.TestNextHop"}, ""},
	{"3.3.1.2", "", "a route is chosen per destination, with a default", []string{"ip4.TestRoute", "ip4.TestStaticRoutes"}, ""},
	{"3.3.1.4", "", "dead gateways are noticed", nil, "a dead gateway is not switched for another: docs/gaps.md"},
	{"3.3.1.6", "", "addresses, mask and gateways are configured", []string{"netif.TestSetAddr4"}, ""},
	{"3.3.2a", "", "datagrams of at least 576 bytes are put together", []string{"ip4.TestReassemblyLargest", "rfc791/reassembly.pkt"}, ""},
	{"3.3.2b", "", "what stays incomplete is dropped after a fixed time, and the sender told", []string{"ip4.TestReassemblyTimeout"}, ""},
	{"3.3.3", "", "what is too large for the link is fragmented", []string{"rfc791/fragmentation.pkt", "ip4.TestFragmentRoundTrip"}, ""},
	{"3.3.4.2", "", "several addresses: any of ours, by any interface", []string{"ip4.TestInputDelivers"}, ""},
	{"3.3.4.3", "", "the source address is chosen by the route", []string{"ip4.TestRoute", "udp.TestConnectAddress"}, ""},
	{"3.3.5", "", "forwarding by source route only as a router", []string{"ip4.TestForward/source route"}, ""},
	{"3.3.6a", "", "broadcasts are accepted, and sent only with leave", []string{"rfc1122/udp-broadcast.pkt", "ip4.TestInputBroadcast"}, ""},
	{"3.3.6b", "", "a unicast datagram in a broadcast frame is dropped", nil, "TCP drops it, UDP delivers it: no host asks for less"},
	{"3.3.7", "", "multicast", nil, groups4},
	{"3.3.8", "", "errors are reported upwards", []string{"ip4.TestErrorArrives", "ip4.TestUnresolvedTellsTransport"}, ""},

	{"4.1.3.1", "", "a datagram for no port is answered by port unreachable", []string{"rfc768/udp.pkt", "udp.TestInputNoPort"}, ""},
	{"4.1.3.2", "", "IP options pass through UDP", nil, "IP options are not offered: docs/gaps.md"},
	{"4.1.3.3", "", "ICMP errors reach the application", []string{"rfc1122/udp-errors.pkt", "udp.TestICMPErrors"}, ""},
	{"4.1.3.4a", "", "checksums are made by default, and may be switched off", []string{"udp.TestSendChecksumZero", "udp.TestSendNoChecksum"}, ""},
	{"4.1.3.4b", "", "a wrong one drops the datagram; none is accepted", []string{"udp.TestInputChecksum/ipv4 wrong", "udp.TestInputChecksum/ipv4 none: RFC 768"}, ""},
	{"4.1.3.5", "", "the application learns and chooses the local address", []string{"sockets.TestPktInfo", "sockets.TestSendmsgPktInfo", "udp.TestBindAddress"}, ""},
	{"4.1.3.6", "", "addresses that are none of a host are refused, in both directions", []string{"rfc1122/bad-source.pkt", "udp.TestBindAddress"}, ""},
	{"4.1.4", "", "TTL, type of service and ICMP are at hand", []string{"rfc1122/ttl.pkt", "udp.TestSendTTLAndTOS", "sockets.TestOptionRoundTrip"}, ""},
	{"4.2", "", "TCP", nil, "superseded by RFC 9293, above"},
}}

// groups4 and groups6 are why group membership has no proof.
const (
	groups4 = "IGMP is not there yet: docs/gaps.md"
	groups6 = "MLD is not there yet: docs/gaps.md"
)
