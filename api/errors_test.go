package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// features S1, S3: every error has its number, and is found as itself and as its
// number.
func TestErrno(t *testing.T) {
	for _, x := range []struct {
		err   error
		errno syscall.Errno
	}{
		{tcp.ErrReset, syscall.ECONNRESET},
		{tcp.ErrRefused, syscall.ECONNREFUSED},
		{tcp.ErrTimeout, syscall.ETIMEDOUT},
		{tcp.ErrClosed, syscall.EPIPE},
		{tcp.ErrInUse, syscall.EADDRINUSE},
		{udp.ErrRefused, syscall.ECONNREFUSED},
		{udp.ErrTooManyPCBs, syscall.ENOBUFS},
		{netif.ErrQueueFull, syscall.ENOMEM},
		{netif.ErrDown, syscall.ENETDOWN},
		{ip.ErrNoRoute, syscall.EHOSTUNREACH},
		{fmt.Errorf("on en0: %w", ip.ErrNoRoute), syscall.EHOSTUNREACH},
		{ErrWouldBlock, syscall.EAGAIN},
		{ErrInProgress, syscall.EINPROGRESS},
		{ErrShutdown, syscall.EPIPE},
	} {
		err := opError("write", "tcp", nil, nil, meaning(x.err))
		if !errors.Is(err, x.err) || !errors.Is(err, x.errno) || Errno(err) != x.errno {
			t.Errorf("%v: errno %d, want %d", err, Errno(err), x.errno)
		}
	}
	other := errors.New("something else")
	for err, errno := range map[error]syscall.Errno{
		nil: 0, io.EOF: 0, net.ErrClosed: syscall.EBADF, os.ErrDeadlineExceeded: syscall.EAGAIN,
		context.DeadlineExceeded: syscall.EAGAIN, syscall.EPERM: syscall.EPERM, other: syscall.EIO, errTimeout: syscall.EAGAIN,
	} {
		if got := Errno(err); got != errno {
			t.Errorf("%v: errno %d, want %d", err, got, errno)
		}
	}
	if meaning(other) != other || meaning(nil) != nil {
		t.Error("meaning changed what it does not know")
	}
}

func TestErrorIsNetError(t *testing.T) {
	for _, x := range []struct {
		err       error
		timeout   bool
		temporary bool
	}{
		{meaning(tcp.ErrTimeout), true, true},
		{errTimeout, true, true},
		{meaning(tcp.ErrReset), false, false},
		{meaning(netif.ErrQueueFull), false, true},
	} {
		op := opError("read", "tcp", nil, nil, x.err).(net.Error)
		temporary := op.(interface{ Temporary() bool }).Temporary()
		if op.Timeout() != x.timeout || temporary != x.temporary {
			t.Errorf("%v: timeout %v, temporary %v", x.err, op.Timeout(), temporary)
		}
	}
}
