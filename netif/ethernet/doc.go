// Package ethernet is Ethernet II and IEEE 802.1Q framing: addresses, types, the
// header. The rules by which an interface takes frames in are in package netif.
//
// Source: IEEE 802.3 clause 3, IEEE 802.1Q clause 9; RFC 894, RFC 1112 §6.4,
// RFC 2464 §7. lwIP: netif/ethernet.c, prot/ethernet.h.
//
// Files: ethernet.go.
//
// It has no state.
package ethernet
