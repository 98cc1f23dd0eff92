package ip4_test

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"

	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

func TestOutputHeader(t *testing.T) {
	for _, c := range []struct {
		name  string
		h     ip.Header
		ttl   uint8
		flags layers.IPv4Flag
		opts  int
	}{
		{"defaults", ip.Header{}, 64, 0, 0},
		{"given", ip.Header{TTL: 3, TOS: 0xb8, Flags: ip.DontFragment}, 3, layers.IPv4DontFragment, 0},
		{"multicast", ip.Header{Dst: addr("224.0.0.22"), Flags: ip.RouterAlert}, 1, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, ip4.Config{})
			ifc := h.tunnel("10.0.0.1/24")
			if !c.h.Dst.IsValid() {
				c.h.Dst = addr("10.0.0.2")
			}
			c.h.Proto = ip.UDP
			for n := range 40 {
				if err := h.output(pattern(n), c.h); err != nil {
					t.Fatal(err)
				}
			}
			for n, f := range take(ifc) {
				l := decode(t, f)
				if l.TTL != c.ttl || l.TOS != c.h.TOS || l.Flags != c.flags || l.Protocol != layers.IPProtocolUDP ||
					len(l.Options) != c.opts || !l.SrcIP.Equal(addr("10.0.0.1").AsSlice()) || !l.DstIP.Equal(c.h.Dst.AsSlice()) {
					t.Fatalf("sent %+v", l)
				}
				if c.opts == 1 && (l.Options[0].OptionType != 148 || !bytes.Equal(l.Options[0].OptionData, []byte{0, 0})) {
					t.Fatalf("options %v", l.Options)
				}
				if !bytes.Equal(l.Payload, pattern(n)) {
					t.Fatalf("payload % x", l.Payload)
				}
			}
			h.drained()
		})
	}
}

// RFC 6864 §4: a flow's IDs do not repeat early, do not tell of other flows, and
// are not the same for another stack.
func TestIdentification(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	seen := map[uint16]bool{}
	var first [2]uint16
	for i := range 2000 {
		h.output(pattern(4), ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP})
		id := decode(t, take(ifc)[0]).Id
		if seen[id] {
			t.Fatalf("ID %d again after %d packets", id, i)
		}
		seen[id] = true
		if i == 0 {
			first[0] = id
		}
	}
	h.output(pattern(4), ip.Header{Dst: addr("10.0.0.3"), Proto: ip.UDP})
	first[1] = decode(t, take(ifc)[0]).Id
	if d := first[1] - first[0]; d < 4 || d > 65532 {
		t.Errorf("two flows begin at %d and %d", first[0], first[1])
	}
	h.output(pattern(4), ip.Header{Dst: addr("10.0.0.2"), Proto: ip.TCP, Flags: ip.DontFragment})
	if id := decode(t, take(ifc)[0]).Id; id != 0 {
		t.Errorf("atomic packet with ID %d", id)
	}

	h = newHost(t, ip4.Upstream())
	ifc = h.tunnel("10.0.0.1/24")
	for want := range uint16(3) {
		h.output(nil, ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP, Flags: ip.HeaderFlags(want % 2)})
		if l := decode(t, take(ifc)[0]); l.Id != want || l.TTL != 255 {
			t.Errorf("lwIP's counter: ID %d, want %d; TTL %d", l.Id, want, l.TTL)
		}
	}
}

func TestOutputErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		h    ip.Header
		want error
		stat string
	}{
		{"family", 4, ip.Header{Dst: addr("::1")}, ip.ErrFamily, "NoRoute"},
		{"no destination", 4, ip.Header{}, ip.ErrFamily, "NoRoute"},
		{"unspecified destination", 4, ip.Header{Dst: addr("0.0.0.0")}, ip.ErrNoRoute, "NoRoute"},
		{"no route", 4, ip.Header{Dst: addr("192.0.2.1")}, ip.ErrNoRoute, "NoRoute"},
		{"too big to cut", 1481, ip.Header{Dst: addr("10.0.0.2"), Flags: ip.DontFragment}, ip.ErrTooBig, "TooBig"},
		{"too big for IP", 65516, ip.Header{Dst: addr("10.0.0.2")}, ip.ErrTooBig, "TooBig"},
		{"loopback source", 4, ip.Header{Dst: addr("10.0.0.2"), Src: addr("127.0.0.1")}, ip.ErrNoSource, "NoSource"},
		{"loopback without one", 4, ip.Header{Dst: addr("127.0.0.1")}, ip.ErrNoRoute, "NoRoute"},
	} {
		h := newHost(t, ip4.Config{})
		h.add(netif.Properties{}, "10.0.0.1/24", "")
		before := h.ip.Stats()
		if err := h.output(pattern(c.n), c.h); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
		if got := changed(before, h.ip.Stats()); got[c.stat] != 1 || len(got) != 1 {
			t.Errorf("%s: counted %v, want %s", c.name, got, c.stat)
		}
		h.drained()
	}
}

