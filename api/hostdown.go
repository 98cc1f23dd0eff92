//go:build !wasip1

package api

import "syscall"

// hostDown is the number of ip.ErrHostDown.
const hostDown = syscall.EHOSTDOWN
