package tcp

import (
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

// Config configures TCP. The zero value is a modern host.
type Config struct {
	// MaxPCBs is the most connections, TIME-WAIT included. Default 2^20.
	// lwIP MEMP_NUM_TCP_PCB, ESP-IDF LWIP_MAX_ACTIVE_TCP.
	MaxPCBs int
	// MaxListeners is the most listeners. Default 4096.
	// lwIP MEMP_NUM_TCP_PCB_LISTEN, ESP-IDF LWIP_MAX_LISTENING_TCP.
	MaxListeners int
	// MaxTimeWait is the most connections in TIME-WAIT; the oldest are ended
	// early beyond it. Default 65536.
	MaxTimeWait int

	// SynQueue is the most half-open connections of one listener, and MaxHalfOpen
	// of all: about 170 bytes each. Defaults 1024 and 65536. A negative SynQueue
	// counts them against the backlog and MaxPCBs, as lwIP does, and drops SYNs
	// beyond.
	SynQueue, MaxHalfOpen int
	// Cookies says when SYNs are answered by cookies (RFC 4987). Default: beyond
	// SynQueue and MaxHalfOpen. lwIP has none.
	Cookies CookiePolicy

	// MSS caps the payload of a segment in bytes, in both directions; at least
	// 64. Default: what the interface's MTU allows. lwIP TCP_MSS.
	MSS int
	// MTUProbing says when a connection looks for the path's MTU by itself (RFC 4821).
	// Default: once full segments vanish.
	MTUProbing MTUProbing
	// SendBuffer is the payload in bytes that a connection holds until it is
	// acknowledged, to begin with. Default 256 KiB, at most 1 GiB. lwIP
	// TCP_SND_BUF.
	SendBuffer int
	// SendBufferMax is the size in bytes up to which the send buffer grows by
	// itself, to two congestion windows, unless PCB.SetSendBuffer was called.
	// Default 4 MiB; SendBuffer, which is no growth, if that is set. At most 1 GiB.
	SendBufferMax int
	// SendQueue is the most segments that they may be in: writers of single bytes
	// pin more than their bytes. Default one for 64 bytes of the send buffer.
	// lwIP TCP_SND_QUEUELEN.
	SendQueue int
	// NotSentLowat is how many bytes may be written and not sent before SendSpace
	// is zero and a writer waits (PCB.SetNotSentLowat). Default: as many as the
	// send buffer holds.
	NotSentLowat int
	// ReceiveBuffer is the largest receive window in bytes, to begin with. Default
	// 256 KiB, at most 1 GiB. lwIP TCP_WND.
	ReceiveBuffer int
	// ReceiveBufferMax is the size in bytes up to which the receive buffer grows by
	// itself, to what the application takes in two round trips, unless
	// PCB.SetReceiveBuffer was called. The window scale is chosen for it. Default
	// 6 MiB; ReceiveBuffer, which is no growth, if that is set. At most 1 GiB.
	//
	// Neither buffer grows beyond a quarter of what is left of pbuf.Config.MaxBytes.
	ReceiveBufferMax int
	// NoSendTuning and NoReceiveTuning keep the buffers from growing; the window
	// scale is chosen for ReceiveBuffer then.
	NoSendTuning, NoReceiveTuning bool
	// WindowUpdate is by how many bytes the window must have grown for an ACK
	// of its own. Default a quarter of the receive buffer.
	// lwIP TCP_WND_UPDATE_THRESHOLD.
	WindowUpdate int
	// MaxOutOfOrder is the most segments that wait for a missing one, on each
	// connection. Default 1024, or one for each 512 bytes of the receive buffer if
	// that is more. lwIP TCP_OOSEQ_MAX_PBUFS.
	MaxOutOfOrder int
	// MaxOutOfOrderBytes is the most storage in bytes that they pin, whatever
	// their payload. Default four times the receive buffer.
	// lwIP TCP_OOSEQ_MAX_BYTES.
	MaxOutOfOrderBytes int

	// OutOfOrderRTOs is after how many retransmission time-outs without a segment
	// they are dropped. Default 0: never. lwIP TCP_OOSEQ_TIMEOUT (6).
	OutOfOrderRTOs int

	// NoWindowScale, NoTimestamps and NoSACK leave the option out of SYNs and
	// ignore it in the peer's. Default false: offered, and used if the peer
	// does. lwIP LWIP_WND_SCALE, LWIP_TCP_TIMESTAMPS, LWIP_TCP_SACK_OUT.
	NoWindowScale, NoTimestamps, NoSACK bool
	// NoDSACK suppresses reports of duplicates (RFC 2883).
	NoDSACK bool

	// InitialWindow is the initial congestion window in segments. Default 10
	// (RFC 6928).
	InitialWindow int
	// NewController makes the congestion controller of a connection. Default
	// cc.NewCubic; cc.NewReno is there, too, and is what lwIP has.
	NewController func(cc.Params) cc.Controller

	// ECN says what to do about explicit congestion notification (RFC 3168). Default:
	// used if the peer asks.
	ECN ECNMode

	// InitialRTO is the retransmission time-out before the first sample.
	// Default 1 s (RFC 6298 §2.1). lwIP LWIP_TCP_RTO_TIME.
	InitialRTO time.Duration
	// MinRTO and MaxRTO bound the retransmission time-out. Default 200 ms and
	// 60 s.
	// Deviation: RFC 6298 §2.4 wants at least 1 s; hosts use 200 ms. Pinned by
	// TestRTOFloor.
	MinRTO, MaxRTO time.Duration
	// RTOMargin is by how much the time-out is longer than the smoothed round trip, at
	// least: a peer may delay an ACK. Default 200 ms; negative: none but a
	// millisecond. lwIP has none.
	RTOMargin time.Duration
	// MaxRetransmits is how often a segment is sent again before the connection
	// is given up; at most 255. Default 15. lwIP TCP_MAXRTX.
	MaxRetransmits int
	// MaxSYNRetransmits is the same for a SYN. Default 7: just over the three
	// minutes of RFC 9293 §3.8.3 (MUST-23). lwIP TCP_SYNMAXRTX.
	MaxSYNRetransmits int
	// LastWait is how long the last retransmission is waited for. Default: the
	// time-out, backed off. lwIP: one slow tick.
	LastWait time.Duration
	// NoSYNBackoff and NoSYNACKBackoff repeat a SYN or SYN,ACK at equal distances
	// (against RFC 6298 §5.5). lwIP does the first, ESP-IDF both.
	NoSYNBackoff, NoSYNACKBackoff bool
	// MinPersist and MaxPersist are the first and the longest interval of window
	// probes. Default: the time-out, and MaxRTO. lwIP's persist table.
	MinPersist, MaxPersist time.Duration
	// DelayedACK is how long an ACK may wait for company. Default 40 ms; at most
	// 500 ms (RFC 9293 §3.8.6.3, MUST-40).
	DelayedACK time.Duration

	// KeepIdle, KeepInterval and KeepCount are the keep-alive settings of a
	// connection that turns it on. Default 2 h, 75 s, 9.
	// lwIP TCP_KEEPIDLE_DEFAULT, TCP_KEEPINTVL_DEFAULT, TCP_KEEPCNT_DEFAULT.
	KeepIdle, KeepInterval time.Duration
	KeepCount              int
	// MSL is half the time spent in TIME-WAIT. Default 30 s.
	// Deviation: RFC 9293 §3.4.2 takes 2 minutes; hosts use 60 s in TIME-WAIT.
	// Pinned by TestTimeWait. lwIP TCP_MSL.
	MSL time.Duration
	// MaxOrphans is the most connections that are closed and not at their end;
	// Close resets the connection beyond it. Default 65536. lwIP: MaxPCBs.
	MaxOrphans int
	// FinWait2 is how long a closed connection waits for the peer's FIN.
	// Default 60 s. lwIP TCP_FIN_WAIT_TIMEOUT.
	FinWait2 time.Duration
	// LastAck bounds the time in LAST-ACK besides the retransmissions. Default:
	// no bound. lwIP: twice TCP_MSL.
	LastAck time.Duration
	// SynReceived bounds the time in SYN-RECEIVED besides the retransmissions.
	// Default: no bound. lwIP TCP_SYN_RCVD_TIMEOUT.
	SynReceived time.Duration

	// TTL is the TTL or hop limit. Default: the network layer's.
	TTL uint8
	// KeepOnAddressChange keeps connections whose local address is taken from
	// the interface; they run into time-outs. Default: they are aborted.
	// ESP-IDF LWIP_TCP_KEEP_CONNECTION_WHEN_IP_CHANGES.
	KeepOnAddressChange bool
	// ISN, if set, chooses initial sequence numbers in place of RFC 6528.
	// lwIP LWIP_HOOK_TCP_ISN.
	ISN func(local, remote AddrPort) uint32
}

// Upstream is lwIP's configuration (opt.h).
func Upstream() Config {
	return Config{
		MaxPCBs: 5, MaxListeners: 8, MSS: 536, SynQueue: -1, Cookies: CookiesNever,
		SendBuffer: 2 * 536, SendQueue: 8, ReceiveBuffer: 4 * 536, WindowUpdate: 536,
		ECN: ECNOff, MTUProbing: ProbeOff, NoWindowScale: true, NoTimestamps: true, NoSACK: true, NoDSACK: true,
		InitialWindow: 4, NewController: cc.NewReno, OutOfOrderRTOs: 6,
		InitialRTO: 3 * time.Second, RTOMargin: -1, MinRTO: 1500 * time.Millisecond, MaxRTO: 384 * time.Second,
		MaxRetransmits: 12, MaxSYNRetransmits: 6, LastWait: 500 * time.Millisecond, NoSYNBackoff: true,
		MinPersist: 1500 * time.Millisecond, MaxPersist: time.Minute,
		DelayedACK: 250 * time.Millisecond,
		MSL:        time.Minute, FinWait2: 20 * time.Second, SynReceived: 20 * time.Second, LastAck: 2 * time.Minute,
	}
}

// ESPIDF is the configuration of ESP-IDF's edition.
func ESPIDF() Config {
	c := Upstream()
	c.MaxPCBs, c.MaxListeners, c.MSS = 16, 16, 1440
	c.SendBuffer, c.SendQueue, c.ReceiveBuffer, c.WindowUpdate = 5760, 16, 5760, 1440
	c.MaxOutOfOrder, c.InitialWindow = 4, 3
	c.InitialRTO, c.MaxRTO = 1500*time.Millisecond, 192*time.Second
	c.MaxSYNRetransmits, c.NoSYNACKBackoff = 12, true
	return c
}

func (c Config) withDefaults() Config {
	set(&c.MaxPCBs, 1<<20)
	set(&c.MaxListeners, 4096)
	set(&c.MaxTimeWait, 65536)
	set(&c.SynQueue, 1024)
	set(&c.MaxHalfOpen, 65536)
	tuned(&c.SendBuffer, &c.SendBufferMax, 4<<20)
	tuned(&c.ReceiveBuffer, &c.ReceiveBufferMax, 6<<20)
	c.NotSentLowat = min(max(c.NotSentLowat, 0), maxBuffer)
	set(&c.InitialWindow, 10)
	set(&c.InitialRTO, time.Second)
	set(&c.MinRTO, 200*time.Millisecond)
	set(&c.RTOMargin, 200*time.Millisecond)
	set(&c.MaxRTO, time.Minute)
	set(&c.MaxRetransmits, 15)
	set(&c.MaxSYNRetransmits, 7)
	c.MaxRetransmits = min(c.MaxRetransmits, 255)
	c.MaxSYNRetransmits = min(c.MaxSYNRetransmits, 255)
	set(&c.MaxPersist, c.MaxRTO)
	if c.MSS != 0 {
		c.MSS = max(c.MSS, minMSS)
	}
	set(&c.DelayedACK, 40*time.Millisecond)
	set(&c.KeepIdle, 2*time.Hour)
	set(&c.KeepInterval, 75*time.Second)
	set(&c.KeepCount, 9)
	set(&c.MSL, 30*time.Second)
	set(&c.FinWait2, time.Minute)
	set(&c.MaxOrphans, 65536)
	if c.NewController == nil {
		c.NewController = cc.NewCubic
	}
	return c
}

// tuned gives the size of a buffer and its limit their defaults: a buffer whose
// size is set and whose limit is not does not grow.
func tuned(size, limit *int, def int) {
	if *size == 0 {
		*size = 256 << 10
		if *limit != 0 {
			*size = min(*size, *limit)
		}
	} else if *limit == 0 {
		*limit = *size
	}
	set(limit, def)
	*size = min(*size, maxBuffer)
	*limit = min(max(*limit, *size), maxBuffer)
}

// set gives a field its default.
func set[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}
