package drill

import (
	"bytes"
	"fmt"
	"net/netip"

	"github.com/golwip/lwip/sockets"
)

// maxBuffer bounds the buffer of one call in bytes.
const maxBuffer = 64 << 20

// size returns an argument that is a length.
func (a *args) size(i int) int {
	n := a.int(i)
	if n < 0 || n > maxBuffer {
		a.fail("length %d is out of range", n)
	}
	return int(n)
}

// received checks what was read from a connection against what the script's
// segments carry, or against a text in the call.
func (r *runner) received(f *file, b []byte, text Expr, peek bool) error {
	if t, ok := text.(Text); ok {
		if !bytes.Equal([]byte(t), b) {
			return fmt.Errorf("expected data %q but got %q", string(t), b)
		}
		return nil
	}
	if f.flow == nil || f.flow.proto != TCP || !f.flow.peerKnown {
		return nil
	}
	for i := range b {
		if want := pattern(f.flow.read + uint32(i)); b[i] != want {
			return fmt.Errorf("byte %d of the stream is 0x%02x, but 0x%02x was received", f.flow.read+uint32(i), b[i], want)
		}
	}
	if !peek {
		f.flow.read += uint32(len(b))
	}
	return nil
}

// reading makes an attempt that reads. Of MSG_WAITALL it does the waiting.
func (a *args) reading(f *file, size int, flags int, text Expr, recv func(b []byte, flags int) (int, error), check func() error) attempt {
	r := a.r
	b := make([]byte, size)
	got, since := 0, int64(r.clock.Now())
	all := flags&sockets.MSG_WAITALL != 0 && f.typ == sockets.SOCK_STREAM && !f.nonblock && flags&sockets.MSG_DONTWAIT == 0
	peek := flags&sockets.MSG_PEEK != 0
	return func() (outcome, bool) {
		for {
			if peek {
				got = 0
			}
			n, err := recv(b[got:], flags)
			if err == sockets.EAGAIN && flags&sockets.MSG_DONTWAIT == 0 && r.waiting(f, int64(f.rcvtimeo), since) {
				return outcome{}, false
			}
			if err != nil && got == 0 {
				return outcome{n: -1, err: err}, true
			}
			got += max(n, 0)
			if all && n > 0 && got < size && err == nil {
				if peek {
					if r.waiting(f, int64(f.rcvtimeo), since) {
						return outcome{}, false
					}
				} else {
					continue
				}
			}
			stored := b[:min(got, size)]
			return outcome{n: int64(got), check: func() error {
				if err := r.received(f, stored, text, peek); err != nil {
					return err
				}
				if check != nil {
					return check()
				}
				return nil
			}}, true
		}
	}
}

func (a *args) read() attempt {
	a.count(3, 3)
	f := a.file(0)
	return a.reading(f, a.size(2), 0, a.at(1), func(b []byte, _ int) (int, error) { return a.r.sock.Read(f.live, b) }, nil)
}

func (a *args) recv() attempt {
	a.count(4, 4)
	f := a.file(0)
	return a.reading(f, a.size(2), a.flags(gMsg, a.int(3)), a.at(1),
		func(b []byte, flags int) (int, error) { return a.r.sock.Recv(f.live, b, flags) }, nil)
}

func (a *args) recvfrom() attempt {
	a.count(6, 6)
	f := a.file(0)
	var from sockets.SockAddr
	check := a.checkAddr(4, &from)
	return a.reading(f, a.size(2), a.flags(gMsg, a.int(3)), a.at(1), func(b []byte, flags int) (n int, err error) {
		n, from, err = a.r.sock.Recvfrom(f.live, b, flags)
		return n, err
	}, check)
}

// vector returns the lengths, and the contents if given, of an iovec.
func (a *args) vector(e Expr) (sizes []int, texts []Expr) {
	list, ok := e.(List)
	if !ok {
		a.fail("an iovec is expected, not %s", describe(e))
	}
	total := 0
	for _, x := range list {
		s, ok := x.(Struct)
		if !ok || len(s) != 2 {
			a.fail("{..., length} is expected in an iovec")
		}
		n, err := a.r.number(s[1].Value)
		if err != nil || n < 0 || n > maxBuffer {
			a.fail("bad length in an iovec")
		}
		total += int(n)
		sizes, texts = append(sizes, int(n)), append(texts, s[0].Value)
	}
	if total > maxBuffer {
		a.fail("iovec is too long")
	}
	return sizes, texts
}

