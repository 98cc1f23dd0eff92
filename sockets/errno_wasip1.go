package sockets

import "syscall"

// What stands for numbers that WASI does not have.
const (
	hostESHUTDOWN    = syscall.EPIPE
	hostETOOMANYREFS = syscall.EINVAL
	hostEHOSTDOWN    = syscall.EHOSTUNREACH
)
