// Package api is how programs use the stack: lwIP's sequential API (Netconn and
// netbuf), and net.Conn, net.Listener and net.PacketConn.
//
// Three endpoints do the work: a TCP connection ([stream]), a TCP listener
// ([listener]), and a UDP or raw endpoint ([dgram]). The public types are thin
// faces of them: [TCPConn], [TCPListener], [UDPConn] and [IPConn] are the
// endpoint itself under another name, [Netconn] refers to one.
//
// Bytes move outside the core lock. A writer copies and sums its bytes into
// buffers first and takes the lock to queue them. A reader copies from its
// receive mailbox and takes the lock only to reopen the window, in strides:
//
//	Write ─▶ copy+sum ─▶ Lock, PCB.Write, Unlock ─▶ segments leave
//	Read  ◀─ copy ◀─ mailbox ◀─ Handler.Received (inside the core lock)
//
// Locks, in this order: the core lock, then an endpoint's own mutex. The core
// lock is never asked for while holding a mutex, and nobody blocks holding
// either. No goroutine belongs to an endpoint; what waits is the caller, on a
// condition that testing/synctest knows to be durably blocking.
//
// lwIP: api_lib.c, api_msg.c, netbuf.c. The mailboxes differ in one point
// (features row P22): what TCP delivers is bounded by the receive window, so it
// is never refused and offered again.
//
// Files: protocol.go (Protocol, New), config.go, errors.go, address.go
// (net.Addr, zones), endpoint.go (mutex, waiting), deadline.go; stream.go
// (upcalls of TCP), recvmbox.go (reading), write.go, copyless.go (buffers in
// and out without copying), connect.go, close.go; accept.go (listener);
// dgram.go, dgrambox.go, send.go (UDP and raw); tcpconn.go, listener.go,
// udpconn.go, ipconn.go (the net types), dial.go (names and networks);
// forward.go (connections and flows to any address); netconn.go and netconn_*.go, netbuf.go, events.go (lwIP's API).
//
// Exported functions and methods take the core lock, unless they say otherwise;
// those that wait for the peer may block.
package api