// pieces cuts b into parts of the given sizes.
func pieces(b []byte, sizes []int) [][]byte {
	iov := make([][]byte, len(sizes))
	for i, n := range sizes {
		n = min(n, len(b))
		iov[i], b = b[:n:n], b[n:]
	}
	return iov
}

// sumInts adds up sizes.
func sumInts(sizes []int) (n int) {
	for _, s := range sizes {
		n += s
	}
	return n
}

func (a *args) readv() attempt {
	a.count(3, 3)
	f := a.file(0)
	sizes, _ := a.vector(a.at(1))
	if n := a.int(2); int(n) != len(sizes) {
		a.fail("iovcnt is %d for %d pieces", n, len(sizes))
	}
	return a.reading(f, sumInts(sizes), 0, Ellipsis{}, func(b []byte, _ int) (int, error) {
		return a.r.sock.Readv(f.live, pieces(b, sizes))
	}, nil)
}

// message returns the struct msghdr of an argument.
func (a *args) message(i int) Struct {
	s, ok := unwrap(a.at(i))
	if !ok {
		a.fail("a msghdr is expected, not %s", describe(a.at(i)))
	}
	return s
}

func (a *args) recvmsg() attempt {
	a.count(3, 3)
	r, f, m := a.r, a.file(0), a.message(1)
	sizes, texts := []int{}, []Expr{}
	if e := m.field("msg_iov"); e != nil {
		sizes, texts = a.vector(e)
	}
	var text Expr = Ellipsis{}
	if len(texts) == 1 {
		text = texts[0]
	}
	var from sockets.SockAddr
	var flags int64
	var checks []func() error
	if e := m.field("msg_name"); e != nil {
		b := args{r: r, call: a.call, list: []Expr{e}}
		checks = append(checks, b.checkAddr(0, &from))
	}
	if want, ok := a.field(m, "msg_flags"); ok {
		checks = append(checks, func() error {
			if want != flags {
				return fmt.Errorf("expected msg_flags 0x%x but got 0x%x", want, flags)
			}
			return nil
		})
	}
	if m.field("msg_control") != nil {
		r.note(r.line, "msg_control: not applicable")
	}
	return a.reading(f, sumInts(sizes), a.flags(gMsg, a.int(2)), text, func(b []byte, fl int) (int, error) {
		msg := sockets.Msg{Iov: pieces(b, sizes)}
		n, err := r.sock.Recvmsg(f.live, &msg, fl)
		from, flags = msg.Name, r.back(gMsg, msg.Flags)
		return n, err
	}, all(checks...))
}

// content returns what a call writes: a text, or the pattern at the end of what
// was written before.
func (a *args) content(f *file, text Expr, size int) []byte {
	b := make([]byte, size)
	if t, ok := text.(Text); ok {
		copy(b, t)
		return b
	}
	off := 0
	if f.flow != nil && f.flow.proto == TCP {
		off = len(f.flow.sent)
	}
	fill(b, uint32(off))
	return b
}

// writing makes an attempt that writes all of b.
func (a *args) writing(f *file, b []byte, flags int, send func(b []byte, flags int) (int, error)) attempt {
	r := a.r
	done, since := 0, int64(r.clock.Now())
	return func() (outcome, bool) {
		for {
			n, err := send(b[done:], flags)
			if n > 0 {
				if f.flow != nil && f.flow.proto == TCP {
					f.flow.sent = append(f.flow.sent, b[done:done+n]...)
				}
				done += n
			}
			blocks := err == sockets.EAGAIN || err == nil && done < len(b) && f.typ == sockets.SOCK_STREAM
			switch {
			case blocks && flags&sockets.MSG_DONTWAIT == 0 && !f.nonblock && n > 0 && done < len(b):
				continue
			case blocks && flags&sockets.MSG_DONTWAIT == 0 && r.waiting(f, int64(f.sndtimeo), since):
				return outcome{}, false
			case err != nil && done == 0:
				return outcome{n: -1, err: err}, true
			}
			return outcome{n: int64(done)}, true
		}
	}
}

func (a *args) write() attempt {
	a.count(3, 3)
	f := a.file(0)
	return a.writing(f, a.content(f, a.at(1), a.size(2)), 0, func(b []byte, _ int) (int, error) { return a.r.sock.Write(f.live, b) })
}

