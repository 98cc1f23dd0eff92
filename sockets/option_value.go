package sockets

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"time"

	"github.com/golwip/lwip/tcp"
)

// kind is how the value of an option is written: what C passes by a pointer.
// Numbers are in the host's order, addresses in the network's.
type kind uint8

const (
	integer    kind = iota // int: 4 bytes
	octet                  // u8: 1 byte; an int is taken, too
	period                 // struct timeval: two 64-bit numbers, seconds and microseconds
	lingering              // struct linger: two ints, on and seconds
	device                 // struct ifreq: a name, ended by a zero byte or the end
	interface4             // struct in_addr; or struct ip_mreqn, whose index counts if not 0
	group4                 // struct ip_mreq: group, interface's address; or struct ip_mreqn
	group6                 // struct ipv6_mreq: group, interface's index
	info                   // struct tcp_info of Linux
	text                   // characters, ended by a zero byte or the end
)

// value is the value of an option; each kind has its part of it.
type value struct {
	n     int           // integer, octet; lingering: seconds
	on    bool          // lingering
	d     time.Duration // period
	name  string        // device, text
	group netip.Addr    // group4, group6
	local netip.Addr    // interface4, group4: an interface's address
	index int           // interface4, group4, group6: an interface's index, or 0
	tcp   tcp.Info      // info
}

// truth returns the value of an option that is on or off.
func truth(on bool) value {
	if on {
		return value{n: 1}
	}
	return value{}
}

// parse reads a value. EINVAL: b is too short, or what it says cannot be.
func (k kind) parse(b []byte) (v value, err error) {
	e := binary.NativeEndian
	switch k {
	case integer:
		if len(b) < 4 {
			return v, EINVAL
		}
		v.n = int(int32(e.Uint32(b)))
	case octet:
		switch {
		case len(b) >= 4:
			v.n = int(int32(e.Uint32(b)))
		case len(b) >= 1:
			v.n = int(b[0])
		default:
			return v, EINVAL
		}
	case period:
		if len(b) < 16 {
			return v, EINVAL
		}
		sec, usec := int64(e.Uint64(b)), int64(e.Uint64(b[8:]))
		if sec < 0 || usec < 0 || usec >= 1e6 {
			return v, EINVAL
		}
		sec = min(sec, int64(1<<62/time.Second))
		v.d = time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond
	case lingering:
		if len(b) < 8 {
			return v, EINVAL
		}
		v.on, v.n = e.Uint32(b) != 0, int(int32(e.Uint32(b[4:])))
	case device, text:
		v.name, _, _ = strings.Cut(string(b), "\x00")
	case interface4:
		switch {
		case len(b) >= 12:
			v.local, v.index = netip.AddrFrom4([4]byte(b[4:])), int(int32(e.Uint32(b[8:])))
		case len(b) >= 4:
			v.local = netip.AddrFrom4([4]byte(b))
		default:
			return v, EINVAL
		}
	case group4:
		if len(b) < 8 {
			return v, EINVAL
		}
		v.group, v.local = netip.AddrFrom4([4]byte(b)), netip.AddrFrom4([4]byte(b[4:]))
		if len(b) >= 12 {
			v.index = int(int32(e.Uint32(b[8:])))
		}
	case group6:
		if len(b) < 20 {
			return v, EINVAL
		}
		v.group, v.index = netip.AddrFrom16([16]byte(b)), int(int32(e.Uint32(b[16:])))
	case info: // cannot be set
	}
	return v, nil
}

// put writes a value to b and returns its length. EINVAL: b is too short. An
// octet becomes an int if there is room for one.
func (k kind) put(b []byte, v *value) (int, error) {
	e := binary.NativeEndian
	switch n := len(b); k {
	case integer:
		if n < 4 {
			return 0, EINVAL
		}
		e.PutUint32(b, uint32(v.n))
		return 4, nil
	case octet:
		if n >= 4 {
			e.PutUint32(b, uint32(v.n))
			return 4, nil
		}
		if n < 1 {
			return 0, EINVAL
		}
		b[0] = byte(v.n)
		return 1, nil
	case period:
		if n < 16 {
			return 0, EINVAL
		}
		e.PutUint64(b, uint64(v.d/time.Second))
		e.PutUint64(b[8:], uint64(v.d%time.Second/time.Microsecond))
		return 16, nil
	case lingering:
		if n < 8 {
			return 0, EINVAL
		}
		e.PutUint32(b, uint32(truth(v.on).n))
		e.PutUint32(b[4:], uint32(v.n))
		return 8, nil
	case interface4:
		if n < 4 {
			return 0, EINVAL
		}
		a := v.local.As4()
		return copy(b, a[:]), nil
	case info:
		if n < sizeofTCPInfo {
			return 0, EINVAL
		}
		putTCPInfo(b, &v.tcp)
		return sizeofTCPInfo, nil
	case text:
		if n <= len(v.name) {
			return 0, EINVAL
		}
		b[copy(b, v.name)] = 0
		return len(v.name) + 1, nil
	case device, group4, group6: // cannot be got
	}
	return 0, ENOPROTOOPT
}