// With no loopback interface packets to ourselves come back on the interface
// that has the address; with one, by that.
func TestOutputToOurselves(t *testing.T) {
	for _, withLo := range []bool{false, true} {
		h := newHost(t, ip4.Config{})
		ifc := h.tunnel("10.0.0.1/24")
		want := ifc
		dsts := []string{"10.0.0.1"}
		if withLo {
			want = h.loopback()
			dsts = append(dsts, "127.0.0.1", "127.9.9.9")
		}
		for _, dst := range dsts {
			payload := pattern(3000) // no MTU applies
			if err := h.output(payload, ip.Header{Dst: addr(dst), Proto: ip.UDP}); err != nil {
				t.Fatal(err)
			}
			if len(h.udp.got) != 1 {
				t.Fatalf("%s: %d packets came back, %+v", dst, len(h.udp.got), h.ip.Stats())
			}
			got := h.udp.got[0]
			if got.info.Ifc != want || got.info.Dst != addr(dst) || !bytes.Equal(got.bytes, payload) {
				t.Errorf("%s: got %+v", dst, got.info)
			}
			if n := len(take(ifc)); n != 0 {
				t.Errorf("%s: %d frames left the host", dst, n)
			}
			h.udp.got = nil
		}
		h.drained()
	}
}

func TestLoopQueueIsBounded(t *testing.T) {
	h := newHost(t, ip4.Config{LoopQueue: 2})
	ifc := h.tunnel("10.0.0.1/24")
	var errs int
	for range 5 {
		b := h.pool.Alloc(pbuf.IP, 8, pbuf.RAM)
		if h.ip.Output(b, ip.Header{Dst: addr("10.0.0.1"), Proto: ip.UDP}) != nil {
			errs++
		}
	}
	if s := h.ip.Stats(); errs != 3 || s.LoopQueueFull != 3 {
		t.Errorf("%d refused, LoopQueueFull %d, want 3", errs, s.LoopQueueFull)
	}
	h.ifs.Remove(ifc)
	h.turn()
	if len(h.udp.got) != 0 {
		t.Error("delivered on an interface that is gone")
	}
	h.drained()
}

func TestMulticastLoop(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.add(netif.Properties{}, "10.0.0.1/24", "")
	h.ip.SetGroups(groups{addr("224.0.0.251"): true})
	for _, c := range []struct {
		dst   string
		flags ip.HeaderFlags
		want  int
	}{{"224.0.0.251", ip.MulticastLoop, 1}, {"224.0.0.251", 0, 0}, {"224.0.0.9", ip.MulticastLoop, 0}} {
		h.udp.got = nil
		if err := h.output(pattern(30), ip.Header{Dst: addr(c.dst), Proto: ip.UDP, Flags: c.flags}); err != nil {
			t.Fatal(err)
		}
		if len(h.udp.got) != c.want {
			t.Errorf("%s, flags %d: %d copies, want %d", c.dst, c.flags, len(h.udp.got), c.want)
		}
		if c.want == 1 {
			got := h.udp.got[0]
			if got.info.Ifc != ifc || !got.info.Multicast || got.info.Src != addr("10.0.0.1") || !bytes.Equal(got.bytes, pattern(30)) {
				t.Errorf("copy %+v", got)
			}
		}
		if sent := take(ifc); len(sent) != 1 || !bytes.Equal(sent[0][34:], pattern(30)) {
			t.Errorf("%d frames sent", len(sent))
		}
	}
	h.drained()
}

