package drill

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/timers"
)

// call is a system call in progress.
//
// No call really blocks: all sockets of the stack under test are non-blocking,
// and a call that would block is tried again after each event, until it
// succeeds or its time is over. So a script needs no goroutine, and repeats
// exactly.
type call struct {
	event *Event
	lo    time.Duration // script time of its end
	try   attempt
	wake  timers.Time // when it is to be tried even if nothing happens; 0: never
}

// attempt tries a call once; false if it would block.
type attempt func() (outcome, bool)

// outcome is what came of a call.
type outcome struct {
	n     int64
	err   error
	file  *file        // a descriptor that it made
	check func() error // of what it wrote to its arguments
	drop  int          // script's descriptor that is no more, plus one
}

// file is what stands behind a descriptor of the script.
type file struct {
	live     int // package sockets' descriptor
	domain   int
	typ      int
	flow     *flow
	nonblock bool // as the script set it
	linger   time.Duration
	rcvtimeo time.Duration
	sndtimeo time.Duration
}

// badCall carries a mistake in a call's arguments out of its handler.
type badCall struct{ err error }

// handlers are the system calls.
var handlers = map[string]func(a *args) attempt{
	"socket": (*args).socket, "bind": (*args).bind, "listen": (*args).listen, "connect": (*args).connect,
	"accept": (*args).accept, "accept4": (*args).accept, "shutdown": (*args).shutdown, "close": (*args).close,
	"read": (*args).read, "readv": (*args).readv, "recv": (*args).recv, "recvfrom": (*args).recvfrom, "recvmsg": (*args).recvmsg,
	"write": (*args).write, "writev": (*args).writev, "send": (*args).send, "sendto": (*args).sendto, "sendmsg": (*args).sendmsg,
	"getsockopt": (*args).getsockopt, "setsockopt": (*args).setsockopt,
	"getsockname": (*args).getsockname, "getpeername": (*args).getpeername,
	"fcntl": (*args).fcntl, "ioctl": (*args).ioctl, "poll": (*args).poll, "select": (*args).selects,
	"epoll_create": (*args).epollCreate, "epoll_create1": (*args).epollCreate,
	"epoll_ctl": (*args).epollCtl, "epoll_wait": (*args).epollWait,
}

// syscallEvent executes a system call. from is the script time that its end
// counts from if it is relative.
func (r *runner) syscallEvent(e *Event, from time.Duration) error {
	if r.pending != nil { // one at a time, as in packetdrill
		if err := r.await(); err != nil {
			return err
		}
	}
	s := e.Syscall
	h, ok := handlers[s.Name]
	if !ok {
		return r.failf("unknown system call: %s", s.Name)
	}
	try, err := r.prepare(h, s)
	if err != nil {
		return r.callFailure(s, err)
	}
	end := s.End
	if e.Time.Kind == Relative {
		end += from
	}
	c := &call{event: e, lo: end, try: try}
	r.pending = c
	out, done := try()
	if done {
		return r.finish(c, out)
	}
	if s.Blocking {
		return nil
	}
	r.pending = nil
	return r.callFailure(s, errors.New("the call blocks, though the script does not say \"...\""))
}

// callFailure returns the Failure of a system call, in packetdrill's form.
func (r *runner) callFailure(s *Syscall, err error) error {
	msg := err.Error()
	return r.failf("runtime error in %s call: %s%s", s.Name, strings.ToUpper(msg[:1]), msg[1:])
}

// prepare evaluates a call's arguments.
func (r *runner) prepare(h func(*args) attempt, s *Syscall) (try attempt, err error) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case badCall:
			err = x.err
		default:
			panic(x)
		}
	}()
	return h(&args{r: r, call: s, list: s.Args}), nil
}

// poll lets the call that blocks try again.
func (r *runner) poll() error {
	c := r.pending
	if c == nil {
		return nil
	}
	out, done := c.try()
	if !done {
		return nil
	}
	line := r.line
	r.line = c.event.Line
	err := r.finish(c, out)
	if err == nil {
		r.line = line
	}
	return err
}

// await waits for the call that blocks.
func (r *runner) await() error {
	c := r.pending
	limit := r.live(c.lo + r.cfg.tolerance)
	for r.pending != nil && r.step(limit) {
		if err := r.poll(); err != nil {
			return err
		}
	}
	if r.pending == nil {
		return nil
	}
	r.clock.AdvanceTo(limit)
	if err := r.poll(); err != nil || r.pending == nil {
		return err
	}
	r.line = c.event.Line
	return r.callFailure(c.event.Syscall, fmt.Errorf("expected system call return at %.6f sec, but it did not return", c.lo.Seconds()))
}

// finish checks what came of a call, and when.
func (r *runner) finish(c *call, out outcome) error {
	r.pending = nil
	s := c.event.Syscall
	if err := r.outcome(s, out); err != nil {
		return r.callFailure(s, err)
	}
	if s.Blocking {
		if err := r.onTime("system call return", Absolute, c.lo, c.lo, r.now()); err != nil {
			return r.failf("%v", err)
		}
	}
	return nil
}

// outcome checks the result of a call and takes over the descriptor it made.
func (r *runner) outcome(s *Syscall, out outcome) error {
	_, any := s.Result.(Ellipsis)
	want, err := r.number(s.Result)
	if err != nil && !any {
		return err
	}
	if out.err != nil {
		errno, ok := out.err.(sockets.Errno)
		if !ok {
			return out.err
		}
		switch {
		case any && s.Errno == "":
			return nil
		case any || want == -1:
			if s.Errno == "" || s.Errno == errno.Name() || s.Errno == "EWOULDBLOCK" && errno == sockets.EAGAIN {
				return nil
			}
			return fmt.Errorf("expected errno %s but got errno %d %s (%v)", s.Errno, int(errno), errno.Name(), errno)
		case want >= 0:
			return fmt.Errorf("expected result %d but got -1 with errno %d %s (%v)", want, int(errno), errno.Name(), errno)
		}
		return fmt.Errorf("expected result %d but got -1 with errno %d %s (%v)", want, int(errno), errno.Name(), errno)
	}
	if out.file != nil {
		if any {
			return nil
		}
		if want < 0 {
			return fmt.Errorf("expected result %d but got a new file descriptor", want)
		}
		if _, taken := r.files[int(want)]; taken {
			return fmt.Errorf("duplicate fd %d in script", want)
		}
		r.files[int(want)] = out.file
		if out.file.flow != nil {
			out.file.flow.fd = int(want)
		}
	} else if !any && want != out.n {
		if s.Errno != "" {
			return fmt.Errorf("expected result %d with errno %s but got %d", want, s.Errno, out.n)
		}
		return fmt.Errorf("expected result %d but got %d", want, out.n)
	}
	if out.drop > 0 {
		delete(r.files, out.drop-1)
	}
	if out.check != nil {
		return out.check()
	}
	return nil
}
