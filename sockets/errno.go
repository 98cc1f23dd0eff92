package sockets

import (
	"net"
	"strconv"
	"syscall"
)

// Errno is an error number of POSIX, with the value that Linux and lwIP's errno.h
// give it on every host. It is the error of every function of this package.
//
// errors.Is(err, syscall.ECONNREFUSED) holds for ECONNREFUSED, and so on, also
// where the host's numbers differ; and errors.Is(EBADF, net.ErrClosed) holds.
type Errno int

// Error numbers.
const (
	EPERM           Errno = 1
	ENOENT          Errno = 2
	EINTR           Errno = 4
	EIO             Errno = 5
	ENXIO           Errno = 6
	EBADF           Errno = 9
	EAGAIN          Errno = 11
	EWOULDBLOCK           = EAGAIN
	ENOMEM          Errno = 12
	EACCES          Errno = 13
	EFAULT          Errno = 14
	EBUSY           Errno = 16
	EEXIST          Errno = 17
	ENODEV          Errno = 19
	EINVAL          Errno = 22
	ENFILE          Errno = 23
	EMFILE          Errno = 24
	ENOSPC          Errno = 28
	EPIPE           Errno = 32
	EDOM            Errno = 33
	ERANGE          Errno = 34
	ENOSYS          Errno = 38
	EPROTO          Errno = 71
	EBADMSG         Errno = 74
	EOVERFLOW       Errno = 75
	EILSEQ          Errno = 84
	ENOTSOCK        Errno = 88
	EDESTADDRREQ    Errno = 89
	EMSGSIZE        Errno = 90
	EPROTOTYPE      Errno = 91
	ENOPROTOOPT     Errno = 92
	EPROTONOSUPPORT Errno = 93
	EOPNOTSUPP      Errno = 95
	EAFNOSUPPORT    Errno = 97
	EADDRINUSE      Errno = 98
	EADDRNOTAVAIL   Errno = 99
	ENETDOWN        Errno = 100
	ENETUNREACH     Errno = 101
	ENETRESET       Errno = 102
	ECONNABORTED    Errno = 103
	ECONNRESET      Errno = 104
	ENOBUFS         Errno = 105
	EISCONN         Errno = 106
	ENOTCONN        Errno = 107
	ESHUTDOWN       Errno = 108
	ETOOMANYREFS    Errno = 109
	ETIMEDOUT       Errno = 110
	ECONNREFUSED    Errno = 111
	EHOSTDOWN       Errno = 112
	EHOSTUNREACH    Errno = 113
	EALREADY        Errno = 114
	EINPROGRESS     Errno = 115
	ECANCELED       Errno = 125
)

// EIF is what lwIP's err_to_errno makes of ERR_IF, literally.
const EIF Errno = -1

