package ip4_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

func TestEcho(t *testing.T) {
	for _, c := range []struct {
		name    string
		dst     string
		msg     []byte
		cfg     ip4.Config
		replies int
		want    string
	}{
		{"good", "10.0.0.1", icmp(8, 0, 0x12340001, pattern(56)), ip4.Config{}, 1, "ICMP.EchoRepliesSent"},
		{"empty", "10.0.0.1", icmp(8, 0, 0, nil), ip4.Config{}, 1, "ICMP.EchoRepliesSent"},
		{"code is cleared", "10.0.0.1", icmp(8, 200, 0, pattern(3)), ip4.Config{}, 1, "ICMP.EchoRepliesSent"},
		{"bad checksum", "10.0.0.1", func() []byte { b := icmp(8, 0, 1, nil); b[7]++; return b }(), ip4.Config{}, 0, "ICMP.BadChecksum"},
		{"4 bytes", "10.0.0.1", []byte{8, 0, 0xf7, 0xff}, ip4.Config{}, 0, "ICMP.TooShort"},
		{"broadcast", "10.0.0.255", icmp(8, 0, 1, nil), ip4.Config{}, 0, "ICMP.EchoGroup"},
		{"broadcast wanted", "10.0.0.255", icmp(8, 0, 1, nil), ip4.Config{BroadcastPing: true}, 1, "ICMP.EchoRepliesSent"},
		{"multicast", "224.0.0.1", icmp(8, 0, 1, nil), ip4.Config{BroadcastPing: true}, 0, "ICMP.EchoGroup"},
		{"multicast wanted", "224.0.0.1", icmp(8, 0, 1, nil), ip4.Config{MulticastPing: true}, 1, "ICMP.EchoRepliesSent"},
		{"icmp is off", "10.0.0.1", icmp(8, 0, 1, nil), ip4.Config{NoICMP: true}, 0, "ICMP.Disabled"},
		{"reply", "10.0.0.1", icmp(0, 0, 1, nil), ip4.Config{}, 0, "ICMP.EchoReplies"},
		{"source quench", "10.0.0.1", icmp(4, 0, 1, pattern(28)), ip4.Config{}, 0, "ICMP.SourceQuench"},
		{"redirect", "10.0.0.1", icmp(5, 1, 1, pattern(28)), ip4.Config{}, 0, "ICMP.Redirect"},
		{"timestamp", "10.0.0.1", icmp(13, 0, 1, pattern(12)), ip4.Config{}, 0, "ICMP.Timestamp"},
		{"address mask", "10.0.0.1", icmp(17, 0, 1, pattern(4)), ip4.Config{}, 0, "ICMP.Timestamp"},
		{"type 40", "10.0.0.1", icmp(40, 0, 1, pattern(4)), ip4.Config{}, 0, "ICMP.Unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			ifc := h.add(netif.Properties{}, "10.0.0.1/24", "")
			h.arp.AddStatic(ifc, addr("10.0.0.2"), [6]byte{2, 9})
			for _, shared := range []bool{false, true} {
				before := h.ip.Stats()
				buf := h.buf(dgram{src: "10.0.0.2", dst: c.dst, proto: ip.ICMP, payload: c.msg, tos: 0xb9}.bytes())
				var other *pbuf.Buf
				if shared {
					other = buf.Share()
				}
				h.ip.Input(ifc, buf)
				h.turn()
				other.Free()
				if got := changed(before, h.ip.Stats()); got[c.want] != 1 {
					t.Errorf("counted %v, want %s", got, c.want)
				}
				sent := take(ifc)
				if len(sent) != c.replies {
					t.Fatalf("%d replies, want %d", len(sent), c.replies)
				}
				if c.replies == 1 {
					l, m := decodeICMP(t, sent[0][14:])
					if m.TypeCode != 0 || !bytes.Equal(l.Payload[4:], c.msg[4:]) || l.TTL != 64 || l.TOS != 0xb8 ||
						!l.SrcIP.Equal(addr("10.0.0.1").AsSlice()) || !l.DstIP.Equal(addr("10.0.0.2").AsSlice()) {
						t.Errorf("reply %+v", l)
					}
				}
			}
			h.accounted()
			h.drained()
		})
	}
}

