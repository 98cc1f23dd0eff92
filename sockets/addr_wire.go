package sockets

import "encoding/binary"

// Lengths of the structures of C in bytes.
const (
	SizeofSockAddrInet4 = 16
	SizeofSockAddrInet6 = 28
)

// AppendSockAddr appends the bytes of lwIP's struct sockaddr_in or sockaddr_in6
// to b, and nothing for another address.
//
//	 0    1      2      4                     8          24         28
//	┌───┬───────┬──────┬─────────────────────┬──────────┬──────────┐
//	│len│ family│ port │ IPv4 address        │ zero (8) │            sockaddr_in
//	├───┼───────┼──────┼─────────────────────┼──────────┼──────────┤
//	│len│ family│ port │ flow information    │ address  │ scope id │ sockaddr_in6
//	└───┴───────┴──────┴─────────────────────┴──────────┴──────────┘
//
// Port and address are in network order, the rest in the host's.
func AppendSockAddr(b []byte, a SockAddr) []byte {
	switch a := a.(type) {
	case *SockAddrInet4:
		b = append(b, SizeofSockAddrInet4, AF_INET)
		b = binary.BigEndian.AppendUint16(b, a.Port)
		b = append(b, a.Addr[:]...)
		return append(b, make([]byte, 8)...)
	case *SockAddrInet6:
		b = append(b, SizeofSockAddrInet6, AF_INET6)
		b = binary.BigEndian.AppendUint16(b, a.Port)
		b = binary.NativeEndian.AppendUint32(b, a.FlowInfo)
		b = append(b, a.Addr[:]...)
		return binary.NativeEndian.AppendUint32(b, a.ScopeID)
	}
	return b
}

// ParseSockAddr reads a structure that AppendSockAddr has written, or a C
// program; sa_len is not looked at. Errors: EINVAL if b is too short for its
// family, EAFNOSUPPORT for an unknown family.
func ParseSockAddr(b []byte) (SockAddr, error) {
	if len(b) < 2 {
		return nil, EINVAL
	}
	switch b[1] {
	case AF_UNSPEC:
		return &SockAddrUnspec{}, nil
	case AF_INET:
		if len(b) < SizeofSockAddrInet4 {
			return nil, EINVAL
		}
		return &SockAddrInet4{Port: binary.BigEndian.Uint16(b[2:]), Addr: [4]byte(b[4:8])}, nil
	case AF_INET6:
		if len(b) < SizeofSockAddrInet6 {
			return nil, EINVAL
		}
		return &SockAddrInet6{
			Port: binary.BigEndian.Uint16(b[2:]), FlowInfo: binary.NativeEndian.Uint32(b[4:]),
			Addr: [16]byte(b[8:24]), ScopeID: binary.NativeEndian.Uint32(b[24:]),
		}, nil
	}
	return nil, EAFNOSUPPORT
}