// errnos names and explains the error numbers.
var errnos = [...]struct {
	errno Errno
	name  string
	text  string
	host  syscall.Errno
}{
	{EPERM, "EPERM", "operation not permitted", syscall.EPERM},
	{ENOENT, "ENOENT", "no such file or directory", syscall.ENOENT},
	{EINTR, "EINTR", "interrupted system call", syscall.EINTR},
	{EIO, "EIO", "input/output error", syscall.EIO},
	{ENXIO, "ENXIO", "no such device or address", syscall.ENXIO},
	{EBADF, "EBADF", "bad file descriptor", syscall.EBADF},
	{EAGAIN, "EAGAIN", "resource temporarily unavailable", syscall.EAGAIN},
	{ENOMEM, "ENOMEM", "cannot allocate memory", syscall.ENOMEM},
	{EACCES, "EACCES", "permission denied", syscall.EACCES},
	{EFAULT, "EFAULT", "bad address", syscall.EFAULT},
	{EBUSY, "EBUSY", "device or resource busy", syscall.EBUSY},
	{EEXIST, "EEXIST", "file exists", syscall.EEXIST},
	{ENODEV, "ENODEV", "no such device", syscall.ENODEV},
	{EINVAL, "EINVAL", "invalid argument", syscall.EINVAL},
	{ENFILE, "ENFILE", "too many open files in system", syscall.ENFILE},
	{EMFILE, "EMFILE", "too many open files", syscall.EMFILE},
	{ENOSPC, "ENOSPC", "no space left on device", syscall.ENOSPC},
	{EPIPE, "EPIPE", "broken pipe", syscall.EPIPE},
	{EDOM, "EDOM", "numerical argument out of domain", syscall.EDOM},
	{ERANGE, "ERANGE", "numerical result out of range", syscall.ERANGE},
	{ENOSYS, "ENOSYS", "function not implemented", syscall.ENOSYS},
	{EPROTO, "EPROTO", "protocol error", syscall.EPROTO},
	{EBADMSG, "EBADMSG", "bad message", syscall.EBADMSG},
	{EOVERFLOW, "EOVERFLOW", "value too large for defined data type", syscall.EOVERFLOW},
	{EILSEQ, "EILSEQ", "invalid or incomplete multibyte or wide character", syscall.EILSEQ},
	{ENOTSOCK, "ENOTSOCK", "socket operation on non-socket", syscall.ENOTSOCK},
	{EDESTADDRREQ, "EDESTADDRREQ", "destination address required", syscall.EDESTADDRREQ},
	{EMSGSIZE, "EMSGSIZE", "message too long", syscall.EMSGSIZE},
	{EPROTOTYPE, "EPROTOTYPE", "protocol wrong type for socket", syscall.EPROTOTYPE},
	{ENOPROTOOPT, "ENOPROTOOPT", "protocol not available", syscall.ENOPROTOOPT},
	{EPROTONOSUPPORT, "EPROTONOSUPPORT", "protocol not supported", syscall.EPROTONOSUPPORT},
	{EOPNOTSUPP, "EOPNOTSUPP", "operation not supported", syscall.EOPNOTSUPP},
	{EAFNOSUPPORT, "EAFNOSUPPORT", "address family not supported by protocol", syscall.EAFNOSUPPORT},
	{EADDRINUSE, "EADDRINUSE", "address already in use", syscall.EADDRINUSE},
	{EADDRNOTAVAIL, "EADDRNOTAVAIL", "cannot assign requested address", syscall.EADDRNOTAVAIL},
	{ENETDOWN, "ENETDOWN", "network is down", syscall.ENETDOWN},
	{ENETUNREACH, "ENETUNREACH", "network is unreachable", syscall.ENETUNREACH},
	{ENETRESET, "ENETRESET", "network dropped connection on reset", syscall.ENETRESET},
	{ECONNABORTED, "ECONNABORTED", "software caused connection abort", syscall.ECONNABORTED},
	{ECONNRESET, "ECONNRESET", "connection reset by peer", syscall.ECONNRESET},
	{ENOBUFS, "ENOBUFS", "no buffer space available", syscall.ENOBUFS},
	{EISCONN, "EISCONN", "transport endpoint is already connected", syscall.EISCONN},
	{ENOTCONN, "ENOTCONN", "transport endpoint is not connected", syscall.ENOTCONN},
	{ESHUTDOWN, "ESHUTDOWN", "cannot send after transport endpoint shutdown", hostESHUTDOWN},
	{ETOOMANYREFS, "ETOOMANYREFS", "too many references: cannot splice", hostETOOMANYREFS},
	{ETIMEDOUT, "ETIMEDOUT", "connection timed out", syscall.ETIMEDOUT},
	{ECONNREFUSED, "ECONNREFUSED", "connection refused", syscall.ECONNREFUSED},
	{EHOSTDOWN, "EHOSTDOWN", "host is down", hostEHOSTDOWN},
	{EHOSTUNREACH, "EHOSTUNREACH", "no route to host", syscall.EHOSTUNREACH},
	{EALREADY, "EALREADY", "operation already in progress", syscall.EALREADY},
	{EINPROGRESS, "EINPROGRESS", "operation now in progress", syscall.EINPROGRESS},
	{ECANCELED, "ECANCELED", "operation canceled", syscall.ECANCELED},
}

// Error returns the text of the number.
func (e Errno) Error() string { return Strerror(int(e)) }

// Strerror returns the text of an error number; 0 is "success".
func Strerror(errno int) string {
	for i := range errnos {
		if int(errnos[i].errno) == errno {
			return errnos[i].text
		}
	}
	if errno == 0 {
		return "success"
	}
	return "unknown error " + strconv.Itoa(errno)
}

// Name returns the symbol of the number, such as "ECONNREFUSED".
func (e Errno) Name() string {
	for i := range errnos {
		if errnos[i].errno == e {
			return errnos[i].name
		}
	}
	return "Errno(" + strconv.Itoa(int(e)) + ")"
}

// Is reports whether target is the host's error of the same name, or, for EBADF,
// net.ErrClosed.
func (e Errno) Is(target error) bool {
	if e == EBADF && target == net.ErrClosed {
		return true
	}
	host, ok := target.(syscall.Errno)
	return ok && host != 0 && fromHost(host) == e
}

// Timeout reports whether time ran out.
func (e Errno) Timeout() bool { return e == EAGAIN || e == ETIMEDOUT }

// Temporary reports whether the same call may succeed later.
func (e Errno) Temporary() bool {
	switch e {
	case EINTR, EMFILE, ENFILE, ENOBUFS, ENOMEM:
		return true
	}
	return e.Timeout()
}

// fromHost returns the number of the host's error of the same name; 0 if this
// package does not have it.
func fromHost(host syscall.Errno) Errno {
	for i := range errnos {
		if errnos[i].host == host {
			return errnos[i].errno
		}
	}
	return 0
}
