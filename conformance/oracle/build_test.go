package oracle

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// capture writes frames into a pcap file in memory.
type capture struct {
	t    testing.TB
	file bytes.Buffer
	w    *pcapgo.Writer
	now  time.Time
	n    int
	snap int
}

func newCapture(t testing.TB) *capture {
	c := &capture{t: t, now: time.Unix(1_700_000_000, 0), snap: 1 << 16}
	c.w = pcapgo.NewWriterNanos(&c.file)
	if err := c.w.WriteFileHeader(1<<16, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	return c
}

// wait lets time pass.
func (c *capture) wait(d time.Duration) { c.now = c.now.Add(d) }

// frame writes a frame and returns its number.
func (c *capture) frame(b []byte) int {
	c.t.Helper()
	n := len(b)
	b = b[:min(n, c.snap)]
	err := c.w.WritePacket(gopacket.CaptureInfo{Timestamp: c.now, Length: n, CaptureLength: len(b)}, b)
	if err != nil {
		c.t.Fatal(err)
	}
	c.n++
	return c.n
}

// layers serialises and writes a frame; change, if set, may alter its bytes.
func (c *capture) layers(change func([]byte), l ...gopacket.SerializableLayer) int {
	c.t.Helper()
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, l...); err != nil {
		c.t.Fatal(err)
	}
	b := buf.Bytes()
	if change != nil {
		change(b)
	}
	return c.frame(b)
}

// host is one end of a conversation, and what it knows.
type host struct {
	c    *convo
	peer *host
	mac  net.HardwareAddr
	addr netip.AddrPort

	nxt, rcv   uint32
	wnd        uint32 // unscaled in the SYN, bytes otherwise
	scale      int    // offered; -1: not
	mss        uint16
	sack, ts   bool
	recent     uint32 // TS.Recent
	tickOffset uint32
	got        []Block // out of order
}

// convo builds a conversation that is valid unless told otherwise. The capture
// is taken next to a; b is 20 ms away.
type convo struct {
	*capture
	a, b   *host
	six    bool
	agreed struct{ scale, sack, ts bool }
	fault  int // number of the packet that breaks the rule
}

// rtt is the time from the capture to b and back.
const rtt = 20 * time.Millisecond

func newConvo(t testing.TB, six bool) *convo {
	c := &convo{capture: newCapture(t), six: six}
	mk := func(last byte, port uint16, nxt uint32) *host {
		ip := netip.AddrFrom4([4]byte{10, 0, 0, last})
		if six {
			ip = netip.AddrFrom16([16]byte{0: 0xfd, 15: last})
		}
		return &host{c: c, mac: net.HardwareAddr{2, 0, 0, 0, 0, last}, addr: netip.AddrPortFrom(ip, port),
			nxt: nxt, wnd: 64000, scale: 7, mss: 1440, sack: true, ts: true, tickOffset: nxt * 3}
	}
	c.a, c.b = mk(1, 40000, 0xfffff000), mk(2, 80, 1000)
	c.a.peer, c.b.peer = c.b, c.a
	return c
}

// out is a segment on its way out.
type out struct {
	seq, ack uint32
	flags    Flags
	wnd      uint32 // bytes
	n        int
	payload  []byte // default: the pattern
	blocks   []Block
	noTS     bool
	tsval    uint32
	tsecr    uint32
	extra    []layers.TCPOption
	rawWnd   bool
	bytes    func(tcp []byte) // changes the finished segment
	lost     bool             // it does not arrive
	mss      uint16
	scale    int
	sack, ts bool
}

// mod changes a segment.
type mod func(*out)

// send writes a segment of h and hands it to the peer.
func (h *host) send(flags Flags, n int, mods ...mod) int {
	c := h.c
	c.t.Helper()
	o := out{seq: h.nxt, ack: h.rcv, flags: flags, wnd: h.wnd, n: n, mss: h.mss, scale: h.scale, sack: h.sack, ts: h.ts}
	o.tsval, o.tsecr = uint32(c.now.UnixMilli())+h.tickOffset, h.recent
	if flags.Has(SYN) && flags.Has(ACK) {
		if h.peer.scale < 0 {
			o.scale = -1
		}
		o.sack, o.ts = o.sack && h.peer.sack, o.ts && h.peer.ts
		c.agreed.scale, c.agreed.sack, c.agreed.ts = o.scale >= 0, o.sack, o.ts
	}
	if flags.Has(ACK) && !flags.Has(SYN) && c.agreed.sack {
		o.blocks = append(o.blocks, h.got...)
	}
	for _, m := range mods {
		m(&o)
	}
	if !o.flags.Has(ACK) {
		o.ack = 0
	}
	number := c.write(h, &o)
	end := o.seq + uint32(o.n)
	if o.flags.Has(SYN) {
		end++
	}
	if o.flags.Has(FIN) {
		end++
	}
	if o.flags.Has(RST) {
		return number
	}
	if int32(end-h.nxt) > 0 {
		h.nxt = end
	}
	if !o.lost {
		h.peer.receive(&o, end)
	}
	return number
}

// receive enters what arrived.
func (h *host) receive(o *out, end uint32) {
	if o.flags.Has(SYN) {
		h.rcv = end
	} else if o.seq == h.rcv {
		h.rcv = end
		for len(h.got) > 0 && int32(h.got[0].Left-h.rcv) <= 0 {
			h.rcv = h.got[0].Right
			h.got = h.got[1:]
		}
	} else if int32(o.seq-h.rcv) > 0 && o.n > 0 {
		h.got = append(h.got, Block{o.seq, end})
		slices.SortFunc(h.got, func(a, b Block) int { return int(int32(a.Left - b.Left)) })
		h.got = slices.CompactFunc(h.got, func(a, b Block) bool { return a == b })
		for i := len(h.got) - 1; i > 0; i-- {
			if h.got[i-1].Right == h.got[i].Left {
				h.got[i-1].Right = h.got[i].Right
				h.got = slices.Delete(h.got, i, i+1)
			}
		}
	}
	if o.ts && !o.noTS && int32(o.seq-h.rcv) <= 0 {
		h.recent = o.tsval
	}
}

