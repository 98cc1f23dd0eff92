package sockets

import "strconv"

// Err is lwIP's err_t.
type Err int8

// lwIP's error codes.
const (
	ERR_OK         Err = 0
	ERR_MEM        Err = -1
	ERR_BUF        Err = -2
	ERR_TIMEOUT    Err = -3
	ERR_RTE        Err = -4
	ERR_INPROGRESS Err = -5
	ERR_VAL        Err = -6
	ERR_WOULDBLOCK Err = -7
	ERR_USE        Err = -8
	ERR_ALREADY    Err = -9
	ERR_ISCONN     Err = -10
	ERR_CONN       Err = -11
	ERR_IF         Err = -12
	ERR_ABRT       Err = -13
	ERR_RST        Err = -14
	ERR_CLSD       Err = -15
	ERR_ARG        Err = -16
)

// errs has a row for each code, in order: its text and its error number.
//
// lwIP: err_strerr, err_to_errno_table.
var errs = [...]struct {
	text  string
	errno Errno
}{
	{"Ok.", 0},
	{"Out of memory error.", ENOMEM},
	{"Buffer error.", ENOBUFS},
	{"Timeout.", EWOULDBLOCK},
	{"Routing problem.", EHOSTUNREACH},
	{"Operation in progress.", EINPROGRESS},
	{"Illegal value.", EINVAL},
	{"Operation would block.", EWOULDBLOCK},
	{"Address in use.", EADDRINUSE},
	{"Already connecting.", EALREADY},
	{"Already connected.", EISCONN},
	{"Not connected.", ENOTCONN},
	{"Low-level netif error.", EIF},
	{"Connection aborted.", ECONNABORTED},
	{"Connection reset.", ECONNRESET},
	{"Connection closed.", ENOTCONN},
	{"Illegal argument.", EIO},
}

// String returns lwIP's text of the code.
//
// lwIP: lwip_strerr.
func (e Err) String() string {
	if i := -int(e); i >= 0 && i < len(errs) {
		return errs[i].text
	}
	return "Unknown error " + strconv.Itoa(int(e)) + "."
}

// Errno returns the error number that lwIP's sockets give for the code: EIO for
// one that is not known.
//
// lwIP: err_to_errno.
func (e Err) Errno() Errno {
	if i := -int(e); i >= 0 && i < len(errs) {
		return errs[i].errno
	}
	return EIO
}
