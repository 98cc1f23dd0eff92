package sockets

import (
	"context"
	"time"
)

// FDSet is a set of descriptors. The zero value is empty.
//
// C: fd_set, of any size.
type FDSet struct{ words []uint64 }

// Set adds a descriptor. C: FD_SET.
func (f *FDSet) Set(fd int) {
	if fd < 0 {
		return
	}
	for fd/64 >= len(f.words) {
		f.words = append(f.words, 0)
	}
	f.words[fd/64] |= 1 << (fd % 64)
}

// Clear removes a descriptor. C: FD_CLR.
func (f *FDSet) Clear(fd int) {
	if f.IsSet(fd) {
		f.words[fd/64] &^= 1 << (fd % 64)
	}
}

// IsSet reports whether a descriptor is in the set; a nil set is empty. C:
// FD_ISSET.
func (f *FDSet) IsSet(fd int) bool {
	return f != nil && fd >= 0 && fd/64 < len(f.words) && f.words[fd/64]&(1<<(fd%64)) != 0
}

// Zero removes all. C: FD_ZERO.
func (f *FDSet) Zero() {
	if f != nil {
		clear(f.words)
	}
}

// Select waits until a descriptor below nfds is ready: one of read to be read or
// accepted from, one of write to be written to, one of except has an error
// pending, which SO_ERROR tells. It leaves in the sets those that are, and
// returns how many there are in all sets. A nil set is empty. Once the timeout
// has passed it returns 0, with empty sets; a timeout of 0 does not wait,
// Forever waits for ever, others are rounded up to whole milliseconds.
//
// Errors, which leave the sets as they are: EINVAL if nfds or the timeout is out
// of range, EBADF for a descriptor that is not one or is closed meanwhile, EBUSY
// if a socket has too many waiters.
//
// lwIP: lwip_select.
func (p *Protocol) Select(nfds int, read, write, except *FDSet, timeout time.Duration) (int, error) {
	return p.doSelect(context.Background(), nfds, read, write, except, timeout)
}

// SelectContext is Select that waits until ctx is done: EINTR.
func (p *Protocol) SelectContext(ctx context.Context, nfds int, read, write, except *FDSet) (int, error) {
	return p.doSelect(ctx, nfds, read, write, except, Forever)
}

func (p *Protocol) doSelect(ctx context.Context, nfds int, read, write, except *FDSet, timeout time.Duration) (int, error) {
	if nfds < 0 || nfds > p.cfg.Offset+p.cfg.MaxSockets || timeout < 0 && timeout != Forever {
		return -1, EINVAL
	}
	w := p.waiter()
	defer w.done()
	for fd := range nfds {
		want := ready(0)
		if read.IsSet(fd) {
			want |= readable
		}
		if write.IsSet(fd) {
			want |= writable
		}
		if except.IsSet(fd) {
			want |= failed
		}
		if want == 0 {
			continue
		}
		s, err := p.enter(fd)
		if err != nil {
			return -1, err
		}
		w.add(s, fd, want)
		w.set[len(w.set)-1].exact = true
	}
	if _, err := w.wait(ctx, p.end(timeout)); err != nil {
		return -1, err
	}
	for i := range w.set {
		if w.set[i].got&gone != 0 {
			return -1, EBADF
		}
	}
	return w.sets(read, write, except), nil
}

// sets leaves in the sets what is ready and returns how many there are.
func (w *waiter) sets(read, write, except *FDSet) (n int) {
	read.Zero()
	write.Zero()
	except.Zero()
	for i := range w.set {
		x := &w.set[i]
		for set, bit := range [...]ready{readable, writable, failed} {
			if x.got&bit == 0 {
				continue
			}
			[...]*FDSet{read, write, except}[set].Set(x.fd)
			n++
		}
	}
	return n
}
