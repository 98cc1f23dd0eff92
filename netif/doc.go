// Package netif is one network interface: addresses, groups, flags, link state,
// its driver; and the list of a stack's interfaces.
//
// An [Interface] receives whole frames from its [Driver] and hands their
// payload up by protocol; what the stack sends through it is collected while
// the core lock is held and goes to the driver as one batch after its release.
// lwIP: netif.h, netif.c.
//
// Files: protocol.go (Protocol: the list, the default), interface.go
// (Interface), input.go (framing upwards), output.go (towards the driver),
// large.go (large segments), driver.go (what a driver is), addr4.go, addr6.go (addresses), events.go
// (callbacks), foreign.go (packets to any address), config.go, stats.go.
//
// Callers hold the core lock, except where a method says otherwise.
package netif
