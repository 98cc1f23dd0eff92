package lwip

import (
	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// Stats are the counters of all parts of a stack.
//
// lwIP: lwip_stats.
type Stats struct {
	// Wakeups counts how often the alarm fired.
	Wakeups    uint64
	Interfaces map[string]netif.Stats
	Pbuf       pbuf.Stats
	Timers     timers.Stats
	ARP        arp.Stats
	IP4        ip4.Stats
	ND6        nd6.Stats
	IP6        ip6.Stats
	UDP        udp.Stats
	Raw        raw.Stats
	TCP        tcp.Stats
	API        api.Stats
}

// Stats returns a snapshot of the counters. Takes the core lock.
func (s *Stack) Stats() Stats {
	st := Stats{Pbuf: s.pool.Stats(), API: s.api.Stats(), Interfaces: make(map[string]netif.Stats)}
	s.Lock()
	defer s.Unlock()
	st.Wakeups = s.wakeups
	for _, ifc := range s.ifs.List() {
		st.Interfaces[ifc.Name()] = ifc.Stats()
	}
	st.Timers = s.q.Stats()
	st.UDP, st.Raw, st.TCP = s.udp.Stats(), s.raw.Stats(), s.tcp.Stats()
	if s.ip4 != nil {
		st.ARP, st.IP4 = s.arp.Stats(), s.ip4.Stats()
	}
	if s.ip6 != nil {
		st.ND6, st.IP6 = s.nd6.Stats(), s.ip6.Stats()
	}
	return st
}
