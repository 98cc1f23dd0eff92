package drill

import (
	"fmt"
	"sort"
	"time"

	"github.com/golwip/lwip/sockets"
)

// deadline makes an attempt of f, which returns how many descriptors are ready,
// last for a time: negative: for ever.
func (r *runner) deadline(timeout time.Duration, f func() (int, error), check func() error) attempt {
	since := int64(r.clock.Now())
	waiter := &file{nonblock: timeout == 0}
	return func() (outcome, bool) {
		n, err := f()
		if err == nil && n == 0 && r.waiting(waiter, int64(max(timeout, 0)), since) {
			return outcome{}, false
		}
		return outcome{n: int64(n), err: err, check: check}, true
	}
}

// poll waits for events on descriptors; the timeout is in milliseconds.
func (a *args) poll() attempt {
	a.count(3, 3)
	r := a.r
	list, ok := a.at(0).(List)
	if !ok {
		a.fail("a list of pollfd is expected, not %s", describe(a.at(0)))
	}
	if n := a.int(1); int(n) != len(list) {
		a.fail("nfds is %d for %d pollfd", n, len(list))
	}
	fds := make([]sockets.PollFd, len(list))
	var checks []func() error
	for i, e := range list {
		s, ok := e.(Struct)
		if !ok {
			a.fail("a pollfd is expected, not %s", describe(e))
		}
		fd, _ := a.field(s, "fd")
		events, _ := a.field(s, "events")
		live := -1
		if f, ok := r.files[int(fd)]; ok {
			live = f.live
		} else if fd >= 0 {
			live = 1 << 19 // not open: POLLNVAL
		}
		fds[i] = sockets.PollFd{Fd: live, Events: int16(a.flags(gPoll, events))}
		if want, ok := a.field(s, "revents"); ok {
			checks = append(checks, func() error {
				if got := r.back(gPoll, int(fds[i].Revents)); got != want {
					return fmt.Errorf("expected revents of fd %d to be 0x%x but got 0x%x", fd, want, got)
				}
				return nil
			})
		}
	}
	timeout := time.Duration(a.int(2)) * time.Millisecond
	return r.deadline(timeout, func() (int, error) { return r.sock.Poll(fds, 0) }, all(checks...))
}

// selects is select: sets are lists of descriptors, the last argument a timeval
// or "..." for ever.
func (a *args) selects() attempt {
	a.count(5, 5)
	r := a.r
	var want [3][]int64
	for i := range want {
		list, ok := a.at(i + 1).(List)
		if !ok {
			if n, isInt := a.at(i + 1).(Int); !isInt || n != 0 {
				if !a.any(i + 1) {
					a.fail("a list of descriptors is expected, not %s", describe(a.at(i+1)))
				}
			}
			continue
		}
		for _, e := range list {
			n, err := r.number(e)
			if err != nil {
				a.fail("%v", err)
			}
			want[i] = append(want[i], n)
		}
	}
	timeout := time.Duration(-1)
	if s, ok := unwrap(a.at(4)); ok {
		timeout = a.duration(s)
	} else if n, ok := a.at(4).(Int); ok && n != 0 {
		a.fail("a timeval is expected")
	}
	return r.deadline(timeout, func() (int, error) {
		var sets [3]sockets.FDSet
		top := 0
		for i := range want {
			for _, fd := range want[i] {
				f, ok := r.files[int(fd)]
				if !ok {
					return -1, sockets.EBADF
				}
				sets[i].Set(f.live)
				top = max(top, f.live+1)
			}
		}
		return r.sock.Select(top, &sets[0], &sets[1], &sets[2], 0)
	}, nil)
}

// epoll is a descriptor of Linux's epoll, done with poll.
type epoll struct {
	set map[int]*interest
}

// interest is one descriptor that an epoll watches.
type interest struct {
	events  int64
	data    Struct // the data fields of its epoll_event
	told    int64  // of an edge-triggered one: what was told already
	retired bool   // one-shot, and told
}

func (a *args) epollCreate() attempt {
	a.count(1, 1)
	r := a.r
	fd, err := r.number(a.call.Result)
	if err != nil {
		a.fail("%v", err)
	}
	return once(func() outcome {
		r.epolls[int(fd)] = &epoll{set: make(map[int]*interest)}
		return outcome{n: fd}
	})
}

// epollOf returns the epoll of an argument, or nil.
func (a *args) epollOf(i int) *epoll { return a.r.epolls[int(a.int(i))] }

func (a *args) epollCtl() attempt {
	a.count(4, 4)
	r, p, op, fd := a.r, a.epollOf(0), a.int(1), int(a.int(2))
	s, _ := unwrap(a.at(3))
	events, _ := a.field(s, "events")
	return plain(func() error {
		if _, open := r.files[fd]; p == nil || !open {
			return sockets.EBADF
		}
		_, known := p.set[fd]
		switch {
		case op == 1 && known:
			return sockets.EEXIST
		case op != 1 && !known:
			return sockets.ENOENT
		case op == 2:
			delete(p.set, fd)
		case op == 1, op == 3:
			p.set[fd] = &interest{events: events, data: s}
		default:
			return sockets.EINVAL
		}
		return nil
	})
}

// Bits of epoll events besides those that are poll's on Linux.
const (
	epollOneShot = 1 << 30
	epollET      = 1 << 31
)

// epollWait waits for events: epoll_wait(epfd, {events=…, fd=…}, max, ms). An
// edge is a readiness that was not told since it began.
func (a *args) epollWait() attempt {
	a.count(4, 4)
	r, p := a.r, a.epollOf(0)
	most := int(a.int(2))
	timeout := time.Duration(a.int(3)) * time.Millisecond
	type ready struct {
		fd     int
		events int64
	}
	var got []ready
	var check func() error
	if s, ok := unwrap(a.at(1)); ok {
		want, given := a.field(s, "events")
		fd, named := a.field(s, "fd", "u32", "u64", "ptr")
		check = func() error {
			switch {
			case len(got) == 0:
				return nil
			case given && got[0].events != want:
				return fmt.Errorf("expected events 0x%x but got 0x%x", want, got[0].events)
			case named && int64(got[0].fd) != fd:
				return fmt.Errorf("expected event of fd %d but got fd %d", fd, got[0].fd)
			}
			return nil
		}
	}
	return r.deadline(timeout, func() (int, error) {
		if p == nil {
			return -1, sockets.EBADF
		}
		got = got[:0]
		fds := make([]int, 0, len(p.set))
		for fd := range p.set {
			fds = append(fds, fd)
		}
		sort.Ints(fds)
		for _, fd := range fds {
			in, f := p.set[fd], r.files[fd]
			if f == nil || in.retired || len(got) >= most {
				continue
			}
			poll := []sockets.PollFd{{Fd: f.live, Events: int16(a.flags(gPoll, in.events&(1|4)))}}
			if _, err := r.sock.Poll(poll, 0); err != nil {
				return -1, err
			}
			now := r.back(gPoll, int(poll[0].Revents))
			fresh := now &^ in.told
			if in.events&epollET != 0 {
				in.told = now
			} else {
				fresh = now
			}
			if fresh == 0 {
				continue
			}
			in.retired = in.events&epollOneShot != 0
			got = append(got, ready{fd, now})
		}
		return len(got), nil
	}, check)
}