// A ping larger than the MTU is answered in fragments; one split anywhere, as
// one.
func TestEchoLargeAndSplit(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	msg := icmp(8, 0, 1, pattern(4000))
	for off := 0; off < len(msg); off += 1480 {
		n := min(1480, len(msg)-off)
		d := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, id: 3, frag: uint16(off / 8), payload: msg[off : off+n]}
		if off+n < len(msg) {
			d.frag |= 0x2000
		}
		h.receive(ifc, d.bytes())
	}
	peer := newHost(t, ip4.Config{})
	in := peer.tunnel("10.0.0.2/24")
	sent := take(ifc)
	for _, f := range sent {
		peer.receive(in, f)
	}
	if s := peer.ip.Stats(); len(sent) != 3 || s.ICMP.EchoReplies != 1 {
		t.Errorf("%d frames, %+v", len(sent), s.ICMP)
	}
	b := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: icmp(8, 0, 1, pattern(11))}.bytes()
	for i := 1; i < len(b); i++ {
		h.receive(ifc, b, i)
		if n := len(take(ifc)); n != 1 {
			t.Errorf("split at %d: %d replies", i, n)
		}
	}
	h.drained()
	peer.drained()
}

// The quote and the addresses of the errors that a transport asks for.
func TestUnreachable(t *testing.T) {
	for _, c := range []struct {
		name  string
		why   ip.Reason
		code  uint8
		n     int
		quote int // bytes after the quoted header
		cfg   ip4.Config
		opts  []byte
	}{
		{"port", ip.PortUnreachable, 3, 100, 100, ip4.Config{}, nil},
		{"protocol", ip.ProtocolUnreachable, 2, 100, 100, ip4.Config{}, nil},
		{"prohibited", ip.AdminProhibited, 13, 100, 100, ip4.Config{}, nil},
		{"host", ip.HostUnreachable, 1, 100, 100, ip4.Config{}, nil},
		{"576 bytes", ip.PortUnreachable, 3, 1400, 528, ip4.Config{}, nil},
		{"576 bytes with options", ip.PortUnreachable, 3, 1400, 524, ip4.Config{}, []byte{148, 4, 0, 0}},
		{"as lwIP", ip.PortUnreachable, 3, 1400, 8, ip4.Upstream(), nil},
		{"shorter than 8", ip.PortUnreachable, 3, 5, 5, ip4.Upstream(), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			ifc := h.tunnel("10.0.0.1/24")
			h.tunnel("10.7.0.1/24")
			h.udp.input = func(buf *pbuf.Buf, info *ip.Info) {
				h.ip.Unreachable(buf, info, c.why)
				kept := *info
				h.ip.Unreachable(buf, &kept, c.why)
				if got := bytesOf(buf); !bytes.Equal(got, pattern(c.n)) {
					t.Error("the borrowed buffer changed")
				}
				buf.Free()
			}
			d := dgram{src: "10.0.0.2", dst: "10.7.0.1", proto: ip.UDP, payload: pattern(c.n), options: c.opts, id: 77}
			h.receive(ifc, d.bytes())
			sent := take(ifc)
			if len(sent) != 2 {
				t.Fatalf("%d errors sent, want 2: %+v", len(sent), h.ip.Stats().ICMP)
			}
			for i, f := range sent {
				l, m := decodeICMP(t, f)
				if m.TypeCode.Type() != 3 || m.TypeCode.Code() != c.code || !l.SrcIP.Equal(addr("10.7.0.1").AsSlice()) || !l.DstIP.Equal(addr("10.0.0.2").AsSlice()) {
					t.Errorf("sent %v from %v to %v", m.TypeCode, l.SrcIP, l.DstIP)
				}
				if i == 0 {
					if want := d.bytes()[:20+len(c.opts)+c.quote]; !bytes.Equal(m.Payload, want) {
						t.Errorf("quotes % x, want % x", m.Payload, want)
					}
					continue
				}
				q, ok := ip4.ParseHeader(m.Payload)
				if !ok || !q.ChecksumValid() || q.Src() != addr("10.0.0.2") || q.Dst() != addr("10.7.0.1") || q.Proto() != ip.UDP {
					t.Errorf("made-up quote % x", m.Payload)
				}
			}
			h.drained()
		})
	}
}

