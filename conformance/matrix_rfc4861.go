package conformance

// rfc4861 is the sections of RFC 4861 on hosts.
var rfc4861 = Family{4861, "Neighbor Discovery for IPv6", []Requirement{
	{"4.6", "", "options: unknown ones are skipped, length zero drops the packet", []string{"ip6/nd6.TestInvalidMessages/option of length 0", "ip6/nd6.TestInvalidMessages/option past the end"}, ""},
	{"5.2", "", "next hop: destination cache, prefixes, default routers", []string{"ip6/nd6.TestRoutesAgainstModel", "ip6/nd6.TestDestinationCacheBound"}, ""},
	{"6.1.1", "", "router solicitations are validated", []string{"ip6/nd6.TestInvalidMessages/RS from :: with an address"}, ""},
	{"6.1.2", "", "router advertisements are validated", []string{"ip6/nd6.TestInvalidMessages/RA from a global address", "ip6/nd6.TestInvalidMessages/RA of 15 bytes"}, ""},
	{"6.2", "", "routers advertise", nil, "concerns routers: advertisements are not sent, docs/gaps.md"},
	{"6.3.4a", "", "an advertisement sets hop limit, times, MTU, prefixes and the router", []string{"ip6/nd6.TestRouterAdvertisement"}, ""},
	{"6.3.4b", "", "values out of range are not taken", []string{"ip6/nd6.TestAdvertisementBounds/MTU below 1280", "ip6/nd6.TestAdvertisementBounds/link-local prefix"}, ""},
	{"6.3.5", "", "prefixes and routers time out", []string{"ip6/nd6.TestRouterAdvertisement"}, ""},
	{"6.3.6", "", "routers that are reachable go first", []string{"ip6/nd6.TestRouterSelection", "ip6/nd6.TestDeadRouter"}, ""},
	{"6.3.7", "", "three router solicitations, 4 s apart, after a delay", []string{"ip6/nd6.TestLinkUpTimeline"}, ""},
	{"7.1.1", "", "neighbor solicitations are validated", []string{"ip6/nd6.TestInvalidMessages/hop limit 254", "ip6/nd6.TestInvalidMessages/probe to unicast", "ip6/nd6.TestInvalidMessages/multicast target"}, ""},
	{"7.1.2", "", "neighbor advertisements are validated", []string{"ip6/nd6.TestInvalidMessages/solicited NA to a group", "ip6/nd6.TestInvalidMessages/NA with multicast target"}, ""},
	{"7.2.2", "", "three multicast solicitations, a second apart, while packets wait", []string{"ip6/nd6.TestResolutionUnanswered", "ip6/nd6.TestQueueBounds/oldest dropped (RFC 4861 §7.2.2)"}, ""},
	{"7.2.3", "", "a solicitation tells of its sender", []string{"ip6/nd6.TestNeighborTable/none, NS", "ip6/nd6.TestNeighborTable/reachable, NS different"}, ""},
	{"7.2.4", "", "and is answered", []string{"ip6/nd6.TestSolicitationAnswered"}, ""},
	{"7.2.5", "", "advertisements change the cache as appendix C has it", []string{"ip6/nd6.TestNeighborTable"}, ""},
	{"7.2.6", "", "unsolicited advertisements", nil, "a choice: a changed link-layer address is not announced over IPv6"},
	{"7.2.8", "", "proxying", nil, "concerns routers"},
	{"7.3.1", "", "progress of the upper layer proves reachability", []string{"ip6/nd6.TestReachabilityHint"}, ""},
	{"7.3.3", "", "stale, delay of 5 s, three unicast probes a second apart", []string{"ip6/nd6.TestUnreachabilityDetection"}, ""},
	{"8.1", "", "redirects are validated, and obeyed only from the first hop", []string{"ip6/nd6.TestRedirect/not from the first hop", "ip6/nd6.TestRedirect/not link-local", "ip6/nd6.TestInvalidMessages/redirect of 39 bytes"}, ""},
	{"8.3", "", "hosts obey them", []string{"ip6/nd6.TestRedirect/from the first hop", "ip6/nd6.TestRedirectedHopDies"}, ""},
	{"11", "", "nothing from beyond the link, nothing in fragments (RFC 6980)", []string{"ip6/nd6.TestInvalidMessages/hop limit 254", "ip6/nd6.TestFragmentedMessage", "ip6.TestFragmentedNeighborDiscovery"}, ""},
}}

