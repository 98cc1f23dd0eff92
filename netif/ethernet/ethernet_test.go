package ethernet_test

import (
	"bytes"
	"net"
	"net/netip"
	"testing"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"pgregory.net/rapid"
)

func TestAddr(t *testing.T) {
	for _, c := range []struct {
		addr        ethernet.Addr
		s           string
		group, zero bool
	}{
		{ethernet.Addr{}, "00:00:00:00:00:00", false, true},
		{ethernet.Addr{0x02, 0xab, 0xcd, 0xef, 0x01, 0x90}, "02:ab:cd:ef:01:90", false, false},
		{ethernet.Addr{0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}, "01:00:5e:00:00:01", true, false},
		{ethernet.Broadcast, "ff:ff:ff:ff:ff:ff", true, false},
	} {
		if got := c.addr.String(); got != c.s {
			t.Errorf("got %s, want %s", got, c.s)
		}
		if c.addr.IsMulticast() != c.group || c.addr.IsZero() != c.zero {
			t.Errorf("%v: group %v, zero %v", c.addr, c.addr.IsMulticast(), c.addr.IsZero())
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "address")
		if got, want := ethernet.Addr(b).String(), net.HardwareAddr(b).String(); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	})
}

func TestMulticast(t *testing.T) {
	for _, c := range []struct{ group, want string }{
		{"224.0.0.1", "01:00:5e:00:00:01"}, // RFC 1112 §6.4
		{"239.255.255.255", "01:00:5e:7f:ff:ff"},
		{"224.128.2.3", "01:00:5e:00:02:03"}, // 23 bits
		{"ff02::1", "33:33:00:00:00:01"},     // RFC 2464 §7
		{"ff02::1:ff12:3456", "33:33:ff:12:34:56"},
	} {
		if got := ethernet.Multicast(netip.MustParseAddr(c.group)); got.String() != c.want || !got.IsMulticast() {
			t.Errorf("%s: got %v, want %s", c.group, got, c.want)
		}
	}
}

func TestPut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var dst, src ethernet.Addr
		copy(dst[:], rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "dst"))
		copy(src[:], rapid.SliceOfN(rapid.Byte(), 6, 6).Draw(t, "src"))
		typ := ethernet.Type(rapid.IntRange(0x600, 0xffff).Draw(t, "type"))
		b := make([]byte, ethernet.HeaderLen)
		ethernet.Put(b, dst, src, typ)
		var eth layers.Ethernet
		if err := eth.DecodeFromBytes(append(b, "payload"...), gopacket.NilDecodeFeedback); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(eth.DstMAC, dst[:]) || !bytes.Equal(eth.SrcMAC, src[:]) || eth.EthernetType != layers.EthernetType(typ) {
			t.Fatalf("gopacket reads %+v", eth)
		}
		h, ok := ethernet.ParseHeader(b)
		if !ok || h.Dst() != dst || h.Src() != src || h.Type() != typ {
			t.Fatalf("parsed %v %v %x", h.Dst(), h.Src(), h.Type())
		}
	})
}

func TestTypes(t *testing.T) {
	for ours, theirs := range map[ethernet.Type]layers.EthernetType{
		ethernet.IPv4: layers.EthernetTypeIPv4, ethernet.IPv6: layers.EthernetTypeIPv6,
		ethernet.ARP: layers.EthernetTypeARP, ethernet.VLAN: layers.EthernetTypeDot1Q,
		ethernet.PPPoEDiscovery: layers.EthernetTypePPPoEDiscovery, ethernet.PPPoESession: layers.EthernetTypePPPoESession,
	} {
		if uint16(ours) != uint16(theirs) {
			t.Errorf("%#x, gopacket has %#x", uint16(ours), uint16(theirs))
		}
	}
}

func TestParseHeaderTruncated(t *testing.T) {
	b := make([]byte, 20)
	for n := range b {
		h, ok := ethernet.ParseHeader(b[:n])
		if ok != (n >= 14) || ok && len(h) != 14 {
			t.Errorf("%d bytes: ok %v, header of %d", n, ok, len(h))
		}
	}
}

// FuzzParseHeader checks that parsing and writing are inverse.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45})
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := ethernet.ParseHeader(b)
		if !ok {
			if len(b) >= ethernet.HeaderLen {
				t.Fatal("a whole header was refused")
			}
			return
		}
		again := make([]byte, ethernet.HeaderLen)
		ethernet.Put(again, h.Dst(), h.Src(), h.Type())
		if !bytes.Equal(again, b[:ethernet.HeaderLen]) {
			t.Fatalf("got % x, want % x", again, b[:ethernet.HeaderLen])
		}
	})
}