func (a *args) send() attempt {
	a.count(4, 4)
	f := a.file(0)
	return a.writing(f, a.content(f, a.at(1), a.size(2)), a.flags(gMsg, a.int(3)), func(b []byte, flags int) (int, error) {
		return a.r.sock.Send(f.live, b, flags)
	})
}

// sendto sends to an address; "..." is the remote address for a datagram socket
// without a peer.
func (a *args) sendto() attempt {
	a.count(6, 6)
	r, f := a.r, a.file(0)
	var to sockets.SockAddr
	if !a.any(4) {
		if n, err := r.number(a.at(4)); a.at(4) != Symbol("NULL") && (err != nil || n != 0) {
			to = a.sockaddr(4, netip.AddrPort{})
		}
	} else if f.flow == nil && f.typ == sockets.SOCK_DGRAM {
		to = sockets.Inet(r.usual(r.cfg.remote, r.cfg.connectPort))
	}
	return a.writing(f, a.content(f, a.at(1), a.size(2)), a.flags(gMsg, a.int(3)), r.datagram(f, to, func(b []byte, flags int) (int, error) {
		return r.sock.Sendto(f.live, b, flags, to)
	}))
}

// datagram makes sending to an address begin a flow.
func (r *runner) datagram(f *file, to sockets.SockAddr, send func([]byte, int) (int, error)) func([]byte, int) (int, error) {
	return func(b []byte, flags int) (int, error) {
		n, err := send(b, flags)
		if err == nil && to != nil && f.typ == sockets.SOCK_DGRAM {
			name, nerr := r.sock.Getsockname(f.live)
			if nerr != nil {
				return n, err
			}
			local, peer := addrPort(name), addrPort(to)
			addr := local.Addr().Unmap()
			if addr.IsUnspecified() {
				addr = r.cfg.local
			}
			src := Endpoint{addr, int(local.Port())}
			dst := Endpoint{peer.Addr().Unmap(), int(peer.Port())}
			if g := r.find(UDP, src, dst); g != nil {
				r.cur = g
			} else {
				r.add(UDP, src, dst)
			}
		}
		return n, err
	}
}

func (a *args) writev() attempt {
	a.count(3, 3)
	f := a.file(0)
	sizes, texts := a.vector(a.at(1))
	if n := a.int(2); int(n) != len(sizes) {
		a.fail("iovcnt is %d for %d pieces", n, len(sizes))
	}
	whole := a.gather(f, sizes, texts)
	return a.writing(f, whole, 0, func(b []byte, _ int) (int, error) {
		return a.r.sock.Writev(f.live, pieces(b, tail(sizes, len(whole)-len(b))))
	})
}

// gather returns what the pieces of an iovec hold.
func (a *args) gather(f *file, sizes []int, texts []Expr) []byte {
	whole := a.content(f, Ellipsis{}, sumInts(sizes))
	for i, b := range pieces(whole, sizes) {
		if t, ok := texts[i].(Text); ok {
			copy(b, t)
		}
	}
	return whole
}

// tail returns the sizes of what is left after n bytes.
func tail(sizes []int, n int) (left []int) {
	for _, s := range sizes {
		skip := min(s, n)
		n -= skip
		if s-skip > 0 || len(sizes) == 1 {
			left = append(left, s-skip)
		}
	}
	return left
}

func (a *args) sendmsg() attempt {
	a.count(3, 3)
	r, f, m := a.r, a.file(0), a.message(1)
	sizes, texts := []int{}, []Expr{}
	if e := m.field("msg_iov"); e != nil {
		sizes, texts = a.vector(e)
	}
	var to sockets.SockAddr
	if e := m.field("msg_name"); e != nil {
		s, ok := unwrap(e)
		if !ok {
			a.fail("msg_name is not an address")
		}
		to = a.addrOf(s)
	} else if f.flow == nil && f.typ == sockets.SOCK_DGRAM {
		to = sockets.Inet(r.usual(r.cfg.remote, r.cfg.connectPort))
	}
	if m.field("msg_control") != nil {
		r.note(r.line, "msg_control: not applicable")
	}
	whole := a.gather(f, sizes, texts)
	name := to
	if f.typ == sockets.SOCK_STREAM {
		name = nil
	}
	return a.writing(f, whole, a.flags(gMsg, a.int(2)), r.datagram(f, name, func(b []byte, flags int) (int, error) {
		return r.sock.Sendmsg(f.live, &sockets.Msg{Name: to, Iov: pieces(b, tail(sizes, len(whole)-len(b)))}, flags)
	}))
}
