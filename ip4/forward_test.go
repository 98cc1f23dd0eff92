package ip4_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// router is a host with two interfaces that forward, 10.0.0.1/24 and, with an
// MTU of 576, 10.1.0.1/24.
func router(t testing.TB, cfg ip4.Config) (h *host, in, out *netif.Interface) {
	h = newHost(t, cfg)
	in = h.tunnel("10.0.0.1/24")
	out = h.add(netif.Properties{Framing: netif.IP, MTU: 576}, "10.1.0.1/24", "")
	in.SetForwarding(true)
	out.SetForwarding(true)
	h.ifs.SetDefault(nil)
	return h, in, out
}

func TestForward(t *testing.T) {
	deny := func(_, _ *netif.Interface, buf *pbuf.Buf) bool { return buf.GetAt(20) != 0 }
	for _, c := range []struct {
		name   string
		d      dgram
		cfg    ip4.Config
		filter ip4.ForwardFilter
		flag   pbuf.Flags
		want   string
		icmp   int // type<<8|code of the answer, -1 for none
		mtu    uint16
	}{
		{name: "forwarded", d: dgram{dst: "10.1.0.9"}, want: "Forwarded", icmp: -1},
		{name: "with options", d: dgram{dst: "10.1.0.9", options: []byte{7, 7, 4, 0, 0, 0, 0, 0}}, want: "Forwarded", icmp: -1},
		{name: "source route", d: dgram{dst: "10.1.0.9", options: []byte{131, 3, 4, 0}}, want: "SourceRoute", icmp: -1},
		{name: "last hop", d: dgram{dst: "10.1.0.9", ttl: 1}, want: "ForwardTTL", icmp: 11 << 8},
		{name: "later fragment at the last hop", d: dgram{dst: "10.1.0.9", ttl: 1, frag: 4}, want: "ForwardTTL", icmp: -1},
		{name: "echo at the last hop", d: dgram{dst: "10.1.0.9", ttl: 1, proto: ip.ICMP, payload: icmp(8, 0, 1, nil)}, want: "ForwardTTL", icmp: 11 << 8},
		{name: "error at the last hop", d: dgram{dst: "10.1.0.9", ttl: 1, proto: ip.ICMP, payload: icmp(3, 3, 1, nil)}, want: "ForwardTTL", icmp: -1},
		{name: "too big", d: dgram{dst: "10.1.0.9", payload: pattern(557), frag: 0x4000}, want: "ForwardTooBig", icmp: 3<<8 | 4, mtu: 576},
		{name: "no route", d: dgram{dst: "192.0.2.1"}, want: "ForwardNoRoute", icmp: 3 << 8},
		{name: "interface does not forward", d: dgram{dst: "10.2.0.9"}, want: "ForwardNoRoute", icmp: 3 << 8},
		{name: "same interface", d: dgram{dst: "10.0.0.9"}, want: "ForwardSame", icmp: -1},
		{name: "same interface wanted", d: dgram{dst: "10.0.0.9"}, cfg: ip4.Config{ForwardSameInterface: true}, want: "Forwarded", icmp: -1},
		{name: "filtered", d: dgram{dst: "10.1.0.9"}, filter: deny, want: "ForwardFiltered", icmp: -1},
		{name: "link broadcast", d: dgram{dst: "10.1.0.9"}, flag: pbuf.LinkBroadcast, want: "ForwardScope", icmp: -1},
		{name: "from link-local", d: dgram{src: "169.254.1.1", dst: "10.1.0.9"}, want: "ForwardScope", icmp: -1},
		{name: "to link-local", d: dgram{dst: "169.254.1.1"}, want: "ForwardScope", icmp: -1},
		{name: "to class E", d: dgram{dst: "240.0.0.1"}, want: "ForwardScope", icmp: -1},
		{name: "from 0/8", d: dgram{src: "0.0.0.1", dst: "10.1.0.9"}, want: "ForwardScope", icmp: -1},
		{name: "from loopback", d: dgram{src: "127.0.0.1", dst: "10.1.0.9"}, want: "ForwardScope", icmp: -1},
		{name: "from ourselves", d: dgram{src: "10.1.0.1", dst: "10.1.0.9"}, want: "OwnSource", icmp: -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, shared := range []bool{false, true} {
				h, in, out := router(t, c.cfg)
				h.tunnel("10.2.0.1/24")
				h.ip.SetForwardFilter(c.filter)
				d := c.d
				if d.src == "" {
					d.src = "10.0.0.2"
				}
				if d.proto == 0 {
					d.proto = ip.UDP
				}
				if d.payload == nil {
					d.payload = append([]byte{0}, pattern(30)...)
				}
				b := d.bytes()
				buf := h.buf(b)
				buf.Flags |= c.flag
				var other *pbuf.Buf
				if shared {
					other = buf.Share()
				}
				before := h.ip.Stats()
				h.ip.Input(in, buf)
				h.turn()
				if shared {
					if !bytes.Equal(bytesOf(other), b) {
						t.Error("a shared block was written to")
					}
					other.Free()
				}
				if got := changed(before, h.ip.Stats()); got[c.want] != 1 {
					t.Errorf("counted %v, want %s", got, c.want)
				}
				back, on := take(in), take(out)
				if c.cfg.ForwardSameInterface {
					back, on = nil, back
				}
				if c.want == "Forwarded" {
					if len(on) != 1 {
						t.Fatalf("%d packets forwarded", len(on))
					}
					l := decode(t, on[0])
					want := bytes.Clone(b)
					want[8]--
					fix(want)
					if l.TTL != 63 || !bytes.Equal(on[0], want) {
						t.Errorf("forwarded\n% x, want\n% x", on[0], want)
					}
				} else if len(on) != 0 {
					t.Errorf("%d packets forwarded", len(on))
				}
				if c.icmp < 0 {
					if len(back) != 0 {
						t.Errorf("answered % x", back)
					}
				} else if len(back) != 1 {
					t.Errorf("%d answers", len(back))
				} else {
					l, m := decodeICMP(t, back[0])
					if int(m.TypeCode) != c.icmp || m.Seq != c.mtu || !l.SrcIP.Equal(addr("10.0.0.1").AsSlice()) {
						t.Errorf("answered %v, MTU %d, from %v", m.TypeCode, m.Seq, l.SrcIP)
					}
					if !bytes.HasPrefix(b, m.Payload) {
						t.Errorf("quotes % x", m.Payload)
					}
				}
				h.accounted()
				h.drained()
			}
		})
	}
}