// A block that somebody else looks at gets no header.
func TestOutputShared(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	buf := h.pool.Alloc(pbuf.IP, 10, pbuf.RAM)
	copy(buf.Bytes(), pattern(10))
	room := buf.AddHeader(20)
	for i := range room {
		room[i] = 0xee
	}
	buf.RemoveHeader(20)
	buf.SegmentSize = 9
	other := buf.Share()
	h.ip.Output(buf, ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP})
	h.turn()
	for _, c := range other.AddHeaderForce(20) {
		if c != 0xee {
			t.Fatal("the shared block was written to")
		}
	}
	other.Free()
	if l := decode(t, take(ifc)[0]); !bytes.Equal(l.Payload, pattern(10)) {
		t.Errorf("payload % x", l.Payload)
	}
	h.drained()
}

// A large segment goes whole to a driver that splits, and in pieces to others.
func TestOutputLargeSegment(t *testing.T) {
	for _, c := range []struct {
		name  string
		props netif.Properties
		want  int
	}{
		{"driver splits", netif.Properties{Framing: netif.IP, MaxSegment: 65000}, 1},
		{"driver cannot", netif.Properties{Framing: netif.IP}, 5},
		{"pieces too long", netif.Properties{Framing: netif.IP, MaxSegment: 65000, MTU: 1499}, 0},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.add(c.props, "10.0.0.1/24", "")
		buf := h.pool.Alloc(pbuf.IP, 6000, pbuf.RAM)
		buf.PutAt(12, 5<<4)
		buf.SegmentSize = 1460
		err := h.ip.Output(buf, ip.Header{Dst: addr("10.0.0.2"), Proto: ip.TCP, Flags: ip.DontFragment})
		h.turn()
		if n := len(take(ifc)); n != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d frames, error %v", c.name, n, err)
		}
		h.drained()
	}
}

// RFC 3927 §2.6.2, §2.7 and the next hop on an Ethernet.
func TestNextHop(t *testing.T) {
	for _, c := range []struct {
		dst, src, gw, want string
	}{
		{"10.0.0.9", "", "10.0.0.254", "10.0.0.9"},
		{"192.0.2.1", "", "10.0.0.254", "10.0.0.254"},
		{"169.254.8.8", "", "10.0.0.254", "169.254.8.8"},
		{"192.0.2.1", "169.254.1.1", "10.0.0.254", "192.0.2.1"},
	} {
		h := newHost(t, ip4.Config{})
		ifc := h.add(netif.Properties{}, "10.0.0.1/24", c.gw)
		hdr := ip.Header{Dst: addr(c.dst), Proto: ip.UDP}
		if c.src != "" {
			hdr.Src = addr(c.src)
		}
		h.output(pattern(4), hdr)
		list := h.arp.Entries()
		if len(list) != 1 || list[0].Addr != addr(c.want) {
			t.Errorf("to %s: asked for %v, want %s", c.dst, list, c.want)
		}
		h.ifs.Remove(ifc)
		h.drained()
	}
}

// An unanswered next hop is told to the transport.
func TestUnresolvedTellsTransport(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.add(netif.Properties{}, "10.0.0.1/24", "")
	h.output(pattern(12), ip.Header{Dst: addr("10.0.0.9"), Proto: ip.UDP, Src: addr("10.0.0.1")})
	h.advance(6e9)
	want := ip.Error{
		Kind: ip.HostDown, Ifc: ifc, Src: addr("10.0.0.1"), Dst: addr("10.0.0.9"), Proto: ip.UDP,
		Reporter: addr("10.0.0.1"), Type: 3, Code: 1,
	}
	if len(h.udp.errs) != 1 || h.udp.errs[0] != want || !bytes.Equal(h.udp.quotes[0], pattern(12)) {
		t.Errorf("told %+v, want %+v", h.udp.errs, want)
	}
	h.drained()
}

