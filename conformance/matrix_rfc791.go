package conformance

// rfc826 is RFC 826, with RFC 5227 where it is cited.
var rfc826 = Family{826, "Address Resolution Protocol", []Requirement{
	{"Generation a", "Packet Generation", "an unknown address is asked for by broadcast", []string{"ip4/arp.TestTimeline", "ip4/arp.TestPacketAgreesWithGopacket"}, ""},
	{"Generation b", "Packet Generation", "a known one is sent to", []string{"ip4/arp.TestQueue", "ip4/arp.TestTableModel"}, ""},
	{"Reception a", "Packet Reception", "packets of other hardware, protocols or lengths are dropped", []string{"ip4/arp.TestCorruption"}, ""},
	{"Reception b", "Packet Reception", "a known sender's entry is updated", []string{"ip4/arp.TestLearn/request for another updates", "ip4/arp.TestLearn/gratuitous updates"}, ""},
	{"Reception c", "Packet Reception", "a new entry is made only if we are the target", []string{"ip4/arp.TestLearn/request for us", "ip4/arp.TestLearn/request for another"}, ""},
	{"Reception d", "Packet Reception", "a request for us is answered, with the fields swapped", []string{"ip4/arp.TestLearn/request for us"}, ""},
	{"Reception e", "Packet Reception", "a reply is not answered", []string{"ip4/arp.TestLearn/reply to us"}, ""},
	{"Sender", "Packet Reception", "a sender that is no station is not believed", []string{"ip4/arp.TestBadSender"}, ""},
	{"Probe", "RFC 5227 §2.1", "a probe for our address is answered", []string{"ip4/arp.TestProbeForUs"}, ""},
	{"Defence", "RFC 5227 §2.4", "our address is defended, not too often", []string{"ip4/arp.TestDefence"}, ""},
	{"Ageing", "Related issue", "entries grow old", []string{"ip4/arp.TestRefreshAges", "ip4/arp.TestTimeline"}, ""},
}}

// rfc791 is RFC 791, by its sections.
var rfc791 = Family{791, "Internet Protocol", []Requirement{
	{"3.1a", "", "the header is as it is drawn", []string{"ip4.TestOutputHeader"}, ""},
	{"3.1b", "", "headers of impossible length are dropped", []string{"ip4.TestInputHeaderLen", "ip4.TestInputRejects/total below header", "ip4.TestInputRejects/total beyond frame"}, ""},
	{"3.1c", "", "what a link padded is cut off", []string{"udp.TestLengthFieldOverNetwork", "ip4.TestInputDelivers"}, ""},
	{"3.1d", "", "the header checksum", []string{"ip4.TestInputRejects/checksum", "ip4.TestOutputHeader", "rfc791/fragmentation.pkt"}, ""},
	{"3.1e", "", "datagrams of 576 bytes are accepted", []string{"ip4.TestReassemblyLargest"}, ""},
	{"3.1f", "", "options are walked over by type and length", []string{"ip4.TestParseOptions"}, ""},
	{"3.1g", "", "of the options those with the copied bit go into later fragments", []string{"ip4.TestCopiedOptions"}, ""},
	{"3.2a", "", "fragmentation: units of 8 bytes, more-fragments, offsets", []string{"rfc791/fragmentation.pkt", "ip4.TestFragmentOffsets"}, ""},
	{"3.2b", "", "don't-fragment is obeyed", []string{"ip4.TestOutputErrors/too big to cut", "rfc1191/frag-needed.pkt"}, ""},
	{"3.2c", "", "reassembly by identification, addresses and protocol", []string{"rfc791/reassembly.pkt", "ip4.TestReassemblyKey"}, ""},
	{"3.2d", "", "fragments that overlap; here they end the datagram (RFC 5722)", []string{"ip4.TestReassemblyModel"}, ""},
	{"3.2e", "", "a timer for what stays incomplete", []string{"ip4.TestReassemblyTimeout"}, ""},
	{"3.2f", "", "identifications are not repeated while a datagram lives", []string{"ip4.TestIdentification"}, ""},
	{"3.2g", "", "type of service is carried", []string{"rfc9293/tos.pkt", "rfc1122/echo.pkt"}, ""},
	{"3.2h", "", "the TTL goes down at each hop, and ends the datagram", []string{"ip4.TestForward/last hop", "ip4.TestForward/forwarded"}, ""},
	{"3.2i", "", "the largest datagram, 65535 bytes", []string{"rfc791/fragmentation.pkt", "ip4.TestOutputErrors/too big for IP"}, ""},
}}

// rfc792 is RFC 792, message by message.
var rfc792 = Family{792, "Internet Control Message Protocol", []Requirement{
	{"Type 0", "Echo Reply", "the data of the request, identifier and sequence number as they came", []string{"rfc1122/echo.pkt", "ip4.TestEcho/good"}, ""},
	{"Type 3", "Destination Unreachable", "protocol (2), port (3), fragmentation needed (4), net (0)", []string{"ip4.TestUnreachable/port", "ip4.TestUnreachable/protocol", "ip4.TestForward/too big", "ip4.TestForward/no route"}, ""},
	{"Type 4", "Source Quench", "not sent (RFC 6633)", []string{"rfc9293/source-quench.pkt", "ip4.TestEcho/source quench"}, ""},
	{"Type 5", "Redirect", "routers send them, hosts obey", nil, "not sent; counted and ignored when received: docs/gaps.md"},
	{"Type 8", "Echo", "any host answers", []string{"rfc1122/echo.pkt"}, ""},
	{"Type 11", "Time Exceeded", "in transit (0), in reassembly (1)", []string{"ip4.TestForward/last hop", "ip4.TestReassemblyTimeout"}, ""},
	{"Type 12", "Parameter Problem", "told to the transport", []string{"ip4.TestErrorArrives/parameter problem"}, ""},
	{"Type 13", "Timestamp", "may be answered", nil, "a choice (RFC 1122 §3.2.2.8): dropped and counted"},
	{"Type 15", "Information Request", "obsolete (RFC 6918)", []string{"ip4.TestEcho/timestamp"}, ""},
	{"Checksum", "Message Formats", "over the whole message", []string{"ip4.TestEcho/bad checksum", "rfc1122/echo.pkt"}, ""},
	{"Quote", "Message Formats", "an error has the header and 8 bytes of what it is about", []string{"ip4.TestUnreachable/as lwIP", "ip4.TestErrorArrives/7 bytes"}, ""},
}}
