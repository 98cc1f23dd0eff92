package drill

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/golwip/lwip/sockets"
)

// args are the arguments of a call that is being prepared. Its methods end the
// preparation with a badCall if an argument is not what it must be.
type args struct {
	r    *runner
	call *Syscall
	list []Expr
}

func (a *args) fail(format string, x ...any) { panic(badCall{fmt.Errorf(format, x...)}) }

// at returns an argument.
func (a *args) at(i int) Expr {
	if i >= len(a.list) {
		a.fail("Expected %d args but got %d", i+1, len(a.list))
	}
	return a.list[i]
}

// count checks how many arguments there are.
func (a *args) count(lo, hi int) {
	if n := len(a.list); n < lo || n > hi {
		a.fail("Expected %d args but got %d", lo, n)
	}
}

// any reports whether an argument is "...".
func (a *args) any(i int) bool {
	_, ok := a.at(i).(Ellipsis)
	return ok
}

// int returns an argument that is a number.
func (a *args) int(i int) int64 {
	n, err := a.r.number(a.at(i))
	if err != nil {
		a.fail("argument %d: %v", i+1, err)
	}
	return n
}

// file returns the file of an argument. One that the script does not have is a
// descriptor that is not open.
func (a *args) file(i int) *file {
	n := int(a.int(i))
	if f, ok := a.r.files[n]; ok {
		return f
	}
	return &file{live: -1, nonblock: true}
}

// number evaluates an expression to a number of the script.
func (r *runner) number(e Expr) (int64, error) {
	switch e := e.(type) {
	case Int:
		return int64(e), nil
	case Symbol:
		if v, ok := r.cfg.defines[string(e)]; ok {
			n, err := strconv.ParseInt(v, 0, 64)
			if err != nil {
				return 0, fmt.Errorf("%s is defined as %q, which is not a number", e, v)
			}
			return n, nil
		}
		if s := lookupSymbol(string(e)); s != nil {
			return s.value(r.cfg.profile), nil
		}
		return 0, fmt.Errorf("unknown symbol: %s", e)
	case Or:
		var n int64
		for _, x := range e {
			v, err := r.number(x)
			if err != nil {
				return 0, err
			}
			n |= v
		}
		return n, nil
	case Call:
		switch e.Name {
		case "htons", "htonl", "ntohs", "ntohl":
			if len(e.Args) == 1 {
				return r.number(e.Args[0])
			}
		case "inet_addr":
			if len(e.Args) == 1 {
				if t, ok := e.Args[0].(Text); ok {
					addr, err := netip.ParseAddr(string(t))
					if err == nil && addr.Is4() {
						b := addr.As4()
						return int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3]), nil
					}
				}
			}
		}
		return 0, fmt.Errorf("cannot evaluate %s()", e.Name)
	case List:
		if len(e) == 1 {
			return r.number(e[0])
		}
	}
	return 0, fmt.Errorf("a number is expected, not %s", describe(e))
}

// describe names what an expression is.
func describe(e Expr) string {
	switch e := e.(type) {
	case Ellipsis:
		return "..."
	case Text:
		return strconv.Quote(string(e))
	case List:
		return "a list"
	case Struct:
		return "a struct"
	}
	return fmt.Sprint(e)
}

// field returns a field of a struct by any of its names; nil if it is not there
// or "...".
func (s Struct) field(names ...string) Expr {
	for _, f := range s {
		for _, n := range names {
			if f.Name == n {
				if _, any := f.Value.(Ellipsis); any {
					return nil
				}
				return f.Value
			}
		}
	}
	return nil
}

// number returns a field that is a number; false if it is not given.
func (a *args) field(s Struct, names ...string) (int64, bool) {
	e := s.field(names...)
	if e == nil {
		return 0, false
	}
	n, err := a.r.number(e)
	if err != nil {
		a.fail("%s: %v", names[0], err)
	}
	return n, true
}

// unwrap returns the struct in {...} or [{...}]; false if there is none.
func unwrap(e Expr) (Struct, bool) {
	if l, ok := e.(List); ok && len(l) == 1 {
		e = l[0]
	}
	s, ok := e.(Struct)
	return s, ok
}

// sockaddr returns the address that an argument gives, or def for "...".
func (a *args) sockaddr(i int, def netip.AddrPort) sockets.SockAddr {
	if a.any(i) {
		return sockets.Inet(def)
	}
	s, ok := unwrap(a.at(i))
	if !ok {
		a.fail("argument %d: an address is expected, not %s", i+1, describe(a.at(i)))
	}
	return a.addrOf(s)
}

