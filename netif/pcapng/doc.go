// Package pcapng records frames in the pcapng format, which Wireshark reads.
//
// [New] wraps any driver and records what passes in both directions, with the
// direction, in nanoseconds of the stack's calendar time: on a sysarch.Manual
// clock two equal runs give equal files. A [Writer] is a file by itself, of any
// number of interfaces and of packets from anywhere.
//
// Recording never holds up or harms traffic: when a write fails, the error is
// kept for Flush, Close and Err, and later packets are only counted.
//
// Source: draft-ietf-opsawg-pcapng (the PCAP Next Generation capture file
// format). Blocks written: Section Header (§4.1), Interface Description (§4.2),
// Enhanced Packet (§4.3); little-endian.
//
// Files: writer.go (Writer), block.go (the layout of blocks), driver.go (Driver).
//
// All methods are safe for concurrent use.
package pcapng
