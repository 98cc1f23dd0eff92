package raw

import (
	"errors"
	"fmt"

	"github.com/golwip/lwip/ip"
)

// Errors of this package. Methods also return the errors of package ip.
var (
	ErrNotConnected = errors.New("raw: not connected")                                  // ENOTCONN
	ErrNoAddress    = errors.New("raw: address not available")                          // EADDRNOTAVAIL
	ErrTooLong      = errors.New("raw: message too long")                               // EMSGSIZE
	ErrTooShort     = errors.New("raw: message too short for its header or checksum")   // EINVAL, lwIP ERR_VAL
	ErrBroadcast    = errors.New("raw: broadcast not permitted")                        // EACCES, lwIP ERR_VAL
	ErrBadOffset    = errors.New("raw: invalid checksum offset")                        // EINVAL
	ErrClosed       = errors.New("raw: endpoint is closed")                             // EBADF
	ErrTooManyPCBs  = fmt.Errorf("raw: limit of endpoints reached: %w", ip.ErrNoMemory) // ENOBUFS
)