// RFC 1122 §3.2.2: what no error is sent about.
func TestErrorsSuppressed(t *testing.T) {
	for _, c := range []struct {
		name string
		d    dgram
		flag pbuf.Flags
		want int
	}{
		{"unknown protocol", dgram{dst: "10.0.0.1", proto: 99}, 0, 1},
		{"broadcast", dgram{dst: "10.0.0.255", proto: 99}, 0, 0},
		{"limited broadcast", dgram{dst: "255.255.255.255", proto: 99}, 0, 0},
		{"multicast", dgram{dst: "224.0.0.1", proto: 99}, 0, 0},
		{"link broadcast", dgram{dst: "10.0.0.1", proto: 99}, pbuf.LinkBroadcast, 0},
		{"link multicast", dgram{dst: "10.0.0.1", proto: 99}, pbuf.LinkMulticast, 0},
		{"from nobody", dgram{src: "0.0.0.0", dst: "255.255.255.255", proto: 99}, 0, 0},
		{"from class E", dgram{src: "250.0.0.1", dst: "10.0.0.1", proto: 99}, 0, 0},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.add(netif.Properties{}, "10.0.0.1/24", "10.0.0.2")
		h.arp.AddStatic(ifc, addr("10.0.0.2"), [6]byte{2, 9})
		if c.d.src == "" {
			c.d.src = "10.0.0.2"
		}
		c.d.payload = pattern(20)
		buf := h.buf(c.d.bytes())
		buf.Flags |= c.flag
		h.ip.Input(ifc, buf)
		h.turn()
		if n := len(take(ifc)); n != c.want {
			t.Errorf("%s: %d errors, want %d", c.name, n, c.want)
		}
		if s := h.ip.Stats(); s.UnknownProto != 1 || s.ICMP.Suppressed != uint64(1-c.want) {
			t.Errorf("%s: %+v", c.name, s)
		}
		h.drained()
	}
}

func TestErrorRateLimit(t *testing.T) {
	count := func(h *host, ifc *netif.Interface, src string) int {
		for range 100 {
			h.receive(ifc, dgram{src: src, dst: "10.0.0.1", proto: 99, payload: pattern(8)}.bytes())
		}
		return len(take(ifc))
	}
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	if n := count(h, ifc, "10.0.0.2"); n != 20 {
		t.Errorf("%d errors to one host at once, want 20", n)
	}
	if n := count(h, ifc, "10.0.0.3"); n != 20 {
		t.Errorf("%d errors to another, want 20", n)
	}
	h.advance(time.Second)
	if n := count(h, ifc, "10.0.0.2"); n != 10 {
		t.Errorf("%d errors a second later, want 10", n)
	}
	h.advance(10 * time.Second)
	total := 0
	for i := range byte(100) {
		total += count(h, ifc, addr("10.0.0.100").String()[:7]+string('1'+i%9)+string('0'+i%10))
	}
	if total > 100 || total < 25 {
		t.Errorf("%d errors to many hosts at once, want about 50", total)
	}
	if s := h.ip.Stats().ICMP; s.RateLimited == 0 {
		t.Error("nothing counted")
	}
	h = newHost(t, ip4.Upstream())
	if n := count(h, h.tunnel("10.0.0.1/24"), "10.0.0.2"); n != 100 {
		t.Errorf("%d errors without a limit, want 100", n)
	}
}

