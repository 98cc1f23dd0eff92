package ip4_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

func TestInputDelivers(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	other := h.tunnel("10.1.0.1/24")
	d := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(33), ttl: 7, tos: 0x2d}
	h.receive(ifc, d.bytes())
	d.dst = "10.1.0.1" // the weak host model
	h.receive(ifc, append(d.bytes(), 0, 0, 0))
	if len(h.udp.got) != 2 {
		t.Fatalf("%d packets delivered, want 2", len(h.udp.got))
	}
	want := ip.Info{Ifc: ifc, Src: addr("10.0.0.2"), Dst: addr("10.0.0.1"), Proto: ip.UDP, TTL: 7, TOS: 0x2d, HeaderLen: 20}
	if got := h.udp.got[0]; got.info != want || !bytes.Equal(got.bytes, d.payload) {
		t.Errorf("got %+v", got)
	}
	if got := h.udp.got[1]; !bytes.Equal(got.bytes, d.payload) {
		t.Errorf("link padding was not cut: % x", got.bytes)
	}
	if s := h.ip.Stats(); s.Trimmed != 1 || s.Delivered != 2 {
		t.Errorf("Trimmed %d, Delivered %d", s.Trimmed, s.Delivered)
	}
	if h.ip.Owner(addr("10.1.0.1")) != other || h.ip.Owner(addr("10.1.0.2")) != nil || h.ip.Owner(addr("::1")) != nil {
		t.Error("Owner")
	}
	h.accounted()
	h.drained()
}

// Each row is a packet that comes in by 10.0.0.1/24 and the counter it ends in.
func TestInputRejects(t *testing.T) {
	good := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(16)}
	with := func(change func(*dgram)) []byte {
		d := good
		change(&d)
		return d.bytes()
	}
	raw := func(change func([]byte)) []byte {
		b := good.bytes()
		change(b)
		fix(b)
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
		cfg  ip4.Config
	}{
		{name: "accepted", b: good.bytes(), want: "Delivered"},
		{name: "version 5", b: raw(func(b []byte) { b[0] = 0x55 }), want: "BadVersion"},
		{name: "total below header", b: raw(func(b []byte) { b[3] = 19 }), want: "BadLength"},
		{name: "total beyond frame", b: raw(func(b []byte) { b[3] = 37 }), want: "Truncated"},
		{name: "checksum", b: func() []byte { b := good.bytes(); b[11]++; return b }(), want: "BadChecksum"},
		{name: "source broadcast", b: with(func(d *dgram) { d.src = "255.255.255.255" }), want: "BadSource"},
		{name: "source subnet broadcast", b: with(func(d *dgram) { d.src = "10.0.0.255" }), want: "BadSource"},
		{name: "source multicast", b: with(func(d *dgram) { d.src = "224.0.0.5" }), want: "BadSource"},
		{name: "source loopback", b: with(func(d *dgram) { d.src = "127.0.0.1" }), want: "BadSource"},
		{name: "source 0.0.0.0 to unicast", b: with(func(d *dgram) { d.src = "0.0.0.0" }), want: "BadSource"},
		{name: "source 0.0.0.9 to broadcast", b: with(func(d *dgram) { d.src, d.dst = "0.0.0.9", "255.255.255.255" }), want: "BadSource"},
		{name: "source 0.0.0.0 to broadcast", b: with(func(d *dgram) { d.src, d.dst = "0.0.0.0", "255.255.255.255" }), want: "Delivered"},
		{name: "land", b: with(func(d *dgram) { d.src = "10.0.0.1" }), want: "OwnSource"},
		{name: "land as lwIP", b: with(func(d *dgram) { d.src = "10.0.0.1" }), want: "Delivered", cfg: ip4.Upstream()},
		{name: "to loopback", b: with(func(d *dgram) { d.dst = "127.0.0.1" }), want: "BadDest"},
		{name: "to another host", b: with(func(d *dgram) { d.dst = "10.0.0.3" }), want: "NotForUs"},
		{name: "to another subnet's broadcast", b: with(func(d *dgram) { d.dst = "10.1.0.255" }), want: "NotForUs"},
		{name: "to a group not joined", b: with(func(d *dgram) { d.dst = "224.0.0.9" }), want: "NotMember"},
		{name: "to a group joined", b: with(func(d *dgram) { d.dst = "224.0.0.251" }), want: "Delivered"},
		{name: "to all systems", b: with(func(d *dgram) { d.dst = "224.0.0.1" }), want: "Delivered"},
		{name: "unknown protocol", b: with(func(d *dgram) { d.proto = 99 }), want: "UnknownProto"},
		{name: "options ignored", b: with(func(d *dgram) { d.options = []byte{148, 4, 0, 0} }), want: "Delivered"},
		{name: "options refused", b: with(func(d *dgram) { d.options = []byte{148, 4, 0, 0} }), want: "BadOptions", cfg: ip4.Config{RejectOptions: true}},
		{name: "option length 1", b: with(func(d *dgram) { d.options = []byte{7, 1, 0, 0} }), want: "BadOptions"},
		{name: "source route", b: with(func(d *dgram) { d.options = []byte{131, 3, 4, 0} }), want: "SourceRoute"},
		{name: "source route as lwIP", b: with(func(d *dgram) { d.options = []byte{131, 3, 4, 0} }), want: "Delivered", cfg: ip4.Upstream()},
		{name: "fragment without reassembly", b: with(func(d *dgram) { d.frag = 0x2000 }), want: "FragmentDisabled", cfg: ip4.ESPIDF()},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			ifc := h.tunnel("10.0.0.1/24")
			h.tunnel("10.1.0.1/24")
			h.ip.SetGroups(groups{addr("224.0.0.251"): true})
			before := h.ip.Stats()
			h.ip.Input(ifc, h.buf(c.b))
			h.turn()
			if got := changed(before, h.ip.Stats()); got[c.want] != 1 {
				t.Errorf("counted %v, want %s", got, c.want)
			}
			h.accounted()
			h.drained()
		})
	}
}

