package lwip

import (
	"time"

	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/ip6"
	"github.com/golwip/lwip/ip6/nd6"
	"github.com/golwip/lwip/tcp"
)

// MaxThroughput is a configuration for bulk transfer over fast or long paths:
// windows that are large on both sides and grow larger, and a receiver that says
// so less often.
func MaxThroughput() Config {
	var c Config
	c.TCP.SendBuffer, c.TCP.SendBufferMax = 4<<20, 64<<20
	c.TCP.ReceiveBuffer, c.TCP.ReceiveBufferMax = 4<<20, 64<<20
	c.Pbuf.MaxBytes = 1 << 30
	c.Pbuf.IdleBytes = 16 << 20
	return c
}

// MinLatency is a configuration for short messages: ACKs wait less, lost
// segments are missed sooner, and a reader looks twice before it sleeps. The
// net.Conn adapters have no Nagle delay in any configuration.
func MinLatency() Config {
	var c Config
	c.TCP.DelayedACK = 5 * time.Millisecond
	c.TCP.MinRTO = 50 * time.Millisecond
	c.API.ReadYields = 1
	return c
}

// MinRAM is a configuration for many stacks or little memory: few connections,
// small windows and queues, short waits in closing states.
func MinRAM() Config {
	var c Config
	c.TCP = tcp.Config{
		MaxPCBs: 64, MaxListeners: 16, MaxTimeWait: 16,
		SendBuffer: 5760, ReceiveBuffer: 5760, MaxOutOfOrder: 4, NoWindowScale: true,
		MSL: 5 * time.Second, FinWait2: 10 * time.Second,
	}
	c.UDP.MaxPCBs = 16
	c.Raw.MaxPCBs = 4
	c.API.ReceiveCount = 6
	c.API.ReceiveBytes = 16 << 10
	c.API.Backlog = 8
	c.Sockets.MaxSockets = 32
	c.ARP = arp.Config{Table: 16, EntryQueue: 3, TotalQueue: 8}
	c.ND6 = nd6.Config{Neighbors: 16, Destinations: 16, Prefixes: 5, Routers: 3, Queue: 3, QueueTotal: 8}
	c.IP4.ReassemblyBytes = 32 << 10
	c.IP4.ReassemblyDatagrams = 5
	c.IP4.ReassemblyFragments = 32
	c.Pbuf.MaxBytes = 2 << 20
	c.Pbuf.IdleBytes = 32 << 10
	return c
}

// Upstream is lwIP's own configuration (opt.h), its quirks included where an
// RFC allows them; docs/gaps.md lists what differs.
func Upstream() Config {
	c := Config{ARP: arp.Upstream(), IP4: ip4.Upstream(), ND6: nd6.Upstream(), IP6: ip6.Upstream(), TCP: tcp.Upstream()}
	faithful(&c)
	c.UDP.MaxPCBs, c.UDP.TTL, c.UDP.MulticastTTL = 4, 255, 255
	c.UDP.FirstMatchOnly = true
	c.Raw.MaxPCBs = 4
	c.TCP.TTL = 255
	c.API.Backlog = 255
	c.Sockets.MaxSockets = 4
	return c
}

// ESPIDF is the configuration of ESP-IDF's edition (Kconfig defaults).
func ESPIDF() Config {
	c := Config{ARP: arp.ESPIDF(), IP4: ip4.ESPIDF(), ND6: nd6.ESPIDF(), IP6: ip6.ESPIDF(), TCP: tcp.ESPIDF()}
	faithful(&c)
	c.UDP.MaxPCBs, c.UDP.TTL, c.UDP.MulticastTTL = 16, 64, 64
	c.Raw.MaxPCBs = 16
	c.TCP.TTL = 64
	c.API.ReceiveCount = 6
	c.API.Backlog = 6
	c.Sockets.MaxSockets, c.Sockets.Offset = 10, 54
	return c
}

// faithful sets what both editions of lwIP have in common.
func faithful(c *Config) {
	c.UDP.NoMulticastLoop = true
	c.UDP.AllowBroadcast = true
	c.UDP.AcceptZeroChecksum6 = true
	c.UDP.FreeBind = true
	c.UDP.BroadcastToBound = true
	c.Sockets.LwIPErrno = true
	c.Sockets.IgnoreWaitAll = true
	c.Sockets.KeepWindow = true
	c.Sockets.MaxBacklog = 255
	c.Sockets.MaxWaiters = 255
}
