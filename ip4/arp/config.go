package arp

import "time"

// Config bounds and times the cache. The zero value is a modern host.
type Config struct {
	// Table is the most entries of all interfaces together, static ones
	// included. Default 1024. lwIP: ARP_TABLE_SIZE (10).
	Table int
	// EntryQueue is the most packets that wait for one address. Default 64.
	// lwIP: 1 without ARP_QUEUEING; ESP-IDF: 3 (ARP_QUEUE_LEN).
	EntryQueue int
	// TotalQueue is the most packets that wait for all addresses together.
	// Default 512. lwIP: MEMP_NUM_ARP_QUEUE (30).
	TotalQueue int
	// RefuseNewest makes a full queue refuse the packet that comes, with
	// ip.ErrNoMemory, as ESP-IDF does. Default: the oldest is dropped for it.
	RefuseNewest bool
	// MaxAge is how long an answer is believed. Default 300 s. lwIP:
	// ARP_MAXAGE.
	MaxAge time.Duration
	// RefreshUnicast and RefreshBroadcast are the ages at which an entry in use
	// is asked again, first its owner alone, then everybody. Default nine
	// tenths and nineteen twentieths of MaxAge: 270 s and 285 s. lwIP: ARP_AGE_REREQUEST_USED_UNICAST and _BROADCAST.
	RefreshUnicast, RefreshBroadcast time.Duration
	// RefreshInterval is the least time between two such questions about one
	// entry. Default 2 s.
	RefreshInterval time.Duration
	// RetryInterval is the time between questions while there is no answer.
	// Default 1 s, the most that RFC 1122 §2.3.2.1 allows.
	RetryInterval time.Duration
	// Tries is how many questions are asked before the address counts as
	// unreachable. Default 5. lwIP: ARP_MAXPENDING.
	Tries int
	// GratuitousInterval announces every interface's address again and again.
	// Default 0: only when it is set or the link comes up. ESP-IDF: 60 s
	// (ESP_GRATUITOUS_ARP_INTERVAL).
	GratuitousInterval time.Duration
	// DefendInterval is the least time between two announcements that answer a
	// conflict about an address that nobody watches; negative: such conflicts
	// are only counted, as in lwIP without ACD. Default 10 s (RFC 5227 §2.4).
	DefendInterval time.Duration
}

// Upstream is lwIP's configuration (opt.h).
func Upstream() Config {
	return Config{Table: 10, EntryQueue: 1, TotalQueue: 10, DefendInterval: -1}
}

// ESPIDF is the configuration of ESP-IDF's edition.
func ESPIDF() Config {
	return Config{
		Table: 10, EntryQueue: 3, TotalQueue: 30, RefuseNewest: true,
		GratuitousInterval: 60 * time.Second, DefendInterval: -1,
	}
}

func (c Config) withDefaults() Config {
	c.Table = or(c.Table, 1024)
	c.EntryQueue = or(c.EntryQueue, 64)
	c.TotalQueue = or(c.TotalQueue, 512)
	c.MaxAge = or(c.MaxAge, 300*time.Second)
	c.RefreshUnicast = or(c.RefreshUnicast, c.MaxAge-c.MaxAge/10)
	c.RefreshBroadcast = or(c.RefreshBroadcast, c.MaxAge-c.MaxAge/20)
	c.RefreshInterval = or(c.RefreshInterval, 2*time.Second)
	c.RetryInterval = or(c.RetryInterval, time.Second)
	c.Tries = or(c.Tries, 5)
	c.DefendInterval = or(c.DefendInterval, 10*time.Second)
	return c
}

// or returns v, or def if v is zero.
func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
