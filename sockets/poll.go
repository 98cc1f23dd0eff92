package sockets

import (
	"context"
	"time"

	"github.com/golwip/lwip/timers"
)

// PollFd is one descriptor of Poll: what to wait for, and what happened. A
// negative one is ignored.
//
// C: struct pollfd.
type PollFd struct {
	Fd      int
	Events  int16
	Revents int16
}

// Poll waits until something happens on a descriptor, and returns on how many.
// POLLERR and POLLNVAL are told in any case: an error is pending (SO_ERROR tells
// it), the descriptor is not one or is closed meanwhile. The end of a stream is
// POLLIN. A timeout of 0 does not wait, a negative one waits for ever; others
// are rounded up to whole milliseconds.
//
// Errors: EBUSY if a socket has too many waiters. With Config.LwIPErrno also
// EBADF, with POLLNVAL set, where POSIX counts the descriptor.
//
// lwIP: lwip_poll.
func (p *Protocol) Poll(fds []PollFd, timeout time.Duration) (int, error) {
	return p.poll(context.Background(), fds, timeout)
}

// PollContext is Poll that waits until ctx is done: EINTR.
func (p *Protocol) PollContext(ctx context.Context, fds []PollFd) (int, error) {
	return p.poll(ctx, fds, Forever)
}

func (p *Protocol) poll(ctx context.Context, fds []PollFd, timeout time.Duration) (int, error) {
	w := p.waiter()
	defer w.done()
	bad := 0
	for i := range fds {
		f := &fds[i]
		f.Revents = 0
		if f.Fd < 0 {
			w.add(nil, f.Fd, 0)
			continue
		}
		s, err := p.enter(f.Fd)
		if err != nil {
			f.Revents = POLLNVAL
			bad++
		}
		w.add(s, f.Fd, wanted(f.Events))
	}
	if bad > 0 {
		timeout = 0
	}
	n, err := w.wait(ctx, p.end(timeout))
	if err != nil && bad == 0 {
		return 0, err
	}
	for i := range fds {
		if x := &w.set[i]; x.s != nil {
			fds[i].Revents = events(x.got, fds[i].Events)
			if x.got&gone != 0 {
				bad++
				n--
			}
		}
	}
	if bad > 0 && p.cfg.LwIPErrno {
		return -1, EBADF
	}
	return n + bad, nil
}

// wanted returns what poll's events wait for.
func wanted(events int16) (want ready) {
	if events&(POLLIN|POLLRDNORM) != 0 {
		want |= readable
	}
	if events&(POLLOUT|POLLWRNORM) != 0 {
		want |= writable
	}
	return want
}

// events returns poll's name for what happened.
func events(got ready, asked int16) (e int16) {
	switch {
	case got&gone != 0:
		return POLLNVAL
	case got&failed != 0:
		e |= POLLERR
	}
	if got&readable != 0 {
		e |= asked & (POLLIN | POLLRDNORM)
	}
	if got&writable != 0 {
		e |= asked & (POLLOUT | POLLWRNORM)
	}
	return e
}

// Forever is a timeout that does not pass.
const Forever time.Duration = -1

// end returns when a wait that begins now is over. Anything but 0 is at least a
// millisecond, and whole ones, as in lwIP.
func (p *Protocol) end(timeout time.Duration) timers.Time {
	switch {
	case timeout < 0:
		return timers.Never
	case timeout == 0:
		return p.clock.Now()
	}
	ms := (timeout-1)/time.Millisecond + 1
	return p.clock.Now().Add(ms * time.Millisecond)
}
