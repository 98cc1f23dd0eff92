package sockets_test

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"

	"github.com/golwip/lwip/sockets"
)

func TestInet(t *testing.T) {
	for _, c := range []struct {
		text string
		want string // "": not an address
	}{
		{"10.1.2.3", "10.1.2.3"}, {"255.255.255.255", "255.255.255.255"}, {"0", "0.0.0.0"},
		{"10.1.515", "10.1.2.3"}, {"10.66051", "10.1.2.3"}, {"167838211", "10.1.2.3"},
		{"0xa.01.0x2.3", "10.1.2.3"}, {"0X0A010203", "10.1.2.3"}, {"012.1.2.3", "10.1.2.3"},
		{"10.1.2.3 and more", "10.1.2.3"}, {"4294967295", "255.255.255.255"}, {"1.2.3.4\n", "1.2.3.4"},
		{"4294967296", ""}, {"256.1.1.1", ""}, {"1.256.1.1", ""}, {"1.1.65536", ""}, {"1.16777216", ""},
		{"1.2.3.4.5", ""}, {"1..2", ""}, {"", ""}, {".", ""}, {"08", ""}, {"0x", ""}, {"0xg", ""}, {"-1", ""},
		{"1.2.3.", ""}, {"x", ""}, {"99999999999999999999999999", ""},
	} {
		a, ok := sockets.InetAton(c.text)
		if ok != (c.want != "") || ok && sockets.InetNtoa(a) != c.want {
			t.Errorf("InetAton(%q): %v, %v; want %q", c.text, sockets.InetNtoa(a), ok, c.want)
		}
		if v := sockets.InetAddr(c.text); !ok && v != sockets.INADDR_NONE || c.text == "0" && v != 0 {
			t.Errorf("InetAddr(%q): %#x", c.text, v)
		}
	}
	for _, c := range []struct {
		af   int
		text string
		err  error
	}{
		{sockets.AF_INET, "10.1.2.3", nil}, {sockets.AF_INET6, "fe80::1", nil}, {sockets.AF_INET6, "::ffff:10.1.2.3", nil}, {sockets.AF_INET6, "::", nil},
		{sockets.AF_INET, "10.1.2", sockets.EINVAL}, {sockets.AF_INET, "010.1.2.3", sockets.EINVAL}, {sockets.AF_INET, "::1", sockets.EINVAL}, {sockets.AF_INET6, "10.1.2.3", sockets.EINVAL},
		{sockets.AF_INET6, "fe80::1%en0", sockets.EINVAL}, {sockets.AF_INET6, "fe80::1%", sockets.EINVAL}, {7, "10.1.2.3", sockets.EAFNOSUPPORT},
	} {
		b, err := sockets.InetPton(c.af, c.text)
		if err != c.err {
			t.Errorf("InetPton(%q): %v, want %v", c.text, err, c.err)
			continue
		}
		if back, err := sockets.InetNtop(c.af, b); c.err == nil && (back != c.text || err != nil) {
			t.Errorf("InetNtop: %q, %v; want %q", back, err, c.text)
		}
	}
	if _, err := sockets.InetNtop(sockets.AF_INET, make([]byte, 3)); err != sockets.EINVAL {
		t.Error(err)
	}
	if _, err := sockets.InetNtop(sockets.AF_INET6, make([]byte, 15)); err != sockets.EINVAL {
		t.Error(err)
	}
	if _, err := sockets.InetNtop(3, make([]byte, 16)); err != sockets.EAFNOSUPPORT {
		t.Error(err)
	}
}

// What netip takes for IPv4, InetAton takes for the same; and what InetAton
// takes, it takes again in the usual form.
func FuzzInetAton(f *testing.F) {
	for _, s := range []string{"1.2.3.4", "0x1.2", "017.3", "4294967295", "1.2.3.4.5", " 1", "1.2.3.4 x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := sockets.InetAton(s)
		if n, err := netip.ParseAddr(s); err == nil && n.Is4() && (!ok || n.As4() != a) {
			t.Errorf("InetAton(%q) %v, %v; netip %v", s, a, ok, n)
		}
		if ok {
			if b, ok := sockets.InetAton(sockets.InetNtoa(a)); !ok || a != b {
				t.Errorf("%q: %v becomes %v", s, a, b)
			}
		}
		if b, err := sockets.InetPton(sockets.AF_INET6, s); err == nil {
			back, err := sockets.InetNtop(sockets.AF_INET6, b)
			again, err2 := sockets.InetPton(sockets.AF_INET6, back)
			if err != nil || err2 != nil || !bytes.Equal(again, b) {
				t.Errorf("%q becomes %q", s, back)
			}
		}
	})
}

func TestSockAddrBytes(t *testing.T) {
	b := sockets.AppendSockAddr(nil, addr("10.0.0.1:258"))
	if want := []byte{16, 2, 1, 2, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}; !bytes.Equal(b, want) {
		t.Errorf("% x, want % x", b, want)
	}
	b = sockets.AppendSockAddr(nil, addr("[fe80::1%5]:258"))
	if len(b) != sockets.SizeofSockAddrInet6 || b[0] != 28 || b[1] != sockets.AF_INET6 || b[8] != 0xfe || b[23] != 1 {
		t.Errorf("% x", b)
	}
	if a, err := sockets.ParseSockAddr([]byte{2, sockets.AF_UNSPEC}); err != nil || a.Family() != sockets.AF_UNSPEC {
		t.Error(a, err)
	}
	if _, err := sockets.ParseSockAddr([]byte{2, 99}); err != sockets.EAFNOSUPPORT {
		t.Error(err)
	}
	if b := sockets.AppendSockAddr(nil, nil); b != nil {
		t.Errorf("% x", b)
	}
}

// Every truncation is EINVAL, and what is parsed is what was written.
func FuzzSockAddr(f *testing.F) {
	for _, s := range []string{"10.0.0.1:80", "[fe80::1%5]:443"} {
		b := sockets.AppendSockAddr(nil, addr(s))
		for n := range b {
			if a, err := sockets.ParseSockAddr(b[:n]); err != sockets.EINVAL {
				f.Errorf("%d bytes of %s: %v, %v", n, s, a, err)
			}
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := sockets.ParseSockAddr(b)
		if err != nil {
			return
		}
		again, err := sockets.ParseSockAddr(append(sockets.AppendSockAddr(nil, a), 0, 0))
		if err != nil || !reflect.DeepEqual(a, again) {
			t.Errorf("%#v becomes %#v, %v", a, again, err)
		}
	})
}

// What is appended is found, among anything, and nothing makes the parser panic.
func FuzzPktInfo(f *testing.F) {
	good := sockets.AppendPktInfo(sockets.AppendPktInfo(nil, sockets.PktInfo{3, netip.MustParseAddr("10.0.0.1")}), sockets.PktInfo{4, netip.MustParseAddr("fd00::1")})
	for n := range good {
		f.Add(good[:n])
		bad := bytes.Clone(good)
		bad[n] ^= 0xff
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, ok := sockets.ParsePktInfo(b)
		if !ok {
			return
		}
		if again, ok := sockets.ParsePktInfo(sockets.AppendPktInfo(nil, info)); !ok || again != info {
			t.Errorf("%v becomes %v, %v", info, again, ok)
		}
	})
}
