package api

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// Error is an error with the POSIX error number that it means. errors.Is finds
// both: the sentinel of the package where it arose, and the syscall.Errno.
type Error struct {
	err   error
	errno syscall.Errno
}

// Error returns the text of the sentinel.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the sentinel and the error number.
func (e *Error) Unwrap() []error { return []error{e.err, e.errno} }

// Errno returns the error number.
func (e *Error) Errno() syscall.Errno { return e.errno }

// Timeout reports whether time ran out.
func (e *Error) Timeout() bool {
	return e.errno == syscall.ETIMEDOUT || errors.Is(e.err, os.ErrDeadlineExceeded)
}

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool {
	switch e.errno {
	case syscall.EAGAIN, syscall.EINTR, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED:
		return true
	}
	return e.Timeout()
}

// Errors of this package. The comments name lwIP's code.
var (
	ErrWouldBlock   = newError("api: operation would block", syscall.EAGAIN)      // ERR_WOULDBLOCK
	ErrInProgress   = newError("api: operation in progress", syscall.EINPROGRESS) // ERR_INPROGRESS
	ErrAlready      = newError("api: already connecting", syscall.EALREADY)       // ERR_ALREADY
	ErrNotConnected = newError("api: not connected", syscall.ENOTCONN)            // ERR_CONN
	ErrIsConnected  = newError("api: already connected", syscall.EISCONN)         // ERR_ISCONN
	ErrMemory       = newError("api: out of memory", syscall.ENOMEM)              // ERR_MEM
	ErrBuffer       = newError("api: out of buffers", syscall.ENOBUFS)            // ERR_BUF
	ErrValue        = newError("api: invalid value", syscall.EINVAL)              // ERR_VAL
	ErrArgument     = newError("api: invalid argument", syscall.EINVAL)           // ERR_ARG
	ErrType         = newError("api: operation not supported by this type", syscall.EOPNOTSUPP)
	ErrProtocol     = newError("api: protocol not supported", syscall.EPROTONOSUPPORT)
	ErrFamily       = newError("api: address family not supported", syscall.EAFNOSUPPORT)
	ErrNoInterface  = newError("api: no such interface", syscall.ENODEV)
	ErrNoGroups     = newError("api: no multicast group membership in this stack", syscall.EOPNOTSUPP)
	ErrNotMember    = newError("api: not a member of the group", syscall.EADDRNOTAVAIL)
	ErrNoDest       = newError("api: destination address required", syscall.EDESTADDRREQ)
	ErrShutdown     = newError("api: shut down for writing", syscall.EPIPE) // ERR_CLSD
)

// ErrClosed is net.ErrClosed: the endpoint was closed by its owner.
var ErrClosed = net.ErrClosed

// errDeadline is what a passed deadline gives.
var errDeadline = os.ErrDeadlineExceeded

// errTimeout is what a time limit of lwIP's kind gives: ERR_TIMEOUT.
var errTimeout = &Error{os.ErrDeadlineExceeded, syscall.EAGAIN}

func newError(text string, errno syscall.Errno) *Error { return &Error{errors.New(text), errno} }

// meanings says what the errors of the layers below mean.
var meanings = [...]*Error{
	{tcp.ErrReset, syscall.ECONNRESET},
	{tcp.ErrRefused, syscall.ECONNREFUSED},
	{tcp.ErrTimeout, syscall.ETIMEDOUT},
	{tcp.ErrAborted, syscall.ECONNABORTED},
	{tcp.ErrClosed, syscall.EPIPE},
	{tcp.ErrNotConnected, syscall.ENOTCONN},
	{tcp.ErrIsConnected, syscall.EISCONN},
	{tcp.ErrInUse, syscall.EADDRINUSE},
	{tcp.ErrNoAddress, syscall.EADDRNOTAVAIL},
	{tcp.ErrNoPort, syscall.EADDRNOTAVAIL},
	{tcp.ErrNoMemory, syscall.ENOBUFS},
	{tcp.ErrWouldBlock, syscall.EAGAIN},
	{tcp.ErrBadState, syscall.EINVAL},
	{tcp.ErrBadAddress, syscall.EADDRNOTAVAIL},
	{tcp.ErrAddressChanged, syscall.ECONNABORTED},
	{udp.ErrInUse, syscall.EADDRINUSE},
	{udp.ErrNotConnected, syscall.EDESTADDRREQ},
	{udp.ErrNoAddress, syscall.EADDRNOTAVAIL},
	{udp.ErrNoPort, syscall.EADDRINUSE},
	{udp.ErrRefused, syscall.ECONNREFUSED},
	{udp.ErrProtocol, syscall.EPROTO},
	{udp.ErrTooLong, syscall.EMSGSIZE},
	{udp.ErrBroadcast, syscall.EACCES},
	{udp.ErrClosed, syscall.EBADF},
	{udp.ErrTooManyPCBs, syscall.ENOBUFS},
	{netif.ErrQueueFull, syscall.ENOMEM}, // guide §14
	{netif.ErrDown, syscall.ENETDOWN},
	{ip.ErrNoRoute, syscall.EHOSTUNREACH},
	{ip.ErrNoSource, syscall.EADDRNOTAVAIL},
	{ip.ErrTooBig, syscall.EMSGSIZE},
	{ip.ErrNoMemory, syscall.ENOBUFS},
	{ip.ErrFamily, syscall.EAFNOSUPPORT},
	{ip.ErrHostDown, hostDown},
	{ip.ErrHostUnknown, syscall.EHOSTUNREACH},
	{ip.ErrNotMulticast, syscall.EINVAL},
	{raw.ErrNotConnected, syscall.EDESTADDRREQ},
}

// meaning returns err with its error number; an error that is not in the table
// stays as it is.
func meaning(err error) error {
	if err == nil {
		return nil
	}
	for _, e := range &meanings {
		if e.err == err {
			return e
		}
	}
	for _, e := range &meanings {
		if errors.Is(err, e.err) {
			return &Error{err, e.errno}
		}
	}
	return err
}

// Errno returns the POSIX error number of an error of this package; 0 for nil
// and for io.EOF, EIO for one that has none.
//
// lwIP: err_to_errno.
func Errno(err error) syscall.Errno {
	var e *Error
	var n syscall.Errno
	switch {
	case err == nil, err == io.EOF:
		return 0
	case errors.As(err, &e):
		return e.errno
	case errors.As(err, &n):
		return n
	case errors.Is(err, net.ErrClosed):
		return syscall.EBADF
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return syscall.EAGAIN
	}
	return syscall.EIO
}