// A header length below 20 or beyond the packet.
func TestInputHeaderLen(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	for _, ihl := range []byte{0, 1, 4, 10, 15} {
		b := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(16)}.bytes()
		b[0] = 0x40 | ihl
		h.receive(ifc, b)
	}
	if s := h.ip.Stats(); s.BadHeaderLen != 5 {
		t.Errorf("BadHeaderLen %d, want 5: %+v", s.BadHeaderLen, s)
	}
	h.drained()
}

// Every truncation and every single-byte corruption of valid packets ends in a
// counter or in a valid result.
func TestInputCorruption(t *testing.T) {
	quote := dgram{src: "10.0.0.1", dst: "10.0.0.2", proto: ip.UDP, payload: pattern(12)}.bytes()
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{"udp", dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(16)}.bytes()},
		{"options", dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(9), options: []byte{7, 7, 4, 0, 0, 0, 0, 1}}.bytes()},
		{"fragment", dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(16), frag: 0x2001}.bytes()},
		{"echo", dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: icmp(8, 0, 7, pattern(9))}.bytes()},
		{"error", dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: icmp(3, 3, 0, quote)}.bytes()},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, ip4.Config{})
			ifc := h.tunnel("10.0.0.1/24")
			for n := range c.b {
				before := h.ip.Stats()
				h.ip.Input(ifc, h.buf(c.b[:n]))
				h.turn()
				got := changed(before, h.ip.Stats())
				if got["TooShort"]+got["BadHeaderLen"]+got["Truncated"] != 1 {
					t.Errorf("%d bytes: counted %v", n, got)
				}
			}
			for at := range c.b {
				for _, summed := range []bool{false, true} {
					for v := range 256 {
						if byte(v) == c.b[at] {
							continue
						}
						b := bytes.Clone(c.b)
						b[at] = byte(v)
						if summed && int(b[0]&15)*4 <= len(b) && b[0]&15 >= 5 {
							fix(b)
						}
						before := h.ip.Stats()
						h.ip.Input(ifc, h.buf(b))
						h.turn()
						got := changed(before, h.ip.Stats())
						if !summed && at < 20 && got["BadChecksum"]+got["BadVersion"]+got["BadHeaderLen"]+got["BadLength"]+got["Truncated"] != 1 {
							t.Fatalf("byte %d = %#x: counted %v", at, v, got)
						}
					}
				}
			}
			h.accounted()
			h.advance(31e9)
			h.drained()
		})
	}
}

// A packet split anywhere is one packet.
func TestInputSplit(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	d := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(16), options: []byte{148, 4, 0, 0}}
	b := append(d.bytes(), 9, 9)
	for i := 1; i < len(b); i++ {
		h.ip.Input(ifc, h.buf(b, i))
		if n := len(h.udp.got); n != i || !bytes.Equal(h.udp.got[i-1].bytes, d.payload) {
			t.Fatalf("split at %d: %d packets", i, n)
		}
	}
	h.drained()
}

