package api

import "syscall"

// hostDown is the number of ip.ErrHostDown; WASI has none of its own.
const hostDown = syscall.EHOSTUNREACH
