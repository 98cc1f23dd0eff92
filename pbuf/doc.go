// Package pbuf is the stack's packet memory: chains of small views on shared,
// reference-counted blocks.
//
// A [Buf] is one element of a chain: a view (offset, length, next) on a block
// of bytes. Views are private to their owner, storage is shared: a segment that
// waits for its acknowledgement, the frame on an in-memory wire and a capture
// look at the same block through views of their own. Nobody writes to a block
// that somebody else looks at ([Buf.Writable]).
//
//	 head, flags, sums         next
//	┌──────────────┐        ┌──────────────┐
//	│ Buf tot=1514 │───────▶│ Buf tot=1448 │──▶ nil
//	└──────┬───────┘        └──────┬───────┘
//	       │ off, len=66           │ off, len=1448
//	┌──────▼───────┐        ┌──────▼───────┐   ┌─────────────┐
//	│ block 256 B  │        │ block 2 KiB  │◀──│ Buf (the    │
//	│ room│headers │        │ payload      │   │ send queue) │
//	└──────────────┘        └──────────────┘   └─────────────┘
//
// Blocks and views come from a [Pool], one per stack, which bounds them and
// counts them. Every function that takes a *Buf says whether it consumes it
// (frees it or passes it on), borrows it, or retains it.
//
// The operations are lwIP's (pbuf.h), with lwIP's semantics; docs/lwip-map.md
// has the names.
//
// Files: buf.go (Buf, headers), pool.go (Pool: allocation), block.go (storage,
// free lists), share.go (owners and views), chain.go (joining and cutting),
// copy.go, access.go (bytes by offset, search), fifo.go (a stream of packets).
//
// Alloc, Free, Ref, View and Share may be called without the core lock, from any
// goroutine; one Buf is used by one goroutine at a time.
package pbuf
