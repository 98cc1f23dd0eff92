package drill

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/golwip/lwip/sockets"
)

// unknownOption is an option that no socket has: ENOPROTOOPT.
const unknownOption = 0x7fff

// socketOption is a socket option of the script.
type socketOption struct {
	level, name int     // package sockets'
	row         *symbol // nil: not known
}

func (o *socketOption) is(name string) bool { return o.row != nil && o.row.name == name }

// option translates the level and name in arguments 1 and 2.
func (a *args) option() (o socketOption) {
	p := a.r.cfg.profile
	level, name := a.int(1), a.int(2)
	o.level, o.name = int(level), unknownOption
	l := lookupValue(p, gLevel, level)
	if l == nil {
		return o
	}
	o.level = int(l.ours)
	g := gPlain
	switch o.level {
	case sockets.SOL_SOCKET:
		g = gSocket
	case sockets.IPPROTO_IP:
		g = gIP
	case sockets.IPPROTO_IPV6:
		g = gIPv6
	case sockets.IPPROTO_TCP:
		g = gTCP
	default:
		o.name = int(name)
		return o
	}
	// The name itself, where the script has it: two options of a system may have
	// one number, and one option two names.
	if s, ok := a.at(2).(Symbol); ok {
		if row := lookupSymbol(string(s)); row != nil && row.group == g {
			o.row = row
		}
	}
	if o.row == nil {
		o.row = lookupValue(p, g, name)
	}
	if o.row == nil || o.row.ours == none {
		what := fmt.Sprintf("socket option %d of level %d", name, level)
		if o.row != nil {
			what = o.row.name
		}
		a.r.note(a.r.line, what+": not applicable: the stack does not have it")
		return o
	}
	o.name = int(o.row.ours)
	return o
}

// optionInt returns the number of [1] or 1; false for anything else.
func (a *args) optionInt(i int) (int64, bool) {
	n, err := a.r.number(a.at(i))
	return n, err == nil
}

func (a *args) setsockopt() attempt {
	a.count(5, 5)
	r, f, o := a.r, a.file(0), a.option()
	e := binary.NativeEndian
	var value []byte
	after := func() {}
	s, isStruct := unwrap(a.at(3))
	switch {
	case o.is("SO_LINGER") && isStruct:
		on, _ := a.field(s, "onoff", "l_onoff")
		n, _ := a.field(s, "linger", "l_linger")
		value = e.AppendUint32(e.AppendUint32(nil, uint32(on)), uint32(n))
		after = func() {
			if f.linger = 0; on != 0 {
				f.linger = time.Duration(n) * time.Second
			}
		}
	case (o.is("SO_RCVTIMEO") || o.is("SO_SNDTIMEO")) && isStruct:
		d := a.duration(s)
		value = e.AppendUint64(e.AppendUint64(nil, uint64(d/time.Second)), uint64(d%time.Second/time.Microsecond))
		after = func() {
			if o.is("SO_RCVTIMEO") {
				f.rcvtimeo = d
			} else {
				f.sndtimeo = d
			}
		}
	default:
		if n, ok := a.optionInt(3); ok {
			value = e.AppendUint32(nil, uint32(n))
		} else if t, ok := a.at(3).(Text); ok {
			value = append([]byte(t), 0)
		} else {
			value = make([]byte, max(a.size(4), 0))
		}
	}
	if n := a.int(4); n >= 0 && int(n) < len(value) {
		value = value[:n]
	}
	return plain(func() error {
		err := r.sock.Setsockopt(f.live, o.level, o.name, value)
		if err == nil {
			after()
		}
		return err
	})
}

// getsockopt reads an option and compares its value: a number [1], a struct
// linger, timeval or tcp_info; "..." is not compared.
func (a *args) getsockopt() attempt {
	a.count(5, 5)
	r, f, o := a.r, a.file(0), a.option()
	buf := make([]byte, 256)
	var n int64
	length := a.checkInt(4, "option length", &n)
	check := a.optionCheck(o, buf, f)
	return once(func() outcome {
		got, err := r.sock.Getsockopt(f.live, o.level, o.name, buf)
		n = int64(got)
		return outcome{err: err, check: all(check, length)}
	})
}