// addrOf returns the address that a struct sockaddr gives.
func (a *args) addrOf(s Struct) sockets.SockAddr {
	family, ok := a.field(s, "sa_family", "sin_family", "sin6_family")
	if !ok {
		a.fail("an address needs sa_family")
	}
	port, _ := a.field(s, "sin_port", "sin6_port")
	var addr netip.Addr
	if e := s.field("sin_addr", "sin6_addr"); e != nil {
		addr = a.ip(e)
	}
	switch r := lookupValue(a.r.cfg.profile, gFamily, family); {
	case r == nil:
	case r.ours == sockets.AF_UNSPEC:
		return &sockets.SockAddrUnspec{}
	case r.ours == sockets.AF_INET:
		if !addr.IsValid() {
			addr = netip.IPv4Unspecified()
		}
		if !addr.Is4() {
			a.fail("%v is not an IPv4 address", addr)
		}
		return &sockets.SockAddrInet4{Port: uint16(port), Addr: addr.As4()}
	case r.ours == sockets.AF_INET6:
		if !addr.IsValid() {
			addr = netip.IPv6Unspecified()
		}
		flow, _ := a.field(s, "sin6_flowinfo")
		scope, _ := a.field(s, "sin6_scope_id")
		return &sockets.SockAddrInet6{Port: uint16(port), Addr: addr.As16(), FlowInfo: uint32(flow), ScopeID: uint32(scope)}
	}
	return otherAddr(family)
}

// otherAddr is an address of a family that the sockets do not have.
type otherAddr int

// Family implements sockets.SockAddr.
func (o otherAddr) Family() int { return int(o) }

// ip returns the address of inet_addr("…"), "…", or a number.
func (a *args) ip(e Expr) netip.Addr {
	if c, ok := e.(Call); ok && len(c.Args) > 0 {
		switch c.Name {
		case "inet_addr", "inet6_addr", "inet_pton":
			e = c.Args[len(c.Args)-1]
		}
	}
	if t, ok := e.(Text); ok {
		addr, err := netip.ParseAddr(string(t))
		if err != nil {
			a.fail("bad address %q", string(t))
		}
		return addr
	}
	n, err := a.r.number(e)
	if err != nil {
		a.fail("%v", err)
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// checkAddr returns a check of an address that a call returned; nil if the script
// does not say what it must be.
func (a *args) checkAddr(i int, got *sockets.SockAddr) func() error {
	if i >= len(a.list) {
		return nil
	}
	s, ok := unwrap(a.list[i])
	if !ok {
		return nil
	}
	_, port := a.field(s, "sin_port", "sin6_port")
	host := s.field("sin_addr", "sin6_addr") != nil
	want := a.addrOf(s)
	return func() error {
		w, g := addrPort(want), addrPort(*got)
		if want.Family() != family(*got) || port && w.Port() != g.Port() || host && w.Addr() != g.Addr() {
			return fmt.Errorf("expected address %v but got %v", w, g)
		}
		return nil
	}
}

func family(a sockets.SockAddr) int {
	if a == nil {
		return -1
	}
	return a.Family()
}

// addrPort returns a socket address in Go's form.
func addrPort(a sockets.SockAddr) netip.AddrPort {
	switch a := a.(type) {
	case *sockets.SockAddrInet4:
		return a.AddrPort()
	case *sockets.SockAddrInet6:
		return a.AddrPort()
	}
	return netip.AddrPort{}
}

// checkInt returns a check of a number that a call stored: value for an argument
// such as [16] or 16; nil for "...".
func (a *args) checkInt(i int, what string, got *int64) func() error {
	if i >= len(a.list) || a.any(i) {
		return nil
	}
	if l, ok := a.list[i].(List); ok && len(l) == 1 {
		if _, any := l[0].(Ellipsis); any {
			return nil
		}
	}
	want := a.int(i)
	return func() error {
		if want != *got {
			return fmt.Errorf("%s: expected %d but got %d", what, want, *got)
		}
		return nil
	}
}

// all joins checks; any may be nil.
func all(checks ...func() error) func() error {
	return func() error {
		for _, f := range checks {
			if f == nil {
				continue
			}
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	}
}

// flags translates flags from the script's system to package sockets' numbers.
// What there is not is remarked on and left out.
func (a *args) flags(g group, v int64) (ours int) {
	for i := range symbols {
		s := &symbols[i]
		if s.group != g {
			continue
		}
		bit := s.value(a.r.cfg.profile)
		if bit == none || bit == 0 || v&bit != bit {
			continue
		}
		v &^= bit
		if s.ours == none {
			a.r.note(a.r.line, s.name+": not applicable")
			continue
		}
		ours |= int(s.ours)
	}
	if v != 0 {
		a.r.note(a.r.line, fmt.Sprintf("flags 0x%x: not applicable", v))
	}
	return ours
}

// back translates flags of package sockets to the script's system.
func (r *runner) back(g group, v int) (script int64) {
	for i := range symbols {
		s := &symbols[i]
		if bit := s.value(r.cfg.profile); s.group == g && s.ours > 0 && bit != none && v&int(s.ours) == int(s.ours) {
			script |= bit
		}
	}
	return script
}

// duration returns a struct timeval.
func (a *args) duration(s Struct) time.Duration {
	sec, _ := a.field(s, "tv_sec")
	usec, _ := a.field(s, "tv_usec")
	nsec, _ := a.field(s, "tv_nsec")
	if len(s) == 2 && s[0].Name == "" {
		sec, _ = a.r.number(s[0].Value)
		usec, _ = a.r.number(s[1].Value)
	}
	return time.Duration(sec)*time.Second + time.Duration(usec)*time.Microsecond + time.Duration(nsec)
}