func TestRoute(t *testing.T) {
	h := newHost(t, ip4.Config{})
	lo := h.loopback()
	a := h.add(netif.Properties{}, "10.0.0.1/24", "10.0.0.254")
	b := h.add(netif.Properties{MTU: 1400}, "10.1.0.1/16", "10.1.0.254")
	c := h.tunnel("10.1.2.1/24")
	bare := h.add(netif.Properties{}, "", "")
	if err := h.ip.AddRoute(ip4.StaticRoute{Prefix: netip.MustParsePrefix("172.16.0.0/12"), Gateway: addr("10.1.0.9")}); err != nil {
		t.Fatal(err)
	}
	none := netip.Addr{}
	for _, r := range []struct {
		name    string
		dst     string
		src     netip.Addr
		ifc     *netif.Interface
		want    *netif.Interface
		wantSrc string
		wantErr error
		wantMTU int
	}{
		{name: "on a subnet", dst: "10.0.0.5", want: a, wantSrc: "10.0.0.1", wantMTU: 1500},
		{name: "longest prefix", dst: "10.1.2.9", want: c, wantSrc: "10.1.2.1", wantMTU: 1500},
		{name: "shorter prefix", dst: "10.1.3.9", want: b, wantSrc: "10.1.0.1", wantMTU: 1400},
		{name: "default", dst: "192.0.2.1", want: a, wantSrc: "10.0.0.1", wantMTU: 1500},
		{name: "static", dst: "172.16.5.5", want: b, wantSrc: "10.1.0.1", wantMTU: 1400},
		{name: "by source", dst: "192.0.2.1", src: addr("10.1.0.1"), want: b, wantSrc: "10.1.0.1", wantMTU: 1400},
		{name: "subnet before source", dst: "10.0.0.5", src: addr("10.1.0.1"), want: a, wantSrc: "10.1.0.1", wantMTU: 1500},
		{name: "bound", dst: "192.0.2.1", ifc: b, want: b, wantSrc: "10.1.0.1", wantMTU: 1400},
		{name: "ourselves", dst: "10.0.0.1", want: lo, wantSrc: "10.0.0.1", wantMTU: 65535},
		{name: "ourselves, bound", dst: "10.0.0.1", ifc: b, want: lo, wantSrc: "10.0.0.1", wantMTU: 65535},
		{name: "loopback", dst: "127.0.0.1", want: lo, wantSrc: "127.0.0.1", wantMTU: 65535},
		{name: "multicast", dst: "224.0.0.251", want: a, wantSrc: "10.0.0.1", wantMTU: 1500},
		{name: "multicast by source", dst: "224.0.0.251", src: addr("10.1.0.1"), want: b, wantSrc: "10.1.0.1", wantMTU: 1400},
		{name: "broadcast without address", dst: "255.255.255.255", ifc: bare, want: bare, wantSrc: "0.0.0.0", wantMTU: 1500},
		{name: "unicast without address", dst: "10.0.0.5", ifc: bare, wantErr: ip.ErrNoRoute},
		{name: "foreign source", dst: "10.0.0.5", src: addr("10.0.0.9"), wantErr: ip.ErrNoSource},
		{name: "unspecified", dst: "0.0.0.0", wantErr: ip.ErrNoRoute},
		{name: "family", dst: "::1", wantErr: ip.ErrFamily},
	} {
		for range 2 { // decided, then from the cache
			got, err := h.ip.Route(addr(r.dst), r.src, r.ifc)
			if r.wantErr != nil {
				if !errors.Is(err, r.wantErr) {
					t.Errorf("%s: error %v, want %v", r.name, err, r.wantErr)
				}
				continue
			}
			if want := (ip.Route{Ifc: r.want, Src: addr(r.wantSrc), MTU: r.wantMTU}); err != nil || got != want {
				t.Errorf("%s: %+v %v, want %+v", r.name, got, err, want)
			}
		}
	}
	// What was decided holds no longer than the state it was decided from.
	expect := func(dst string, want *netif.Interface) {
		t.Helper()
		got, err := h.ip.Route(addr(dst), none, nil)
		if want == nil && err == nil || want != nil && got.Ifc != want {
			t.Errorf("to %s: %v, %v", dst, got.Ifc, err)
		}
	}
	h.ip.SetMulticastInterface(c)
	expect("224.0.0.251", c)
	c.SetLink(false)
	expect("224.0.0.251", a)
	expect("10.1.2.9", b)
	h.ifs.SetDefault(b)
	expect("192.0.2.1", b)
	b.SetUp(false)
	expect("192.0.2.1", a)
	expect("172.16.5.5", a)
	b.SetUp(true)
	expect("172.16.5.5", b)
	h.ifs.Remove(b)
	expect("172.16.5.5", a)
	if n := len(h.ip.Routes()); n != 0 {
		t.Errorf("%d routes through an interface that is gone", n)
	}
	a.SetAddr4(netip.Prefix{}, none)
	expect("192.0.2.1", nil)
}

