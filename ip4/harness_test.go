package ip4_test

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

const start = timers.Time(time.Second)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

// link is a driver that keeps what it is given.
type link struct {
	props   netif.Properties
	sent    [][]byte
	discard bool
}

func (l *link) Properties() netif.Properties { return l.props }
func (l *link) Attach(netif.Receiver) error  { return nil }
func (l *link) Detach() error                { return nil }
func (l *link) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		if !l.discard {
			b := make([]byte, f.TotalLen())
			f.CopyPartial(b, 0)
			l.sent = append(l.sent, b)
		}
		f.Free()
	}
}

// packet is what a transport was given.
type packet struct {
	info  ip.Info
	bytes []byte
}

// recorder is a transport that keeps what it is given, or does what the test
// says.
type recorder struct {
	got    []packet
	errs   []ip.Error
	quotes [][]byte
	input  func(buf *pbuf.Buf, info *ip.Info)
}

func (r *recorder) Input(buf *pbuf.Buf, info *ip.Info) {
	if r.input != nil {
		r.input(buf, info)
		return
	}
	r.got = append(r.got, packet{*info, bytesOf(buf)})
	buf.Free()
}

func (r *recorder) Error(buf *pbuf.Buf, e *ip.Error) {
	r.errs = append(r.errs, *e)
	r.quotes = append(r.quotes, bytesOf(buf))
}

func bytesOf(buf *pbuf.Buf) []byte {
	b := make([]byte, buf.TotalLen())
	buf.CopyPartial(b, 0)
	return b
}

// groups is a fixed membership.
type groups map[netip.Addr]bool

func (g groups) Member(_ *netif.Interface, group netip.Addr) bool { return g[group] }

// host is a stack up to IPv4, in virtual time. Its interfaces are tunnels: their
// frames are IP packets.
type host struct {
	t    testing.TB
	q    timers.Queue
	pool *pbuf.Pool
	rand *sysarch.Rand
	ifs  *netif.Protocol
	arp  *arp.Protocol
	ip   *ip4.Protocol
	udp  recorder
	tcp  recorder
}

func newHost(t testing.TB, cfg ip4.Config) *host {
	h := &host{t: t, pool: pbuf.NewPool(pbuf.Config{}), rand: sysarch.NewSeededRand(1)}
	h.q.Advance(start)
	h.ifs = netif.New(&h.q, h.rand, h.pool)
	h.arp = arp.New(h.ifs, &h.q, h.rand, arp.Config{})
	h.ip = ip4.New(h.ifs, &h.q, h.rand, h.pool, h.arp, cfg)
	h.ip.Handle(ip.UDP, &h.udp)
	h.ip.Handle(ip.TCP, &h.tcp)
	return h
}

// add adds an interface that is up.
func (h *host) add(props netif.Properties, prefix, gw string) *netif.Interface {
	h.t.Helper()
	ifc, err := h.ifs.Add(&link{props: props}, netif.Config{})
	if err != nil {
		h.t.Fatal(err)
	}
	ifc.SetUp(true)
	if prefix != "" {
		var g netip.Addr
		if gw != "" {
			g = addr(gw)
		}
		ifc.SetAddr4(netip.MustParsePrefix(prefix), g)
	}
	h.transmit()
	linkOf(ifc).sent = nil
	return ifc
}

func (h *host) tunnel(prefix string) *netif.Interface {
	h.t.Helper()
	return h.add(netif.Properties{Framing: netif.IP}, prefix, "")
}

func (h *host) loopback() *netif.Interface {
	h.t.Helper()
	return h.add(netif.Properties{Framing: netif.IP, Loopback: true, MTU: 65535}, "127.0.0.1/8", "")
}

func linkOf(ifc *netif.Interface) *link { return ifc.Driver().(*link) }

// take returns the frames sent by ifc since the last take.
func take(ifc *netif.Interface) [][]byte {
	s := linkOf(ifc).sent
	linkOf(ifc).sent = nil
	return s
}

func (h *host) transmit() {
	for _, ifc := range h.ifs.List() {
		if batch, sender := ifc.Publish(); sender {
			ifc.Transmit(batch)
		}
	}
}

// turn ends an event as a stack does: frames go out, loopback ones come back.
func (h *host) turn() {
	for range 10 {
		h.q.Run()
		h.transmit()
		again := false
		for _, ifc := range h.ifs.List() {
			if ifc.Flags().Has(netif.LoopbackFlag) {
				for _, f := range take(ifc) {
					again = true
					ifc.Input(h.buf(f))
				}
			}
		}
		if !again && h.q.Peek() > h.q.Now() {
			return
		}
	}
	h.t.Error("packets go in circles")
}

func (h *host) advance(d time.Duration) {
	end := h.q.Now().Add(d)
	for h.q.Next() <= end {
		h.q.Advance(h.q.Next())
		h.turn()
	}
	h.q.Advance(end)
}

// buf returns b as received, split at the given places.
func (h *host) buf(b []byte, splits ...int) *pbuf.Buf {
	var head *pbuf.Buf
	from := 0
	for _, to := range append(splits, len(b)) {
		e := h.pool.AllocBytes(16, to-from)
		copy(e.Bytes(), b[from:to])
		from = to
		if head == nil {
			head = e
		} else {
			head.Cat(e)
		}
	}
	return head
}

