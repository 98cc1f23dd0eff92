//go:build !wasip1

package sockets

import "syscall"

// Numbers that not every system has; see errno_wasip1.go.
const (
	hostESHUTDOWN    = syscall.ESHUTDOWN
	hostETOOMANYREFS = syscall.ETOOMANYREFS
	hostEHOSTDOWN    = syscall.EHOSTDOWN
)