func TestInputLinkFlags(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	b := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.UDP, payload: pattern(8)}.bytes()
	for _, f := range []pbuf.Flags{pbuf.LinkBroadcast, pbuf.LinkMulticast} {
		buf := h.buf(b)
		buf.Flags |= f
		h.ip.Input(ifc, buf)
	}
	if got := h.udp.got; !got[0].info.Broadcast || got[0].info.Multicast || got[1].info.Broadcast || !got[1].info.Multicast {
		t.Errorf("got %+v", got)
	}
}

// RFC 3021, RFC 919: which destinations are broadcasts, on an Ethernet.
func TestInputBroadcast(t *testing.T) {
	for _, c := range []struct {
		prefix, dst string
		broadcast   bool
		want        string
	}{
		{"10.0.0.1/24", "10.0.0.255", true, "Delivered"},
		{"10.0.0.1/24", "255.255.255.255", true, "Delivered"},
		{"10.0.0.0/31", "10.0.0.1", false, "NotForUs"},
		{"10.0.0.1/32", "10.0.0.255", false, "NotForUs"},
		{"10.0.0.0/31", "255.255.255.255", true, "Delivered"},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.add(netif.Properties{}, c.prefix, "")
		before := h.ip.Stats()
		h.ip.Input(ifc, h.buf(dgram{src: "10.0.0.2", dst: c.dst, proto: ip.UDP, payload: pattern(8)}.bytes()))
		if got := changed(before, h.ip.Stats()); got[c.want] != 1 {
			t.Errorf("%s on %s: counted %v, want %s", c.dst, c.prefix, got, c.want)
		} else if c.broadcast && !h.udp.got[0].info.Broadcast {
			t.Errorf("%s on %s is not told as broadcast", c.dst, c.prefix)
		}
	}
}

// RFC 2131 §4.1: before an interface has an address, what a DHCP server offers
// is sent to it already.
func TestInputDHCP(t *testing.T) {
	ports := func(src, dst uint16) []byte {
		b := pattern(12)
		binary.BigEndian.PutUint16(b, src)
		binary.BigEndian.PutUint16(b[2:], dst)
		return b
	}
	for _, c := range []struct {
		name, prefix string
		payload      []byte
		proto        ip.Proto
		want         string
	}{
		{"no address", "", ports(67, 68), ip.UDP, "Delivered"},
		{"link-local address", "169.254.3.3/16", ports(67, 68), ip.UDP, "Delivered"},
		{"address", "10.0.0.1/24", ports(67, 68), ip.UDP, "NotForUs"},
		{"other port", "", ports(67, 69), ip.UDP, "NotForUs"},
		{"tcp", "", ports(67, 68), ip.TCP, "NotForUs"},
		{"cut off", "", []byte{0, 67, 0}, ip.UDP, "NotForUs"},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.add(netif.Properties{}, c.prefix, "")
		before := h.ip.Stats()
		h.ip.Input(ifc, h.buf(dgram{src: "10.0.0.2", dst: "10.0.0.77", proto: c.proto, payload: c.payload}.bytes()))
		if got := changed(before, h.ip.Stats()); got[c.want] != 1 {
			t.Errorf("%s: counted %v, want %s", c.name, got, c.want)
		}
		h.drained()
	}
}

type eater struct {
	eat   bool
	saw   int
	t     *testing.T
	whole []byte
}

func (e *eater) InputRaw(buf *pbuf.Buf, info *ip.Info) bool {
	e.saw++
	buf.AddHeaderForce(info.HeaderLen)
	if !bytes.Equal(bytesOf(buf), e.whole) {
		e.t.Errorf("raw saw % x, want % x", bytesOf(buf), e.whole)
	}
	buf.RemoveHeader(info.HeaderLen)
	if e.eat {
		buf.Free()
	}
	return e.eat
}

func TestRaw(t *testing.T) {
	b := dgram{src: "10.0.0.2", dst: "10.0.0.1", proto: ip.ICMP, payload: icmp(8, 0, 7, nil)}.bytes()
	for _, eat := range []bool{false, true} {
		h := newHost(t, ip4.Config{})
		ifc := h.tunnel("10.0.0.1/24")
		e := &eater{eat: eat, t: t, whole: b}
		h.ip.HandleRaw(e)
		h.receive(ifc, b)
		if e.saw != 1 || (len(take(ifc)) == 0) != eat {
			t.Errorf("eat %v: saw %d, %+v", eat, e.saw, h.ip.Stats())
		}
		h.accounted()
		h.drained()
	}
}