// write serialises a segment with gopacket.
func (c *convo) write(h *host, o *out) int {
	c.t.Helper()
	eth := &layers.Ethernet{SrcMAC: h.mac, DstMAC: h.peer.mac, EthernetType: layers.EthernetTypeIPv4}
	tcp := &layers.TCP{
		SrcPort: layers.TCPPort(h.addr.Port()), DstPort: layers.TCPPort(h.peer.addr.Port()), Seq: o.seq, Ack: o.ack,
		FIN: o.flags.Has(FIN), SYN: o.flags.Has(SYN), RST: o.flags.Has(RST), PSH: o.flags.Has(PSH), ACK: o.flags.Has(ACK),
	}
	syn := o.flags.Has(SYN)
	wnd := o.wnd
	if !syn && c.agreed.scale && !o.rawWnd {
		wnd >>= h.scale
	}
	tcp.Window = uint16(min(wnd, 0xffff))
	opt := func(kind layers.TCPOptionKind, data ...byte) {
		tcp.Options = append(tcp.Options, layers.TCPOption{OptionType: kind, OptionLength: uint8(2 + len(data)), OptionData: data})
	}
	if syn {
		if o.mss != 0 {
			opt(layers.TCPOptionKindMSS, byte(o.mss>>8), byte(o.mss))
		}
		if o.scale >= 0 {
			opt(layers.TCPOptionKindWindowScale, byte(o.scale))
		}
		if o.sack {
			opt(layers.TCPOptionKindSACKPermitted)
		}
	}
	if (syn && o.ts || !syn && c.agreed.ts) && !o.noTS && !o.flags.Has(RST) {
		var v [8]byte
		binary.BigEndian.PutUint32(v[:], o.tsval)
		if o.flags.Has(ACK) {
			binary.BigEndian.PutUint32(v[4:], o.tsecr)
		}
		opt(layers.TCPOptionKindTimestamps, v[:]...)
	}
	if len(o.blocks) > 0 {
		var v []byte
		for _, b := range o.blocks {
			v = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(v, b.Left), b.Right)
		}
		opt(layers.TCPOptionKindSACK, v...)
	}
	tcp.Options = append(tcp.Options, o.extra...)
	if o.payload == nil {
		o.payload = make([]byte, o.n)
		for i := range o.payload {
			o.payload[i] = byte((o.seq + uint32(i)) * 2654435761 >> 13)
		}
	}
	var change func([]byte)
	if o.bytes != nil {
		at := 14 + 20
		if c.six {
			at = 14 + 40
		}
		change = func(b []byte) { o.bytes(b[at:]) }
	}
	if c.six {
		eth.EthernetType = layers.EthernetTypeIPv6
		ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolTCP, HopLimit: 64,
			SrcIP: h.addr.Addr().AsSlice(), DstIP: h.peer.addr.Addr().AsSlice()}
		tcp.SetNetworkLayerForChecksum(ip)
		return c.layers(change, eth, ip, tcp, gopacket.Payload(o.payload))
	}
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP,
		SrcIP: h.addr.Addr().AsSlice(), DstIP: h.peer.addr.Addr().AsSlice()}
	tcp.SetNetworkLayerForChecksum(ip)
	return c.layers(change, eth, ip, tcp, gopacket.Payload(o.payload))
}

// Steps of a conversation. After a segment of one side, soon and far let the
// time pass that the other side takes to answer.

func (c *convo) soon() { c.wait(50 * time.Microsecond) }
func (c *convo) far()  { c.wait(rtt) }

// open is the handshake; a is the client.
func (c *convo) open() {
	c.t.Helper()
	c.a.send(SYN, 0)
	c.far()
	c.b.send(SYN|ACK, 0)
	c.soon()
	c.a.send(ACK, 0)
}

// opened lets b be the client and opens.
func (c *convo) opened() {
	c.t.Helper()
	c.b.send(SYN, 0)
	c.soon()
	c.a.send(SYN|ACK, 0)
	c.far()
	c.b.send(ACK, 0)
}

// up sends n segments from a, each pair acknowledged by b.
func (c *convo) up(n int) {
	c.t.Helper()
	for i := range n {
		c.soon()
		c.a.send(ACK|PSH, 1000)
		if i%2 == 1 || i == n-1 {
			c.far()
			c.b.send(ACK, 0)
		}
	}
	c.soon()
}

// down sends n segments from b, each pair acknowledged by a.
func (c *convo) down(n int) {
	c.t.Helper()
	for i := range n {
		c.wait(100 * time.Microsecond)
		c.b.send(ACK|PSH, 1000)
		if i%2 == 1 || i == n-1 {
			c.soon()
			c.a.send(ACK, 0)
		}
	}
	c.far()
}

// close ends the connection, a first.
func (c *convo) close() {
	c.t.Helper()
	c.a.send(FIN|ACK, 0)
	c.far()
	c.b.send(ACK, 0)
	c.wait(time.Millisecond)
	c.b.send(FIN|ACK, 0)
	c.soon()
	c.a.send(ACK, 0)
}

// judged returns the findings of a capture.
func judged(t testing.TB, file []byte, o Options) ([]Finding, Report) {
	t.Helper()
	list, r, err := Check(bytes.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return list, r
}