// optionCheck returns the check of the value that getsockopt stored.
func (a *args) optionCheck(o socketOption, buf []byte, f *file) func() error {
	e := binary.NativeEndian
	if a.any(3) {
		return nil
	}
	s, isStruct := unwrap(a.at(3))
	fields := func(get map[string]func() int64) func() error {
		var checks []func() error
		for _, x := range s {
			want, given := a.field(Struct{x}, x.Name)
			if !given {
				continue
			}
			g, ok := get[x.Name]
			if !ok {
				a.fail("unknown field %s", x.Name)
			}
			checks = append(checks, func() error {
				if got := g(); got != want {
					return fmt.Errorf("%s: expected %d but got %d", x.Name, want, got)
				}
				return nil
			})
		}
		return all(checks...)
	}
	u32 := func(i int) func() int64 { return func() int64 { return int64(int32(e.Uint32(buf[i:]))) } }
	u64 := func(i int) func() int64 { return func() int64 { return int64(e.Uint64(buf[i:])) } }
	switch {
	case o.is("SO_LINGER") && isStruct:
		return fields(map[string]func() int64{"onoff": u32(0), "linger": u32(4), "l_onoff": u32(0), "l_linger": u32(4)})
	case (o.is("SO_RCVTIMEO") || o.is("SO_SNDTIMEO")) && isStruct:
		return fields(map[string]func() int64{"tv_sec": u64(0), "tv_usec": u64(8)})
	case o.is("TCP_INFO") && isStruct:
		get := make(map[string]func() int64)
		for _, x := range s {
			get[x.Name] = func() int64 {
				info, _ := a.r.tcpInfo(f)
				v, ok := info[x.Name].(int64)
				if !ok {
					return none
				}
				return v
			}
		}
		return fields(get)
	case isStruct:
		return nil
	}
	if l, ok := a.at(3).(List); ok && len(l) == 1 {
		if _, any := l[0].(Ellipsis); any {
			return nil
		}
		if name, ok := l[0].(Symbol); ok && o.is("SO_ERROR") {
			return func() error {
				if got := sockets.Errno(e.Uint32(buf)); got.Name() != string(name) {
					return fmt.Errorf("expected error %s but got %s", name, got.Name())
				}
				return nil
			}
		}
	}
	want, ok := a.optionInt(3)
	if !ok {
		return nil
	}
	return func() error {
		got := u32(0)()
		if o.is("SO_ERROR") {
			got = errnoValue(a.r.cfg.profile, sockets.Errno(got))
		}
		if got != want {
			return fmt.Errorf("bad getsockopt value: expected %d but got %d", want, got)
		}
		return nil
	}
}

// fbsdErrno are FreeBSD's numbers of errors, where they are not Linux's.
var fbsdErrno = map[sockets.Errno]int64{
	sockets.EAGAIN: 35, sockets.EINPROGRESS: 36, sockets.EALREADY: 37, sockets.ENOTSOCK: 38, sockets.EDESTADDRREQ: 39,
	sockets.EMSGSIZE: 40, sockets.EPROTOTYPE: 41, sockets.ENOPROTOOPT: 42, sockets.EPROTONOSUPPORT: 43,
	sockets.EOPNOTSUPP: 45, sockets.EAFNOSUPPORT: 47, sockets.EADDRINUSE: 48, sockets.EADDRNOTAVAIL: 49,
	sockets.ENETDOWN: 50, sockets.ENETUNREACH: 51, sockets.ENETRESET: 52, sockets.ECONNABORTED: 53, sockets.ECONNRESET: 54,
	sockets.ENOBUFS: 55, sockets.EISCONN: 56, sockets.ENOTCONN: 57, sockets.ESHUTDOWN: 58, sockets.ETIMEDOUT: 60,
	sockets.ECONNREFUSED: 61, sockets.EHOSTDOWN: 64, sockets.EHOSTUNREACH: 65,
}

// errnoValue returns an error's number in scripts of a profile.
func errnoValue(p Profile, e sockets.Errno) int64 {
	if n, ok := fbsdErrno[e]; ok && p == FreeBSD {
		return n
	}
	return int64(e)
}

// fcntl gets and sets O_NONBLOCK, which the runner keeps itself: all sockets
// below are non-blocking.
func (a *args) fcntl() attempt {
	a.count(2, 3)
	r, f := a.r, a.file(0)
	cmd := int64(none)
	if s := lookupValue(r.cfg.profile, gFcntl, a.int(1)); s != nil {
		cmd = s.ours
	}
	arg := int64(0)
	if len(a.list) == 3 {
		arg = a.int(2)
	}
	nonblock := lookupSymbol("O_NONBLOCK").value(r.cfg.profile)
	return once(func() outcome {
		switch cmd {
		case sockets.F_GETFL:
			v, err := r.sock.Fcntl(f.live, sockets.F_GETFL, 0)
			if err != nil {
				return outcome{n: -1, err: err}
			}
			n := int64(0)
			switch v & sockets.O_RDWR {
			case sockets.O_RDWR:
				n = 2
			case sockets.O_WRONLY:
				n = 1
			}
			if f.nonblock {
				n |= nonblock
			}
			return outcome{n: n}
		case sockets.F_SETFL:
			live := sockets.O_NONBLOCK
			if arg&^(nonblock|3) != 0 {
				live |= 0x100 // a flag that the sockets refuse, too
			}
			if _, err := r.sock.Fcntl(f.live, sockets.F_SETFL, live); err != nil {
				return outcome{n: -1, err: err}
			}
			f.nonblock = arg&nonblock != 0
			return outcome{}
		}
		_, err := r.sock.Fcntl(f.live, -1, 0)
		return outcome{n: -1, err: err}
	})
}

func (a *args) ioctl() attempt {
	a.count(2, 3)
	r, f := a.r, a.file(0)
	var request uint32
	if s := lookupValue(r.cfg.profile, gIoctl, a.int(1)); s != nil && s.ours != none {
		request = uint32(s.ours)
	}
	if request == sockets.FIONBIO {
		on := a.int(2)
		return plain(func() error {
			one := 1
			if err := r.sock.Ioctl(f.live, sockets.FIONBIO, &one); err != nil {
				return err
			}
			f.nonblock = on != 0
			return nil
		})
	}
	var got int64
	var check func() error
	if len(a.list) == 3 {
		check = a.checkInt(2, "ioctl value", &got)
	}
	return once(func() outcome {
		n := 0
		err := r.sock.Ioctl(f.live, request, &n)
		got = int64(n)
		return outcome{err: err, check: check}
	})
}
