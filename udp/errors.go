package udp

import (
	"errors"
	"fmt"

	"github.com/golwip/lwip/ip"
)

// Errors of this package. Methods also return the errors of package ip.
var (
	ErrInUse        = errors.New("udp: address already in use")                         // EADDRINUSE, lwIP ERR_USE
	ErrNotConnected = errors.New("udp: not connected")                                  // ENOTCONN
	ErrNoAddress    = errors.New("udp: address not available")                          // EADDRNOTAVAIL
	ErrNoPort       = errors.New("udp: no ephemeral port is free")                      // EADDRINUSE, lwIP ERR_USE
	ErrRefused      = errors.New("udp: connection refused")                             // ECONNREFUSED: ICMP port unreachable
	ErrProtocol     = errors.New("udp: peer reported a protocol error")                 // EPROTO: ICMP parameter problem
	ErrTooLong      = errors.New("udp: message too long")                               // EMSGSIZE
	ErrBroadcast    = errors.New("udp: broadcast not permitted")                        // EACCES, lwIP ERR_VAL
	ErrClosed       = errors.New("udp: endpoint is closed")                             // EBADF
	ErrFlowEnded    = errors.New("udp: forwarded flow has ended")                       // EBADF: idle, or made room
	ErrTooManyPCBs  = fmt.Errorf("udp: limit of endpoints reached: %w", ip.ErrNoMemory) // ENOBUFS
)
