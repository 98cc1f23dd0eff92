package ip

// Proto is an IP protocol number, which IPv6 calls next header (IANA
// "Assigned Internet Protocol Numbers").
type Proto uint8

const (
	HopByHop    Proto = 0
	ICMP        Proto = 1
	IGMP        Proto = 2
	TCP         Proto = 6
	UDP         Proto = 17
	RoutingHdr  Proto = 43
	FragmentHdr Proto = 44
	ICMPv6      Proto = 58
	NoNext      Proto = 59
	DestOptions Proto = 60
	UDPLite     Proto = 136
)
