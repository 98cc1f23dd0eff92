// Package loopback is the interface whose frames come back: 127.0.0.1 and ::1.
//
// A batch that the stack transmits is delivered to it before Transmit returns.
// What the stack transmits while it receives waits for its turn, so that the
// call stack stays flat however long a conversation over the loopback goes on.
//
// lwIP: netif_loop_output, netif_poll, the loopback netif of netif_init.
//
// Files: loopback.go (Config, New, Driver), stats.go.
//
// All methods are safe for concurrent use.
package loopback