// A forwarded packet is cut, and a fragment cut again, with the options that go
// into every piece.
func TestForwardFragments(t *testing.T) {
	h, in, out := router(t, ip4.Config{})
	payload := pattern(1400)
	record, security := []byte{7, 7, 4, 0, 0, 0, 0}, []byte{130, 3, 9}
	options := append(append(append([]byte{}, record...), security...), 1, 0)
	var frames [][]byte
	for _, cut := range [][2]int{{0, 1000}, {1000, 400}} {
		d := dgram{src: "10.0.0.2", dst: "10.1.0.9", proto: ip.UDP, id: 3, frag: uint16(cut[0] / 8), payload: payload[cut[0] : cut[0]+cut[1]], options: options}
		if cut[0]+cut[1] < len(payload) {
			d.frag |= 0x2000
		}
		h.receive(in, d.bytes())
	}
	frames = take(out)
	if len(frames) != 3 {
		t.Fatalf("%d pieces, want 3", len(frames))
	}
	peer := newHost(t, ip4.Config{})
	pin := peer.tunnel("10.1.0.9/24")
	for i, f := range frames {
		l := decode(t, f)
		want := 0
		if len(f) > 576 {
			t.Errorf("piece %d has %d bytes", i, len(f))
		}
		switch i {
		case 0, 2: // the first of a cut keeps what its fragment had
			want = 12
		case 1:
			want = 4
		}
		if int(l.IHL)*4-20 != want {
			t.Errorf("piece %d has %d bytes of options, want %d", i, int(l.IHL)*4-20, want)
		}
		if (l.Flags&layers.IPv4MoreFragments != 0) != (i < 2) || l.Id != 3 || l.TTL != 63 {
			t.Errorf("piece %d: %+v", i, l)
		}
		peer.receive(pin, f)
	}
	if len(peer.udp.got) != 1 || !bytes.Equal(peer.udp.got[0].bytes, payload) {
		t.Errorf("%d datagrams arrive: %+v", len(peer.udp.got), peer.ip.Stats())
	}
	h.drained()
	peer.drained()
}

// The weak host's packets for a subnet's broadcast address stay where they are.
func TestForwardDirectedBroadcast(t *testing.T) {
	h := newHost(t, ip4.Config{})
	in := h.tunnel("10.0.0.1/24")
	out := h.add(netif.Properties{}, "10.1.0.1/24", "")
	in.SetForwarding(true)
	out.SetForwarding(true)
	h.receive(in, dgram{src: "10.0.0.2", dst: "10.1.0.255", proto: ip.UDP, payload: pattern(8)}.bytes())
	if s := h.ip.Stats(); s.ForwardScope != 1 || len(take(out)) != 0 {
		t.Errorf("%+v", s)
	}
	h.drained()
}

// RFC 1812 §5.2.7.1: the sender of a packet whose next hop does not answer is
// told.
func TestForwardUnresolved(t *testing.T) {
	h := newHost(t, ip4.Config{})
	in := h.tunnel("10.0.0.1/24")
	out := h.add(netif.Properties{}, "10.1.0.1/24", "")
	in.SetForwarding(true)
	out.SetForwarding(true)
	d := dgram{src: "10.0.0.2", dst: "10.1.0.9", proto: ip.UDP, payload: pattern(30)}
	h.receive(in, d.bytes())
	h.advance(6 * time.Second)
	sent := take(in)
	if len(sent) != 1 {
		t.Fatalf("%d answers", len(sent))
	}
	if _, m := decodeICMP(t, sent[0]); m.TypeCode.Type() != 3 || m.TypeCode.Code() != 1 || !bytes.HasSuffix(m.Payload, d.payload) {
		t.Errorf("answered %v", m.TypeCode)
	}
	h.drained()
}

// The checksum of a forwarded packet stays right for every TTL and sum.
func TestForwardChecksum(t *testing.T) {
	h, in, out := router(t, ip4.Config{})
	for ttl := 2; ttl < 256; ttl++ {
		for _, id := range []uint16{0, 1, 0x5555, 0xfffe, 0xffff, uint16(ttl) << 8} {
			b := dgram{src: "10.0.0.2", dst: "10.1.0.9", proto: ip.UDP, payload: pattern(8), ttl: uint8(ttl), id: id}.bytes()
			h.ip.Input(in, h.buf(b))
			h.turn()
			f := take(out)[0]
			if decode(t, f); f[8] != b[8]-1 || binary.BigEndian.Uint16(f[4:]) != id {
				t.Fatalf("forwarded % x", f)
			}
		}
	}
	h.drained()
}
