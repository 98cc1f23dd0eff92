package netif

// SetForeign lets what comes in for any unicast address, not only for ours, up to
// a transport: TakeTCP, TakeUDP or both. The transports' forwarders set it; who
// answers such packets does so from the address that they were sent to, through
// this interface.
func (ifc *Interface) SetForeign(f Flags, on bool) { ifc.set(f&(TakeTCP|TakeUDP), on) }

// TakesForeign reports whether any transport takes packets for addresses that are
// not ours, and so may send from them.
func (ifc *Interface) TakesForeign() bool { return ifc.flags&(TakeTCP|TakeUDP) != 0 }
