package tcp

import "errors"

// Errors of this package. The comments name the POSIX error and lwIP's code.
var (
	ErrReset          = errors.New("tcp: connection reset by peer")        // ECONNRESET, ERR_RST
	ErrRefused        = errors.New("tcp: connection refused")              // ECONNREFUSED, ERR_RST
	ErrTimeout        = errors.New("tcp: connection timed out")            // ETIMEDOUT, ERR_ABRT
	ErrAborted        = errors.New("tcp: connection aborted")              // ECONNABORTED, ERR_ABRT
	ErrClosed         = errors.New("tcp: connection closed for writing")   // EPIPE, ERR_CLSD
	ErrNotConnected   = errors.New("tcp: not connected")                   // ENOTCONN, ERR_CONN
	ErrIsConnected    = errors.New("tcp: already connected")               // EISCONN, ERR_ISCONN
	ErrInUse          = errors.New("tcp: address already in use")          // EADDRINUSE, ERR_USE
	ErrNoAddress      = errors.New("tcp: address is not ours")             // EADDRNOTAVAIL, ERR_VAL
	ErrNoPort         = errors.New("tcp: no ephemeral port free")          // EADDRNOTAVAIL, ERR_USE
	ErrNoMemory       = errors.New("tcp: too many connections")            // ENOBUFS, ERR_MEM
	ErrWouldBlock     = errors.New("tcp: send buffer full")                // EWOULDBLOCK, ERR_MEM
	ErrBadState       = errors.New("tcp: operation invalid in this state") // EINVAL, ERR_VAL
	ErrBadAddress     = errors.New("tcp: invalid remote address")          // EADDRNOTAVAIL, ERR_VAL
	ErrCongestion     = errors.New("tcp: no such congestion controller")   // ENOENT
	ErrAddressChanged = errors.New("tcp: interface address changed")       // ECONNABORTED, ERR_ABRT
)
