package ping

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Errors of this package.
var (
	// ErrBadConfig says that a Config field or the target is out of range.
	ErrBadConfig = errors.New("ping: invalid configuration")
	// ErrNotOurs says that TTL or TOS was asked of a connection that is not a
	// stack's raw endpoint.
	ErrNotOurs = errors.New("ping: connection has no hop limit or type of service to set")
	// ErrRunning says that Run was called twice.
	ErrRunning = errors.New("ping: session has run already")
)

// Forever, as Config.Count, sends until stopped.
const Forever = -1

// Empty, as Config.Size, sends messages without payload.
const Empty = -1

// maxSize keeps the request within the longest IPv4 packet.
const maxSize = 65535 - 20 - headerLen

// Config describes a session. The zero value is esp_ping's default.
type Config struct {
	// Count is how many requests to send, or Forever. Default 5.
	// ESP-IDF: esp_ping_config_t.count, where 0 is forever.
	Count int
	// Interval is the time from one request to the next, if the first was
	// answered or timed out by then. Default 1 s.
	Interval time.Duration
	// Timeout is how long to wait for a reply. Default 1 s.
	Timeout time.Duration
	// Size is the payload in bytes, up to 65507, or Empty. Default 64.
	Size int
	// TTL is the hop limit of requests. Default: the stack's.
	TTL uint8
	// TOS is the type of service, or traffic class, of requests. Default 0.
	TOS uint8
	// ID is the echo identifier that tells this session's replies from another's.
	// Default: random. A repeatable run sets it.
	ID uint16
	// OnReply is called for each reply in time; may be nil.
	OnReply func(Reply)
	// OnTimeout is called for each request not answered in time; may be nil.
	OnTimeout func(seq uint16)
	// OnError is called when a router or the target answers a request with an
	// ICMP error, which ends the wait for its reply; may be nil.
	OnError func(Unreachable)
	// OnEnd is called once, last; may be nil.
	OnEnd func(Profile)
}

// Reply is one reply in time.
type Reply struct {
	From netip.Addr
	Seq  uint16
	Size int // payload bytes
	RTT  time.Duration
}

// Unreachable is an ICMP error message that quotes one of our requests.
type Unreachable struct {
	From       netip.Addr
	Seq        uint16
	Type, Code uint8
}

func (c Config) withDefaults(target netip.Addr) (Config, error) {
	if c.Count == 0 {
		c.Count = 5
	}
	if c.Interval == 0 {
		c.Interval = time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = time.Second
	}
	switch c.Size {
	case 0:
		c.Size = 64
	case Empty:
		c.Size = 0
	}
	switch {
	case !target.IsValid():
		return c, fmt.Errorf("%w: no target", ErrBadConfig)
	case c.Count < Forever:
		return c, fmt.Errorf("%w: count %d", ErrBadConfig, c.Count)
	case c.Interval < 0 || c.Timeout < 0:
		return c, fmt.Errorf("%w: negative interval or timeout", ErrBadConfig)
	case c.Size < 0 || c.Size > maxSize:
		return c, fmt.Errorf("%w: size %d not in [0, %d]", ErrBadConfig, c.Size, maxSize)
	}
	return c, nil
}
