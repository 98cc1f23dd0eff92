package sockets

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// INADDR_NONE is what InetAddr returns for what is not an address.
const INADDR_NONE = 0xffffffff

// InetPton returns the 4 or 16 bytes of an address of the family af. IPv4 is
// written a.b.c.d, in decimal. Errors: EINVAL for what is not an address,
// EAFNOSUPPORT.
//
// lwIP: lwip_inet_pton. RFC 3493 §6.3.
func InetPton(af int, src string) ([]byte, error) {
	if af != AF_INET && af != AF_INET6 {
		return nil, EAFNOSUPPORT
	}
	a, err := netip.ParseAddr(src)
	if err != nil || a.Zone() != "" || strings.Contains(src, "%") || a.Is4() != (af == AF_INET) {
		return nil, EINVAL
	}
	return a.AsSlice(), nil
}

// InetNtop returns the text of an address of the family af, whose first 4 or 16
// bytes src has. IPv6 is written as RFC 5952 wants it. Errors: EINVAL if src is
// too short, EAFNOSUPPORT.
//
// lwIP: lwip_inet_ntop. RFC 3493 §6.3.
func InetNtop(af int, src []byte) (string, error) {
	switch {
	case af != AF_INET && af != AF_INET6:
		return "", EAFNOSUPPORT
	case af == AF_INET && len(src) >= 4:
		return netip.AddrFrom4([4]byte(src)).String(), nil
	case af == AF_INET6 && len(src) >= 16:
		return netip.AddrFrom16([16]byte(src)).String(), nil
	}
	return "", EINVAL
}

// InetAton reads an IPv4 address in any of the classic forms: a.b.c.d, a.b.c
// with 16 bits in c, a.b with 24 bits in b, or a with all 32; each part decimal,
// octal (0…) or hexadecimal (0x…). What follows white space is not looked at.
//
// lwIP: ip4addr_aton.
func InetAton(src string) (addr [4]byte, ok bool) {
	if i := strings.IndexAny(src, " \t\n\v\f\r"); i >= 0 {
		src = src[:i]
	}
	parts := strings.Split(src, ".")
	if len(parts) > 4 {
		return addr, false
	}
	var v uint32
	for i, part := range parts {
		last := i == len(parts)-1
		most := uint64(0xff)
		if last {
			most = 1<<(8*(5-len(parts))) - 1
		}
		n, ok := inetPart(part)
		if !ok || n > most {
			return addr, false
		}
		if last {
			v |= uint32(n)
		} else {
			v |= uint32(n) << (24 - 8*i)
		}
	}
	binary.BigEndian.PutUint32(addr[:], v)
	return addr, true
}

// inetPart reads one number of an address, at most 32 bits.
func inetPart(s string) (n uint64, ok bool) {
	base := uint64(10)
	switch {
	case len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x':
		base, s = 16, s[2:]
	case len(s) > 1 && s[0] == '0':
		base, s = 8, s[1:]
	case s == "":
		return 0, false
	}
	for _, c := range []byte(s) {
		d := uint64(99)
		switch {
		case '0' <= c && c <= '9':
			d = uint64(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = uint64(c|0x20-'a') + 10
		}
		if d >= base {
			return 0, false
		}
		if n = n*base + d; n > 0xffffffff {
			return 0, false
		}
	}
	return n, true
}

// InetAddr is InetAton that returns the address as a number whose bytes in
// memory are the address, or INADDR_NONE.
//
// lwIP: ipaddr_addr.
func InetAddr(src string) uint32 {
	a, ok := InetAton(src)
	if !ok {
		return INADDR_NONE
	}
	return binary.NativeEndian.Uint32(a[:])
}

// InetNtoa returns the text a.b.c.d of an IPv4 address.
//
// lwIP: ip4addr_ntoa, ip4addr_ntoa_r.
func InetNtoa(addr [4]byte) string { return netip.AddrFrom4(addr).String() }