func (h *host) receive(ifc *netif.Interface, b []byte, splits ...int) {
	ifc.Input(h.buf(b, splits...))
	h.turn()
}

// output sends payload.
func (h *host) output(payload []byte, hdr ip.Header) error {
	b := h.pool.Alloc(pbuf.IP, len(payload), pbuf.RAM)
	copy(b.Bytes(), payload)
	err := h.ip.Output(b, hdr)
	h.turn()
	return err
}

func (h *host) drained() {
	h.t.Helper()
	if s := h.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		h.t.Errorf("%d blocks and %d views still in use", s.BlocksInUse, s.ViewsInUse)
	}
}

// accounted checks that every packet received ended somewhere.
func (h *host) accounted() {
	h.t.Helper()
	s := h.ip.Stats()
	sum := s.Delivered + s.Forwarded + s.TooShort + s.BadVersion + s.BadHeaderLen + s.BadLength + s.Truncated +
		s.BadChecksum + s.BadOptions + s.SourceRoute + s.BadSource + s.OwnSource + s.BadDest + s.NotForUs +
		s.NotMember + s.UnknownProto + s.NoMemory + s.Fragments - s.Reassembled +
		s.ForwardScope + s.ForwardTTL + s.ForwardNoRoute + s.ForwardSame + s.ForwardTooBig + s.ForwardFiltered + s.ForwardFailed
	if sum != s.Received {
		h.t.Errorf("%d packets received, %d accounted for: %+v", s.Received, sum, s)
	}
}

// counters returns the names and values of the counters that changed.
func changed(before, after ip4.Stats) map[string]uint64 {
	m := map[string]uint64{}
	diff("", reflect.ValueOf(before), reflect.ValueOf(after), m)
	return m
}

func diff(prefix string, a, b reflect.Value, m map[string]uint64) {
	for i := range a.NumField() {
		name := prefix + a.Type().Field(i).Name
		if a.Field(i).Kind() == reflect.Struct {
			diff(name+".", a.Field(i), b.Field(i), m)
		} else if d := b.Field(i).Uint() - a.Field(i).Uint(); d != 0 {
			m[name] = d
		}
	}
}

// dgram describes a packet to be received.
type dgram struct {
	src, dst string
	proto    ip.Proto
	payload  []byte
	ttl      uint8 // default 64
	tos      uint8
	id       uint16
	frag     uint16 // flags and offset
	options  []byte
}

func (d dgram) bytes() []byte {
	hl := 20 + len(d.options)
	b := make([]byte, hl+len(d.payload))
	b[0] = 0x40 | byte(hl/4)
	b[1] = d.tos
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[4:], d.id)
	binary.BigEndian.PutUint16(b[6:], d.frag)
	b[8] = d.ttl
	if d.ttl == 0 {
		b[8] = 64
	}
	b[9] = byte(d.proto)
	s, t := addr(d.src).As4(), addr(d.dst).As4()
	copy(b[12:], s[:])
	copy(b[16:], t[:])
	copy(b[20:], d.options)
	copy(b[hl:], d.payload)
	fix(b)
	return b
}

// fix sums the header of b.
func fix(b []byte) {
	b[10], b[11] = 0, 0
	binary.BigEndian.PutUint16(b[10:], ^checksum.Sum(b[:int(b[0]&15)*4]))
}

// icmp returns an ICMP message.
func icmp(typ, code byte, rest uint32, data []byte) []byte {
	b := make([]byte, 8+len(data))
	b[0], b[1] = typ, code
	binary.BigEndian.PutUint32(b[4:], rest)
	copy(b[8:], data)
	binary.BigEndian.PutUint16(b[2:], ^checksum.Sum(b))
	return b
}

// decode lets gopacket judge a packet that we sent: the header must be whole,
// with the right checksum and lengths.
func decode(t testing.TB, b []byte) *layers.IPv4 {
	t.Helper()
	var l layers.IPv4
	if err := l.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		t.Fatalf("gopacket: %v in % x", err, b)
	}
	if int(l.Length) != len(b) {
		t.Errorf("total length %d, %d bytes sent", l.Length, len(b))
	}
	if got := checksum.Sum(b[:int(l.IHL)*4]); got != 0xffff {
		t.Errorf("header sums to %#04x", got)
	}
	return &l
}

// decodeICMP does the same for an ICMP message and returns it.
func decodeICMP(t testing.TB, b []byte) (*layers.IPv4, *layers.ICMPv4) {
	t.Helper()
	l := decode(t, b)
	var m layers.ICMPv4
	if l.Protocol != layers.IPProtocolICMPv4 {
		t.Fatalf("protocol %v, want ICMP", l.Protocol)
	}
	if err := m.DecodeFromBytes(l.Payload, gopacket.NilDecodeFeedback); err != nil {
		t.Fatalf("gopacket: %v in % x", err, b)
	}
	if got := checksum.Sum(l.Payload); got != 0xffff {
		t.Errorf("message sums to %#04x", got)
	}
	return l, &m
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8*7)
	}
	return b
}