// Of two interfaces on one subnet the source's is used; a subnet comes before a
// static route of the same length.
func TestRouteTies(t *testing.T) {
	h := newHost(t, ip4.Config{})
	a := h.add(netif.Properties{}, "10.0.0.1/24", "")
	b := h.add(netif.Properties{}, "10.0.0.2/24", "")
	c := h.add(netif.Properties{}, "10.1.0.1/24", "")
	if err := h.ip.AddRoute(ip4.StaticRoute{Prefix: netip.MustParsePrefix("10.0.0.0/24"), Ifc: c}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		src  netip.Addr
		want *netif.Interface
	}{{netip.Addr{}, a}, {addr("10.0.0.1"), a}, {addr("10.0.0.2"), b}, {addr("10.1.0.1"), a}} {
		if got, err := h.ip.Route(addr("10.0.0.9"), r.src, nil); err != nil || got.Ifc != r.want {
			t.Errorf("from %v: %v, %v", r.src, got.Ifc, err)
		}
	}
}

func TestStaticRoutes(t *testing.T) {
	h := newHost(t, ip4.Config{Routes: 2})
	a := h.add(netif.Properties{}, "10.0.0.1/24", "")
	wide := ip4.StaticRoute{Prefix: netip.MustParsePrefix("172.16.0.0/12"), Gateway: addr("10.0.0.8"), Ifc: a}
	long := ip4.StaticRoute{Prefix: netip.MustParsePrefix("172.16.1.0/24"), Ifc: a}
	for _, bad := range []ip4.StaticRoute{
		{},
		{Prefix: netip.MustParsePrefix("fe80::/10"), Ifc: a},
		{Prefix: wide.Prefix},
		{Prefix: wide.Prefix, Gateway: addr("192.0.2.1")},
		{Prefix: wide.Prefix, Gateway: addr("::1"), Ifc: a},
	} {
		if err := h.ip.AddRoute(bad); !errors.Is(err, ip4.ErrBadRoute) {
			t.Errorf("%+v: error %v", bad, err)
		}
	}
	if h.ip.AddRoute(wide) != nil || h.ip.AddRoute(long) != nil {
		t.Fatal("refused")
	}
	if err := h.ip.AddRoute(wide); !errors.Is(err, ip4.ErrRouteExists) {
		t.Errorf("twice: %v", err)
	}
	third := ip4.StaticRoute{Prefix: netip.MustParsePrefix("172.17.1.0/24"), Ifc: a}
	if err := h.ip.AddRoute(third); !errors.Is(err, ip4.ErrRoutesFull) {
		t.Errorf("a third: %v", err)
	}
	if list := h.ip.Routes(); len(list) != 2 || list[0] != long || list[1] != wide {
		t.Errorf("routes %v", list)
	}
	h.output(pattern(4), ip.Header{Dst: addr("172.16.1.7"), Proto: ip.UDP})
	h.output(pattern(4), ip.Header{Dst: addr("172.16.2.7"), Proto: ip.UDP})
	var asked []netip.Addr
	for _, e := range h.arp.Entries() {
		asked = append(asked, e.Addr)
	}
	if len(asked) != 2 || asked[0] != addr("172.16.1.7") || asked[1] != addr("10.0.0.8") {
		t.Errorf("next hops %v", asked)
	}
	if !h.ip.RemoveRoute(long.Prefix, netip.Addr{}) || h.ip.RemoveRoute(long.Prefix, netip.Addr{}) {
		t.Error("RemoveRoute")
	}
	h.ifs.Remove(a)
	h.drained()
}

// lwIP raw_sendto with RAW_FLAGS_HDRINCL: a header that is there goes out as it
// is, its foreign source and odd identification included.
func TestOutputHeaderIncluded(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	packet := append([]byte{0x45, 0, 0, 24, 0xbe, 0xef, 0, 0, 9, 253, 0, 0, 192, 0, 2, 7, 10, 0, 0, 2}, "data"...)
	send := func(n int) error {
		buf := h.pool.Alloc(pbuf.Link, n, pbuf.RAM)
		copy(buf.Bytes(), packet)
		err := h.ip.Output(buf, ip.Header{Dst: addr("10.0.0.2"), Flags: ip.HeaderIncluded})
		h.turn()
		return err
	}
	if err := send(len(packet)); err != nil {
		t.Fatal(err)
	}
	if got := take(ifc); len(got) != 1 || !bytes.Equal(got[0], packet) {
		t.Fatalf("sent % x", got)
	}
	for _, n := range []int{19, 1501} {
		if err := send(n); !errors.Is(err, ip.ErrTooBig) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	h.drained()
}
