package ip

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// slowPseudo writes the pseudo-header out as the RFCs draw it and adds up its
// 16-bit words: RFC 9293 §3.1 for IPv4 (addresses, zero, protocol, length),
// RFC 8200 §8.1 for IPv6 (addresses, 32-bit length, zero, next header).
func slowPseudo(src, dst netip.Addr, proto Proto, n int) uint16 {
	var h []byte
	h = append(h, src.AsSlice()...)
	h = append(h, dst.AsSlice()...)
	if src.Is4() {
		h = append(h, 0, byte(proto))
		h = binary.BigEndian.AppendUint16(h, uint16(n))
	} else {
		h = binary.BigEndian.AppendUint32(h, uint32(n))
		h = append(h, 0, 0, 0, byte(proto))
	}
	var sum uint32
	for i := 0; i < len(h); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
		sum = sum&0xffff + sum>>16
	}
	return uint16(sum)
}

func TestPseudoSumAgainstModel(t *testing.T) {
	// Words of all ones are the ones that carry.
	octet := rapid.OneOf(rapid.Byte(), rapid.Just(byte(0xff)), rapid.Just(byte(0)))
	addr := func(t *rapid.T, size int, label string) netip.Addr {
		a, _ := netip.AddrFromSlice(rapid.SliceOfN(octet, size, size).Draw(t, label))
		return a
	}
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{4, 16}).Draw(t, "size")
		src, dst := addr(t, size, "src"), addr(t, size, "dst")
		proto := Proto(rapid.Byte().Draw(t, "proto"))
		n := rapid.IntRange(0, 65535).Draw(t, "n")
		if got, want := PseudoSum(src, dst, proto, n), slowPseudo(src, dst, proto, n); got != want {
			t.Fatalf("PseudoSum(%v, %v, %d, %d) = %#04x, want %#04x", src, dst, proto, n, got, want)
		}
	})
}

func TestPseudoSumExtremes(t *testing.T) {
	ones4, ones6 := netip.MustParseAddr("255.255.255.255"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
	for _, c := range []struct {
		name     string
		src, dst netip.Addr
		proto    Proto
		n        int
	}{
		{"all ones, IPv4", ones4, ones4, 255, 65535},
		{"all ones, IPv6", ones6, ones6, 255, 65535},
		{"all zeros, IPv4", netip.IPv4Unspecified(), netip.IPv4Unspecified(), 0, 0},
		{"all zeros, IPv6", netip.IPv6Unspecified(), netip.IPv6Unspecified(), 0, 0},
		{"a jumbo length, IPv6", ones6, ones6, TCP, 1 << 24},
	} {
		if got, want := PseudoSum(c.src, c.dst, c.proto, c.n), slowPseudo(c.src, c.dst, c.proto, c.n); got != want {
			t.Errorf("%s: got %#04x, want %#04x", c.name, got, want)
		}
	}
}

func TestZeroAllocPseudoSum(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { PseudoSum(local6, remote6.Addr(), TCP, 1460) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPseudoSum(b *testing.B) {
	for _, c := range []struct {
		name     string
		src, dst netip.Addr
	}{{"IPv4", local4, remote4.Addr()}, {"IPv6", local6, remote6.Addr()}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				PseudoSum(c.src, c.dst, TCP, 1460)
			}
		})
	}
}
