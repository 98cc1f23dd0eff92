package sockets

import (
	"encoding/binary"
	"net/netip"
)

// PktInfo tells through which interface a datagram came and to which address, or
// how one is to be sent.
//
// C: struct in_pktinfo, struct in6_pktinfo.
type PktInfo struct {
	Index int // of the interface; 0: any
	Addr  netip.Addr
}

// A control message is a header of three 32-bit numbers (its length with the
// header, level, type) and data, which begins and ends on multiples of 4 bytes.
//
// C: struct cmsghdr of a 32-bit host.
const (
	sizeofControl  = 12
	sizeofPktInfo  = 8  // index, IPv4 address
	sizeofPktInfo6 = 20 // IPv6 address, index
)

// ControlSpace is a size of Msg.Control with room for everything that Recvmsg
// tells.
const ControlSpace = sizeofControl + sizeofPktInfo6

// AppendPktInfo appends a control message to b: IP_PKTINFO for an IPv4 address,
// IPV6_PKTINFO for an IPv6 one.
func AppendPktInfo(b []byte, info PktInfo) []byte {
	e := binary.NativeEndian
	if info.Addr.Is4() {
		b = appendControl(b, sizeofPktInfo, IPPROTO_IP, IP_PKTINFO)
		b = e.AppendUint32(b, uint32(info.Index))
		a := info.Addr.As4()
		return append(b, a[:]...)
	}
	b = appendControl(b, sizeofPktInfo6, IPPROTO_IPV6, IPV6_PKTINFO)
	var a [16]byte
	if info.Addr.IsValid() {
		a = info.Addr.As16()
	}
	b = append(b, a[:]...)
	return e.AppendUint32(b, uint32(info.Index))
}

func appendControl(b []byte, n int, level, typ uint32) []byte {
	e := binary.NativeEndian
	b = e.AppendUint32(b, uint32(sizeofControl+n))
	b = e.AppendUint32(b, level)
	return e.AppendUint32(b, typ)
}

// ParsePktInfo finds the first IP_PKTINFO or IPV6_PKTINFO among control
// messages; false if there is none.
func ParsePktInfo(b []byte) (info PktInfo, ok bool) {
	e := binary.NativeEndian
	for len(b) >= sizeofControl {
		n := int(e.Uint32(b))
		if n < sizeofControl || n > len(b) {
			return info, false
		}
		level, typ, data := e.Uint32(b[4:]), e.Uint32(b[8:]), b[sizeofControl:n]
		switch {
		case level == IPPROTO_IP && typ == IP_PKTINFO && len(data) >= sizeofPktInfo:
			return PktInfo{int(int32(e.Uint32(data))), netip.AddrFrom4([4]byte(data[4:8]))}, true
		case level == IPPROTO_IPV6 && typ == IPV6_PKTINFO && len(data) >= sizeofPktInfo6:
			return PktInfo{int(int32(e.Uint32(data[16:]))), netip.AddrFrom16([16]byte(data))}, true
		}
		b = b[min((n+3)&^3, len(b)):]
	}
	return info, false
}

// control stores what the socket asked to be told of a datagram in m.Control. If
// there is no room, it sets MSG_CTRUNC.
//
// IP_PKTINFO tells of IPv4 datagrams, as in lwIP; IPV6_RECVPKTINFO of all that an
// IPv6 socket gets, IPv4 addresses mapped (RFC 3542 §6.2).
func (s *socket) control(m *Msg, info PktInfo) {
	v4 := info.Addr.Is4()
	room := m.Control
	m.Control = room[:0]
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	switch {
	case state.has(wantInfo6):
		info.Addr = netip.AddrFrom16(info.Addr.As16())
	case state.has(wantInfo) && v4:
	default:
		return
	}
	n := sizeofControl + sizeofPktInfo
	if !info.Addr.Is4() {
		n = sizeofControl + sizeofPktInfo6
	}
	if len(room) < n {
		m.Flags |= MSG_CTRUNC
		return
	}
	m.Control = AppendPktInfo(room[:0], info)
}
