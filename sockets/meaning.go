package sockets

import (
	"errors"
	"net"
	"os"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/udp"
)

// errno returns the error number that err means, as an error; nil for nil.
func (p *Protocol) errno(err error) error {
	switch err {
	case nil:
		return nil
	case api.ErrWouldBlock:
		return EAGAIN
	}
	if e, ok := err.(Errno); ok {
		return e
	}
	if p.cfg.LwIPErrno {
		return lwipErr(err).Errno()
	}
	return posix(err)
}

// posixMeanings are the errors whose number here is not the one that package
// api gives.
var posixMeanings = [...]struct {
	err   error
	errno Errno
}{
	{net.ErrClosed, EBADF},
	{ip.ErrNoRoute, ENETUNREACH},
	{ip.ErrHostDown, EHOSTDOWN},
	{raw.ErrNoAddress, EADDRNOTAVAIL},
	{raw.ErrTooLong, EMSGSIZE},
	{raw.ErrTooShort, EINVAL},
	{raw.ErrBroadcast, EACCES},
	{raw.ErrBadOffset, EINVAL},
	{raw.ErrClosed, EBADF},
}

// posix returns what POSIX calls the error.
func posix(err error) Errno {
	for i := range posixMeanings {
		if errors.Is(err, posixMeanings[i].err) {
			return posixMeanings[i].errno
		}
	}
	if e := fromHost(api.Errno(err)); e != 0 {
		return e
	}
	return EIO
}

// lwipMeanings are the codes that lwIP gives for the errors.
var lwipMeanings = [...]struct {
	err  error
	code Err
}{
	{api.ErrInProgress, ERR_INPROGRESS},
	{api.ErrAlready, ERR_ALREADY},
	{api.ErrNotConnected, ERR_CONN},
	{api.ErrIsConnected, ERR_ISCONN},
	{api.ErrMemory, ERR_MEM},
	{api.ErrBuffer, ERR_BUF},
	{api.ErrValue, ERR_VAL},
	{api.ErrArgument, ERR_ARG},
	{api.ErrType, ERR_VAL},
	{api.ErrProtocol, ERR_VAL},
	{api.ErrFamily, ERR_VAL},
	{api.ErrNoDest, ERR_VAL},
	{api.ErrNotMember, ERR_VAL},
	{api.ErrShutdown, ERR_CLSD},
	{net.ErrClosed, ERR_CLSD},
	{os.ErrDeadlineExceeded, ERR_TIMEOUT},
	{tcp.ErrReset, ERR_RST},
	{tcp.ErrRefused, ERR_RST},
	{tcp.ErrTimeout, ERR_ABRT},
	{tcp.ErrAborted, ERR_ABRT},
	{tcp.ErrAddressChanged, ERR_ABRT},
	{tcp.ErrClosed, ERR_CLSD},
	{tcp.ErrNotConnected, ERR_CONN},
	{tcp.ErrIsConnected, ERR_ISCONN},
	{tcp.ErrInUse, ERR_USE},
	{tcp.ErrNoPort, ERR_USE},
	{tcp.ErrNoAddress, ERR_VAL},
	{tcp.ErrBadAddress, ERR_VAL},
	{tcp.ErrBadState, ERR_VAL},
	{tcp.ErrNoMemory, ERR_MEM},
	{tcp.ErrWouldBlock, ERR_MEM},
	{udp.ErrInUse, ERR_USE},
	{udp.ErrNoPort, ERR_USE},
	{udp.ErrNotConnected, ERR_VAL},
	{udp.ErrNoAddress, ERR_VAL},
	{udp.ErrBroadcast, ERR_VAL},
	{udp.ErrTooLong, ERR_MEM},
	{udp.ErrRefused, ERR_RST},
	{raw.ErrNotConnected, ERR_VAL},
	{raw.ErrNoAddress, ERR_VAL},
	{raw.ErrTooLong, ERR_MEM},
	{raw.ErrTooShort, ERR_VAL},
	{raw.ErrBroadcast, ERR_VAL},
	{raw.ErrBadOffset, ERR_VAL},
	{netif.ErrQueueFull, ERR_MEM},
	{netif.ErrDown, ERR_IF},
	{ip.ErrNoMemory, ERR_MEM},
	{ip.ErrNoRoute, ERR_RTE},
	{ip.ErrNoSource, ERR_RTE},
	{ip.ErrHostUnknown, ERR_RTE},
	{ip.ErrFamily, ERR_VAL},
	{ip.ErrTooBig, ERR_VAL},
	{ip.ErrNotMulticast, ERR_VAL},
}

// lwipErr returns lwIP's code for the error; one that is not known is ERR_ARG,
// whose number is EIO.
func lwipErr(err error) Err {
	for i := range lwipMeanings {
		if errors.Is(err, lwipMeanings[i].err) {
			return lwipMeanings[i].code
		}
	}
	return ERR_ARG
}

// orLwIP returns the first number, or the second for who wants lwIP's.
func (p *Protocol) orLwIP(posix, lwip Errno) Errno {
	if p.cfg.LwIPErrno {
		return lwip
	}
	return posix
}
