package netif

import (
	"net/netip"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
)

// Flags are properties of an interface.
type Flags uint16

const (
	Up           Flags = 1 << iota // administratively up
	LinkUp                         // the link is there
	Broadcast                      // the link can broadcast
	Multicast                      // the link can multicast
	ARP                            // IPv4 neighbours are resolved by ARP
	ND                             // IPv6 neighbours are resolved by ND
	LoopbackFlag                   // frames come back to this stack
	Forwarding                     // packets for others are forwarded
	Promiscuous                    // frames to other stations are taken too
	TakeTCP                        // TCP segments to any address are taken
	TakeUDP                        // UDP datagrams to any address are taken
)

// Has reports whether all of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Interface is one network interface of a stack.
//
// lwIP: struct netif.
type Interface struct {
	list *Protocol
	drv  Driver

	num        uint8
	name       string
	hostname   string
	framing    Framing
	flags      Flags
	checksums  Checksums
	removed    bool
	mtu, mtu6  int
	maxSegment int
	partial    bool // the driver completes checksums
	hwaddr     ethernet.Addr
	txLimit    int // frames that may wait for the driver
	txWaiting  int // published ones, when last looked up

	addr4  Addr4
	addrs6 [MaxAddrs6]Addr6

	tx    sysarch.Outbox[*pbuf.Buf]
	stats Stats
}

// Name returns the name, such as "en0".
func (ifc *Interface) Name() string { return ifc.name }

// Index returns the number plus one: what if_nametoindex gives.
func (ifc *Interface) Index() int { return int(ifc.num) + 1 }

// Driver returns the driver.
func (ifc *Interface) Driver() Driver { return ifc.drv }

// Framing returns what frames on the link begin with.
func (ifc *Interface) Framing() Framing { return ifc.framing }

// Flags returns the properties.
func (ifc *Interface) Flags() Flags { return ifc.flags }

// Checksums returns which checksums are left to the link.
func (ifc *Interface) Checksums() Checksums { return ifc.checksums }

// HWAddr returns the station's address on an Ethernet link.
func (ifc *Interface) HWAddr() ethernet.Addr { return ifc.hwaddr }

// MTU returns the largest IPv4 packet in bytes.
func (ifc *Interface) MTU() int { return ifc.mtu }

// MTU6 returns the largest IPv6 packet in bytes: the MTU, or less if a router
// said so.
func (ifc *Interface) MTU6() int { return ifc.mtu6 }

// SetMTU6 sets what a router advertised; it is held to [1280, MTU].
func (ifc *Interface) SetMTU6(mtu int) { ifc.mtu6 = min(max(mtu, 1280), ifc.mtu) }

// MaxSegment returns the largest transport payload that the driver splits, or 0.
func (ifc *Interface) MaxSegment() int { return ifc.maxSegment }

// Hostname returns the name that this host announces on the link.
func (ifc *Interface) Hostname() string { return ifc.hostname }

// SetHostname sets the name that this host announces on the link.
func (ifc *Interface) SetHostname(name string) { ifc.hostname = name }

// Pool returns the stack's packet memory.
func (ifc *Interface) Pool() *pbuf.Pool { return ifc.list.pool }

// Stats returns a copy of the counters.
func (ifc *Interface) Stats() Stats { return ifc.stats }

// Ready reports whether frames can be sent: the interface and the link are up.
func (ifc *Interface) Ready() bool { return ifc.flags.Has(Up | LinkUp) }

// SetUp sets the administrative state.
//
// lwIP: netif_set_up, netif_set_down.
func (ifc *Interface) SetUp(up bool) { ifc.setFlag(Up, up, StatusChanged) }

// SetLink sets the state of the link.
//
// lwIP: netif_set_link_up, netif_set_link_down.
func (ifc *Interface) SetLink(up bool) { ifc.setFlag(LinkUp, up, LinkChanged) }

// SetForwarding lets packets for other hosts in and out of this interface.
func (ifc *Interface) SetForwarding(on bool) { ifc.set(Forwarding, on) }

// SetPromiscuous takes frames to other stations up as if they were to this one.
// What is done with a packet that is not addressed to this host is the IP
// layer's business.
func (ifc *Interface) SetPromiscuous(on bool) { ifc.set(Promiscuous, on) }

func (ifc *Interface) set(f Flags, on bool) {
	ifc.list.Touch()
	ifc.flags &^= f
	if on {
		ifc.flags |= f
	}
}

func (ifc *Interface) setFlag(f Flags, on bool, kind EventKind) {
	if ifc.flags.Has(f) == on {
		return
	}
	ifc.flags ^= f
	ifc.list.notify(Event{Kind: kind, Ifc: ifc})
}

// Owns reports whether addr is one of the interface's addresses that may
// receive: for IPv6, any but a tentative or duplicated one.
func (ifc *Interface) Owns(addr netip.Addr) bool {
	if addr.Is4() {
		return ifc.addr4.Addr == addr && addr.IsValid()
	}
	for i := range ifc.addrs6 {
		if a := &ifc.addrs6[i]; a.Addr == addr && a.State.Valid() {
			return true
		}
	}
	return false
}
