package conformance

// rfc8200 is RFC 8200, by its sections.
var rfc8200 = Family{8200, "Internet Protocol, Version 6", []Requirement{
	{"3", "", "the header; what is too short or of another version is dropped", []string{"ip6.TestOutputHeader", "ip6.TestInputDrops/version 4", "ip6.TestInputDrops/payload longer than the packet"}, ""},
	{"4a", "", "extension headers are processed in the order they come", []string{"ip6.TestExtensionHeaders/destination options, twice"}, ""},
	{"4b", "", "an unknown next header is reported", []string{"ip6.TestExtensionHeaders/unknown transport"}, ""},
	{"4.1", "", "hop-by-hop options come first or are an error", []string{"ip6.TestExtensionHeaders/hop-by-hop second (§4.3)", "ip6.TestExtensionHeaders/hop-by-hop twice"}, ""},
	{"4.2", "", "unknown options are skipped, dropped or reported as their type says", []string{"ip6.TestExtensionHeaders/unknown option, skip", "ip6.TestExtensionHeaders/unknown option, discard", "ip6.TestExtensionHeaders/unknown option, report", "ip6.TestOptionActionsOnMulticast"}, ""},
	{"4.3", "", "hop-by-hop options", []string{"ip6.TestExtensionHeaders/hop-by-hop", "ip6.TestExtensionHeaders/router alert", "ip6.TestRouterAlert"}, ""},
	{"4.4", "", "an unknown routing type with segments left is reported, without, skipped", []string{"ip6.TestExtensionHeaders/unknown routing type, segments left", "ip6.TestExtensionHeaders/RH0, done (RFC 5095)"}, ""},
	{"4.5a", "", "fragmentation: only by the sender, units of 8 bytes, one identification", []string{"ip6.TestFragmentation", "lang/fragments6.pkt"}, ""},
	{"4.5b", "", "reassembly by addresses and identification", []string{"ip6.TestReassembly", "ip6.TestReassemblyAgainstModel"}, ""},
	{"4.5c", "", "60 s, then dropped, and reported if the first fragment is there", []string{"ip6.TestReassemblyTimeout"}, ""},
	{"4.5d", "", "a length that is no multiple of 8 is reported", []string{"ip6.TestBadFragments/length not a multiple of 8 (RFC 8200 §4.5)"}, ""},
	{"4.5e", "", "one beyond 65535 bytes is reported", []string{"ip6.TestBadFragments/beyond 65535"}, ""},
	{"4.5f", "", "overlapping fragments spoil the datagram", []string{"ip6.TestOverlapSpoilsDatagram"}, ""},
	{"4.5g", "", "a fragment that is the whole packet stands alone (RFC 6946)", []string{"ip6.TestAtomicFragment"}, ""},
	{"4.5h", "", "the first fragment has all headers (RFC 7112)", []string{"ip6.TestBadFragments/first without the whole chain (RFC 7112)"}, ""},
	{"4.6", "", "destination options", []string{"ip6.TestExtensionHeaders/destination options, twice"}, ""},
	{"4.7", "", "after no-next-header nothing is looked at", []string{"ip6.TestExtensionHeaders/nothing follows", "ip6.TestInputDrops/nothing follows"}, ""},
	{"5a", "", "packets of 1280 bytes go, larger ones as the path allows", []string{"ip6.TestPathMTUDiscovery", "rfc8201/packet-too-big.pkt"}, ""},
	{"5b", "", "packets of 1500 bytes are put together", []string{"ip6.TestLargestDatagram"}, ""},
	{"6", "", "flow labels", []string{"ip6.TestFlowLabel"}, ""},
	{"7", "", "the traffic class is the upper layer's", []string{"ip6.TestOutputHeader"}, ""},
	{"8.1", "", "checksums include the addresses; UDP must have one", []string{"udp.TestInputChecksum/ipv6 none: RFC 8200 §8.1", "rfc768/checksum.pkt", "ip6.TestEchoNotAnswered/bad checksum"}, ""},
	{"8.3", "", "the MSS leaves room for the larger header", []string{"rfc9293/mss-default-6.pkt"}, ""},
	{"8.4", "", "answers do not reverse routing headers", nil, "routing headers are not sent"},
}}

// rfc4443 is RFC 4443, by its sections.
var rfc4443 = Family{4443, "Internet Control Message Protocol for IPv6", []Requirement{
	{"2.2", "", "a message comes from the address that was asked", []string{"ip6.TestEcho", "rfc4443/echo.pkt"}, ""},
	{"2.3", "", "the checksum", []string{"ip6.TestEchoNotAnswered/bad checksum", "rfc4443/echo.pkt"}, ""},
	{"2.4a", "", "an unknown error reaches the transport that is meant", nil, "an error of unknown type is counted and dropped: no transport could act on it"},
	{"2.4b", "", "an unknown informational message is dropped", []string{"ip6.TestEchoNotAnswered/unknown informational type"}, ""},
	{"2.4c", "", "an error quotes as much as fits into 1280 bytes", []string{"ip6.TestErrorQuotesAsMuchAsFits"}, ""},
	{"2.4d", "", "the transport is found behind extension headers", []string{"ip6.TestErrorsReceived/behind an extension header"}, ""},
	{"2.4e", "", "no error about errors, redirects, groups, or from no host", []string{"ip6.TestErrorsNeverSent"}, ""},
	{"2.4f", "", "errors are limited", []string{"ip6.TestErrorRate"}, ""},
	{"3.1", "", "destination unreachable, with its codes; told to the transport", []string{"rfc4443/port-unreachable.pkt", "ip6.TestErrorsReceived/port", "ip6.TestUnreachableReasons"}, ""},
	{"3.2", "", "packet too big is heeded", []string{"rfc8201/packet-too-big.pkt", "ip6.TestPathMTUDiscovery"}, ""},
	{"3.3", "", "time exceeded: hop limit, reassembly", []string{"ip6.TestReassemblyTimeout", "ip6.TestErrorsReceived/time exceeded"}, ""},
	{"3.4", "", "parameter problem, with the place", []string{"ip6.TestExtensionHeaders/unknown option, report", "ip6.TestErrorsReceived/header field"}, ""},
	{"4.1", "", "echo requests are answered", []string{"rfc4443/echo.pkt"}, ""},
	{"4.2", "", "with their data, identifier and sequence number", []string{"rfc4443/echo.pkt", "ip6.TestEchoOfReassembled"}, ""},
	{"5.2", "", "errors are believed only about what we sent", []string{"ip6.TestErrorsReceived/not our source", "rfc5927/blind-icmp.pkt"}, ""},
}}
