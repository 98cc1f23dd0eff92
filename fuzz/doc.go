// Package fuzz holds the fuzz targets that give input to a whole stack: frames,
// conversations, calls and time, in any order and in any state of TCP. A
// parser's own fuzz test stays beside the parser.
//
// Each input runs on a stack of its own, in virtual time, on one goroutine and
// with fixed seeds, so that it repeats exactly. Whatever comes, these hold after
// each event:
//
//   - Nothing panics, and no call blocks.
//   - Packet memory stays below its bound, timers and caches below theirs, and in
//     the end nothing of them is left.
//   - An event has a bounded number of frames for an answer, and a stretch of time
//     a bounded number of alarms. Nothing answers a RST with a RST, or an ICMP
//     error with an ICMP error.
//   - Every frame sent can be decoded by gopacket, with right lengths and
//     checksums.
//   - The payload of every segment sent is that of the stream that was written, at
//     its place; a FIN comes after all of it. What was not sent is not
//     acknowledged.
//   - What is received is a prefix of what the peer sent, at its place.
//   - A connection goes from state to state as RFC 9293 §3.3.2 allows, and its
//     figures are sound.
//   - The stack goes on serving others.
//
// README.md says how the targets are run, docs/security.md what they found and
// which class of attack each is for.
//
// Files: world_test.go (the stack), clock_test.go, emitted_test.go and
// invariants_test.go (what must hold), conn_test.go (what uses the stack),
// peer_test.go, states_test.go (the other side, and how to get into each
// state), build_test.go, mend_test.go, fields_test.go, mutate_test.go (frames
// and their fields), source_test.go, seeds_test.go; one file for each target:
// frames, conversation, sockets, netconn, timers, presets, oracle.
package fuzz
