// Package sockets is BSD sockets over the sequential API: descriptors, options,
// select, poll, fcntl, ioctl and errno.
//
// The functions of C are methods of [Protocol], with the names and the
// constants of lwIP's sys/socket.h; a failed call returns an [Errno], a read at
// the end of a stream returns 0. What C passes as an untyped option value is a
// byte slice here; [Protocol.SetsockoptInt] and its kin encode it.
//
// A descriptor is a [api.Netconn] with what only sockets know: options that no
// protocol has, an error that was told, who waits in select. The protocol's work
// is done below; here are names, numbers and POSIX's rules.
//
//	fd ─▶ table ─▶ socket ─▶ api.Netconn ─▶ tcp, udp, raw
//	                 ▲
//	   waiter ───────┘ select, poll, MSG_WAITALL: woken by the Netconn's events,
//	                   look at its Readiness
//
// Locks: the core lock, then an endpoint's own inside api, then a socket's or a
// waiter's mutex, under which nothing else is called. No goroutine belongs to a
// socket or to somebody who waits, and time-outs are timers of the stack, so
// that everything here also runs on a manual clock.
//
// Errors mean what POSIX says; Config.LwIPErrno goes through lwIP's err_t in
// place of that (err_to_errno).
//
// Deviation: MSG_WAITALL waits for all bytes, where lwIP ignores it
// (Config.IgnoreWaitAll). Pinned by TestWaitAll.
//
// Deviation: waiting in select and poll is safe when the descriptor is closed by
// another goroutine, or the waiting one is called away (SelectContext,
// PollContext); ESP-IDF forbids both. Pinned by TestCloseWakesPoll.
//
// lwIP: sockets.c, inet.h, if_api.c, err.c. Standards: POSIX (IEEE Std
// 1003.1-2017), RFC 3493 (IPv6 sockets), RFC 3542 (IPV6_CHECKSUM, IPV6_PKTINFO).
//
// Files: constants.go; protocol.go (Protocol, New), config.go, stats.go, table.go
// (descriptors), socket.go (one socket; Socket, Close); errno.go (Errno), err.go
// (lwIP's err_t), meaning.go (errors to numbers), netdown.go (ENETDOWN); addr.go
// (SockAddr), addr_wire.go (its bytes), names.go (getsockname, if_nametoindex),
// inet.go; open.go (bind to shutdown), recv.go, recvmsg.go, send.go, control.go
// (control messages); wait.go (who waits), waiters.go (who wakes), poll.go,
// select.go; fcntl.go (and ioctl); options.go (the table of options: one row
// each), option_value.go (their bytes), option_socket.go, option_ip.go,
// option_tcp.go, membership.go, tcpinfo.go.
//
// Exported functions and methods take the core lock; connect, accept, and the
// reads and writes of a blocking socket, select, poll and a lingering close may
// block.
package sockets
