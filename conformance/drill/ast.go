package drill

import (
	"net/netip"
	"time"
)

// Script is a parsed script.
type Script struct {
	// File is the name that messages give.
	File string
	// Options are the option lines, in order.
	Options []Option
	// Events are what is done, in order. A command before the first or after
	// the last event has no time of its own: its Time.Kind is Untimed.
	Events []*Event
}

// Option is one --name=value.
type Option struct {
	Name, Value string
	Line        int
}

// TimeKind says how an event's time is given.
type TimeKind uint8

const (
	// Absolute is seconds since the script's first event: 0.1.
	Absolute TimeKind = iota
	// Relative is seconds since the event before: +0.1.
	Relative
	// Wildcard is any time: *.
	Wildcard
	// AbsoluteRange is an interval, 0.1~0.2, and RelativeRange +0.1~+0.2.
	AbsoluteRange
	RelativeRange
	// Untimed is an initial or final command.
	Untimed
)

// Time is when an event takes place.
type Time struct {
	Kind   TimeKind
	At, To time.Duration // To: of a range
}

// Event is one event; one of the pointers is set.
type Event struct {
	Line    int
	Time    Time
	Packet  *Packet
	Syscall *Syscall
	Command *Command
	Code    *Code
}

// Command is a shell command.
type Command struct{ Text string }

// Code is a piece of Python.
type Code struct{ Text string }

// Syscall is a system call with its arguments and the outcome that is expected.
type Syscall struct {
	Name     string
	Args     []Expr
	Blocking bool
	End      time.Duration // of a blocking call; relative to what Event.Time is
	Result   Expr          // Ellipsis: any
	Errno    string        // "" if none is expected
	Note     string
}

// Expr is an argument: Ellipsis, Int, Text, Symbol, Or, List, Struct or Call.
type Expr interface{ expr() }

// Ellipsis is "...": any value, or the usual one.
type Ellipsis struct{}

// Int is a number.
type Int int64

// Text is a string.
type Text string

// Symbol is a name, such as SOCK_STREAM.
type Symbol string

// Or is values joined by |.
type Or []Expr

// List is [a, b].
type List []Expr

// Struct is {a = 1, b = 2} or {..., 1000}.
type Struct []Field

// Field is one field of a Struct. Name is "" if it has none; Size is the number
// of msg_name(16), or nil.
type Field struct {
	Name  string
	Size  Expr
	Value Expr
}

// Call is htons(8080) and the like.
type Call struct {
	Name string
	Args []Expr
}

func (Ellipsis) expr() {}
func (Int) expr()      {}
func (Text) expr()     {}
func (Symbol) expr()   {}
func (Or) expr()       {}
func (List) expr()     {}
func (Struct) expr()   {}
func (Call) expr()     {}

// Direction says which way a packet goes.
type Direction uint8

const (
	// Inbound packets ("<") are injected, Outbound ones (">") expected.
	Inbound Direction = iota
	Outbound
)

// Proto is the protocol of a packet.
type Proto uint8

// Protocols of packets.
const (
	TCP Proto = iota
	UDP
	ICMP
	ICMPv6
	RawIP // of a quote
)

// Packet is a packet as a script describes it, or as one was seen.
type Packet struct {
	Dir      Direction
	IP       IPInfo
	Src, Dst Endpoint
	Proto    Proto
	TCP      Segment
	Len      int // payload of UDP, or of RawIP
	ICMP     Message
	// Other names what the language has and no stack here does: gre, mpls, sctp.
	Other string
}

// Endpoint is an address and port as far as they are given.
type Endpoint struct {
	Addr netip.Addr // invalid: not given
	Port int        // -1: not given
}

// ECNCheck says how the ECN bits of a packet are checked.
type ECNCheck uint8

// Checks of the ECN bits.
const (
	ECNAny ECNCheck = iota // not given
	ECNNone
	ECNECT0
	ECNECT1
	ECNECT01
	ECNCE
	ECNTOS // the whole octet: IPInfo.TOS
)

// IPInfo is what is given of the IP header, in brackets.
type IPInfo struct {
	ECN       ECNCheck
	TOS       uint8
	TTL       int // -1: not given
	FlowLabel int // -1: not given
	Fragment  int // payload of each fragment; 0: whole
	Reverse   bool
	DF        int // 1 set, 0 not set, -1: not given
}

// Flags are TCP's control bits as on the wire.
type Flags uint16

// Control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
)

// Number is a number that may be absolute (not translated) or not given.
type Number struct {
	Value    uint32
	Given    bool
	Absolute bool // "!": as on the wire
}

// Segment is a TCP segment. Seq.Given false in a script that wrote "..." means
// any.
type Segment struct {
	Flags    Flags
	AnyFlags bool
	Seq      Number
	Len      int
	Ack      Number
	AnyAck   bool // "ack ..."
	Win      Number
	Urg      uint16
	Options  []TCPOption
	// AnyOptions is <...>: Options is what they begin with.
	AnyOptions bool
}

// Option kinds of TCP.
const (
	optEOL     = 0
	optNOP     = 1
	optMSS     = 2
	optScale   = 3
	optSACKOK  = 4
	optSACK    = 5
	optTS      = 8
	optMD5     = 19
	optMPTCP   = 30
	optTFO     = 34
	optACE0    = 172 // AccECN order 0 and 1, RFC 9768
	optACE1    = 174
	optExp     = 254
	magicFOExp = 0xf989
)

// TCPOption is one option of a segment.
type TCPOption struct {
	Kind   uint8
	Data   []byte // without kind and length; of other kinds than these:
	Val    Number // mss, wscale; TS val. Not given: any
	Ecr    Number // TS ecr
	Blocks []Block
	Exp    bool // of FO: experimental
	Raw    bool // Data is all there is, kind and length included
}

// Block is a SACK block.
type Block struct {
	Left, Right uint32
	Absolute    bool
}

// Message is an ICMP message.
type Message struct {
	Type, Code uint8
	AnyCode    bool
	MTU        int // -1: not given
	ID         int // of echo; -1: not given
	Seq        int // of echo; -1: not given
	Len        int // payload of echo
	Quote      *Packet
}

// ParseError says why a script cannot be read.
type ParseError struct {
	File string
	Line int
	Msg  string
}
