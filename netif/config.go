package netif

import "net/netip"

// Config describes an interface when it is added.
type Config struct {
	// Name is what the interface is called, its number appended: "en" makes
	// en0, en1 and so on. Default "en" for Ethernet framing, "tn" for IP
	// framing, "lo" for loopback.
	Name string
	// MTU lowers the driver's, in bytes. Default: the driver's.
	MTU int
	// Addr4 is the IPv4 address with its prefix length. Default: none.
	Addr4 netip.Prefix
	// Gateway4 is the IPv4 default router on this link. Default: none.
	Gateway4 netip.Addr
	// Addrs6 are static IPv6 addresses with their prefix lengths, besides the
	// link-local one. At most MaxAddrs6-1.
	Addrs6 []netip.Prefix
	// Gateway6 is the IPv6 default router on this link, usually link-local.
	// Default: none until a router advertises itself.
	Gateway6 netip.Addr
	// NoLinkLocal6 suppresses the automatic IPv6 link-local address.
	NoLinkLocal6 bool
	// TxQueue is the most frames that wait for the driver. When it is full, UDP
	// senders get ErrQueueFull and TCP tries again later. Default 1024.
	TxQueue int
	// Checksums are the ones that the link computes or checks itself.
	Checksums Checksums
	// Down leaves the interface administratively down.
	Down bool
}

// Checksums says which checksums are left to the link. The zero value computes
// and checks all of them, as lwIP's CHECKSUM_GEN_* and CHECKSUM_CHECK_* at 1.
type Checksums uint16

const (
	NoGenIP Checksums = 1 << iota
	NoGenTCP
	NoGenUDP
	NoGenICMP
	NoGenICMP6
	NoCheckIP
	NoCheckTCP
	NoCheckUDP
	NoCheckICMP
	NoCheckICMP6
)

// Has reports whether all of d are set.
func (c Checksums) Has(d Checksums) bool { return c&d == d }
