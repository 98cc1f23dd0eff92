// Package lwip is a TCP/IP stack inside a Go program: lwIP, written from scratch
// in Go.
//
// A [Stack] gets its link from a driver, say [netif/memlink] (a wire in memory)
// or [netif/tuntap], and gives the standard library's connections over it:
//
//	s, err := lwip.New(lwip.Config{})
//	s.AddInterface(driver, netif.Config{Addr4: netip.MustParsePrefix("10.0.0.2/24")})
//	conn, err := s.Dial("tcp", "10.0.0.1:80")
//	l, err := s.Listen("tcp", ":8080")
//
// Stacks share nothing; a program may have any number of them. A stack owns no
// goroutine while nothing is pending: it works on the goroutine of whoever calls
// it, delivers a frame to it, or fires its one alarm. On a [sysarch.Manual]
// clock it runs in virtual time, and repeats exactly for the same seed.
//
// Files: stack.go wires everything; lock.go is the core lock and the alarm;
// interfaces.go and dial.go are what programs call; config.go, presets.go,
// stats.go.
//
// [netif/memlink]: https://pkg.go.dev/github.com/golwip/lwip/netif/memlink
// [netif/tuntap]: https://pkg.go.dev/github.com/golwip/lwip/netif/tuntap
package lwip