// RFC 1122 §3.2.2.1, RFC 1191: errors about packets of ours reach their
// transport, others are counted.
func TestErrorArrives(t *testing.T) {
	ours := dgram{src: "10.0.0.1", dst: "192.0.2.7", proto: ip.UDP, payload: pattern(1000), options: []byte{148, 4, 0, 0}}
	quote := func(change func(*dgram)) []byte {
		d := ours
		change(&d)
		return d.bytes()[:32]
	}
	good := quote(func(*dgram) {})
	for _, c := range []struct {
		name string
		dst  string
		msg  []byte
		want string
		kind ip.ErrorKind
		mtu  int
	}{
		{name: "net", msg: icmp(3, 0, 0, good), kind: ip.NetUnreachable},
		{name: "host", msg: icmp(3, 1, 0, good), kind: ip.HostDown},
		{name: "protocol", msg: icmp(3, 2, 0, good), kind: ip.ProtoUnreachable},
		{name: "port", msg: icmp(3, 3, 0, good), kind: ip.PortRefused},
		{name: "too big", msg: icmp(3, 4, 1000, good), kind: ip.PacketTooBig, mtu: 1000},
		{name: "too big, not said", msg: icmp(3, 4, 0, good), kind: ip.PacketTooBig},
		{name: "too big, tiny", msg: icmp(3, 4, 1, good), kind: ip.PacketTooBig, mtu: 68},
		{name: "too big, but it fits", msg: icmp(3, 4, 1024, good), want: "ICMP.BadQuote"},
		{name: "source route failed", msg: icmp(3, 5, 0, good), kind: ip.NetUnreachable},
		{name: "prohibited", msg: icmp(3, 13, 0, good), kind: ip.Prohibited},
		{name: "unknown code", msg: icmp(3, 99, 0, good), kind: ip.NetUnreachable},
		{name: "time exceeded", msg: icmp(11, 0, 0, good), kind: ip.TimeExceeded},
		{name: "parameter problem", msg: icmp(12, 0, 0, good), kind: ip.ParameterProblem},
		{name: "not from us", msg: icmp(3, 3, 0, quote(func(d *dgram) { d.src = "10.0.0.9" })), want: "ICMP.BadQuote"},
		{name: "from another of our addresses", dst: "10.5.0.1", msg: icmp(3, 3, 0, good), want: "ICMP.BadQuote"},
		{name: "later fragment", msg: icmp(3, 3, 0, quote(func(d *dgram) { d.frag = 4 })), want: "ICMP.BadQuote"},
		{name: "7 bytes", msg: icmp(3, 3, 0, good[:31]), want: "ICMP.BadQuote"},
		{name: "no quote", msg: icmp(3, 3, 0, nil), want: "ICMP.BadQuote"},
		{name: "version", msg: icmp(3, 3, 0, append([]byte{0x66}, good[1:]...)), want: "ICMP.BadQuote"},
		{name: "our ping", msg: icmp(3, 1, 0, quote(func(d *dgram) { d.proto = ip.ICMP })), want: "ICMP.NoTransport"},
		{name: "broadcast", dst: "10.0.0.255", msg: icmp(3, 3, 0, good), want: "ICMP.ErrorGroup"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, ip4.Config{})
			ifc := h.add(netif.Properties{}, "10.0.0.1/24", "10.0.0.254")
			h.tunnel("10.5.0.1/24")
			if c.dst == "" {
				c.dst = "10.0.0.1"
			}
			b := dgram{src: "10.0.0.254", dst: c.dst, proto: ip.ICMP, payload: c.msg}.bytes()
			for split := 0; split < len(b); split += 3 {
				h.udp.errs, h.udp.quotes = nil, nil
				before := h.ip.Stats()
				if split == 0 {
					h.ip.Input(ifc, h.buf(b))
				} else {
					h.ip.Input(ifc, h.buf(b, split))
				}
				h.turn()
				if c.want != "" {
					if got := changed(before, h.ip.Stats()); got[c.want] != 1 || len(h.udp.errs) != 0 {
						t.Fatalf("counted %v, want %s", got, c.want)
					}
					continue
				}
				want := ip.Error{
					Kind: c.kind, Ifc: ifc, Src: addr("10.0.0.1"), Dst: addr("192.0.2.7"), Proto: ip.UDP,
					Reporter: addr("10.0.0.254"), MTU: c.mtu, Type: c.msg[0], Code: c.msg[1],
				}
				if len(h.udp.errs) != 1 || h.udp.errs[0] != want {
					t.Fatalf("told %+v, want %+v", h.udp.errs, want)
				}
				if !bytes.Equal(h.udp.quotes[0], pattern(8)) {
					t.Fatalf("quote % x", h.udp.quotes[0])
				}
			}
			if n := len(take(ifc)); n != 0 {
				t.Errorf("%d frames sent about an error", n)
			}
			h.drained()
		})
	}
}