// rfc4862 is RFC 4862, by its sections.
var rfc4862 = Family{4862, "IPv6 Stateless Address Autoconfiguration", []Requirement{
	{"5.1", "", "how often an address is probed can be set", []string{"ip6/nd6.TestDADRandomDelayAndAttempts", "ip6/nd6.TestDADOff"}, ""},
	{"5.3", "", "a link-local address comes by itself", []string{"ip6/nd6.TestLinkUpTimeline"}, ""},
	{"5.4", "", "every unicast address is probed before use", []string{"ip6/nd6.TestLinkUpTimeline", "ip6.TestTentativeDestination"}, ""},
	{"5.4.1", "", "messages about it are validated", []string{"ip6/nd6.TestInvalidMessages/probe with our kind of address option"}, ""},
	{"5.4.2", "", "probes after a random delay, from ::, to the solicited-node group", []string{"ip6/nd6.TestDADRandomDelayAndAttempts", "ip6/nd6.TestLinkUpTimeline"}, ""},
	{"5.4.3", "", "another's probe makes it a duplicate; our own that comes back does not", []string{"ip6/nd6.TestDADConflicts/probe for the address (§5.4.3)", "ip6/nd6.TestDADLoopedProbe"}, ""},
	{"5.4.4", "", "so does an advertisement", []string{"ip6/nd6.TestDADConflicts/NA for the address (RFC 4862 §5.4.4)"}, ""},
	{"5.4.5", "", "a duplicate link-local address stops its interface's others", []string{"ip6/nd6.TestDuplicateLinkLocal"}, ""},
	{"5.5.1", "", "routers are asked", []string{"ip6/nd6.TestLinkUpTimeline"}, ""},
	{"5.5.2", "", "without routers, DHCPv6", nil, "DHCPv6 is not there yet: docs/gaps.md"},
	{"5.5.3a", "", "prefixes with the autonomous flag make addresses; link-local ones and bad lifetimes do not", []string{"ip6/nd6.TestSLAAC", "ip6/nd6.TestAdvertisementBounds/preferred above valid", "ip6/nd6.TestAdvertisementBounds/not /64"}, ""},
	{"5.5.3e", "", "lifetimes are not cut below two hours", []string{"ip6/nd6.TestTwoHourRule"}, ""},
	{"5.5.4", "", "addresses become deprecated, then invalid", []string{"ip6/nd6.TestSLAAC", "ip6.TestSourceSelection/deprecated avoided"}, ""},
	{"5.7", "", "addresses may outlive a restart", nil, "a choice: nothing is stored"},
}}

// rfc2236 is what IGMPv2 asks of hosts.
var rfc2236 = Family{2236, "Internet Group Management Protocol, Version 2", []Requirement{
	{"3a", "", "a host that joins reports, and repeats it", nil, groups4},
	{"3b", "", "queries are answered after a random delay", nil, groups4},
	{"3c", "", "another's report suppresses ours", nil, groups4},
	{"3d", "", "leaving says so to all routers", nil, groups4},
	{"3e", "", "the query interval of version 1 routers is remembered", nil, groups4},
	{"2.1", "", "messages go with router alert and TTL 1", []string{"ip4.TestOutputHeader"}, ""},
	{"6", "", "224.0.0.1 is always a member and never reported", []string{"ip4.TestInputRejects/to all systems"}, ""},
}}

// rfc2710 is what MLDv1 asks of listeners.
var rfc2710 = Family{2710, "Multicast Listener Discovery for IPv6", []Requirement{
	{"3", "", "messages go from a link-local address with router alert and hop limit 1", []string{"ip6.TestRouterAlert"}, ""},
	{"4a", "", "a node that joins reports, and repeats it", nil, groups6},
	{"4b", "", "queries are answered after a random delay", nil, groups6},
	{"4c", "", "another's report suppresses ours", nil, groups6},
	{"4d", "", "leaving sends a done", nil, groups6},
	{"5", "", "all-nodes is always a member and never reported", []string{"ip6.TestAcceptedDestinations"}, ""},
}}
