// Package plot draws a TCP connection from a capture: the time-sequence plot
// that tcptrace introduced and Wireshark draws, with the round-trip time and the
// bytes in flight below it, as SVG.
//
//	octets ▲            ── window: what the receiver would take
//	       │      ╭─────╯  ╷
//	       │  ────╯    ╷ ╷ │  segments, by payload; sent again in another colour
//	       │       ╷ ╷ │ ╵
//	       │   ╷ ╷ │ ╭────────── acknowledged
//	       │   │ ╭───╯   ┊ SACK blocks
//	       └───┴───────────────────▶ time
//
// [List] tells what connections there are, [Load] reads one of them, in one
// direction, and [Trace.SVG] draws it. Reading and decoding are package oracle's.
//
// Files: list.go (the connections of a capture), trace.go (what is drawn of
// one), axis.go (scales and ticks), svg.go (writing SVG), draw.go (the page),
// panels.go (its parts).
package plot
