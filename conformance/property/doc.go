// Package property drives two stacks through random calls and random weather on
// the link between them, in virtual time on one goroutine, and checks after each
// step what must hold whatever happened:
//
//   - The bytes that arrive on a connection are a prefix of the bytes written, in
//     order; when the end of the stream arrives, they are all of them.
//   - A connection that neither side cut off, and whose addresses stayed, never
//     fails, and once the weather is fair delivers everything.
//   - A datagram arrives as it was sent or not at all.
//   - Connections are in the state that follows from what was called and told.
//   - Every frame sent can be decoded by gopacket, with right checksums.
//   - In what each stack sends and receives, captured next to it, package oracle
//     finds nothing that an RFC forbids the stack.
//   - Timers and packet memory are bounded, and in the end there are none.
//
// All of it is in the tests. A failure is shrunk to few steps and stored by
// rapid under testdata/rapid; go test replays it from there, and the seed that it
// prints does too.
//
// Files: machine_test.go (the calls), world_test.go (stacks, link, clock),
// conn_test.go and datagram_test.go (what must hold), frame_test.go (frames),
// oracle_test.go (captures), found_test.go (what it has found).
package property
