// Package ping asks hosts for an echo: ICMP (RFC 792) over IPv4 and ICMPv6
// (RFC 4443 §4) over IPv6.
//
// A [Session] sends requests one at a time over a raw net.PacketConn, waits for
// each reply until its timeout, and reports through callbacks and a [Profile].
// It has no goroutine and no timer of its own: every wait is a read with a
// deadline on the stack's calendar, so that it runs in virtual time too. It is
// ESP-IDF's esp_ping.
//
// Files: session.go (Session, the exchange), config.go (Config, defaults),
// profile.go (Profile, round-trip statistics), message.go (messages on the
// wire).
//
// Session.Run belongs to one goroutine; Profile and Stop may be called from
// any. Callers do not hold the core lock.
package ping
