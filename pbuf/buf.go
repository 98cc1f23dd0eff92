package pbuf

import (
	"sync/atomic"

	"github.com/golwip/lwip/internal/assert"
)

// MaxLen is the longest packet, in bytes: lwIP's u16 tot_len, and the longest IP
// datagram. MaxFrame is that with the headers of the layers below.
const (
	MaxLen   = 65535
	MaxFrame = MaxLen + RawTXRoom + LinkRoom
)

// Layer says how much room Alloc leaves in front of the payload, for the
// headers that lower layers are going to add.
type Layer uint8

const (
	Raw       Layer = iota // none: a received frame
	RawTX                  // an encapsulation below the link layer
	Link                   // the link header
	IP                     // link and IP headers
	Transport              // link, IP and transport headers
)

// Room in bytes that a header of each layer may take. Link holds an Ethernet
// header, a VLAN tag and a PPPoE header; TCP options are not included, who
// writes them asks for their length too.
const (
	RawTXRoom     = 16
	LinkRoom      = 24
	IPRoom        = 40
	TransportRoom = 20
)

// Room returns the bytes of headroom that l leaves.
func (l Layer) Room() int { return int(layerRoom[l]) }

var layerRoom = [...]uint8{
	Raw:       0,
	RawTX:     RawTXRoom,
	Link:      RawTXRoom + LinkRoom,
	IP:        RawTXRoom + LinkRoom + IPRoom,
	Transport: RawTXRoom + LinkRoom + IPRoom + TransportRoom,
}

// Type is lwIP's pbuf type.
type Type uint8

const (
	// RAM is one block with its headroom, contiguous.
	RAM Type = iota
	// ROM refers to bytes of the caller that never change.
	ROM
	// Reference refers to bytes of the caller that may change after the call:
	// who queues it must copy it first.
	Reference
	// Pooled is a chain of standard blocks, for received frames.
	Pooled
	// Custom refers to bytes of the caller, who is told when they are free.
	Custom
)

// Flags are properties of a packet, kept in the head of its chain.
type Flags uint8

const (
	Push          Flags = 1 << iota // TCP PSH: pass on at once
	LinkBroadcast                   // the frame was sent to the broadcast address
	LinkMulticast                   // the frame was sent to a multicast address
	MulticastLoop                   // our own multicast, looped back
	FIN                             // TCP FIN follows the payload
	HasSum                          // Sum holds the payload's checksum
	Verified                        // the link vouches for the transport checksum
	Partial                         // the transport checksum field holds the pseudo-header's sum
)

// Has reports whether all of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Buf is one element of a chain of packet bytes. The chain's head stands for
// the packet.
//
// Invariant: TotalLen() of an element is its Len plus the TotalLen of the next.
type Buf struct {
	next *Buf
	blk  *block
	off  int32        // of the first payload byte in blk.data
	n    int32        // payload bytes here
	tot  int32        // payload bytes here and in all that follow
	refs atomic.Int32 // owners besides the first, so that none need be stored

	// Flags are meaningful in the head of a chain.
	Flags Flags
	typ   Type
	// Sum is the one's complement sum of this element's bytes (package
	// checksum), valid while Flags has HasSum.
	Sum uint16
	// SegmentSize, if not zero, makes the packet a large segment: a driver that
	// says it can splits the transport payload into pieces of that many bytes.
	SegmentSize uint16
}

// Bytes returns this element's payload. It aliases the block.
func (b *Buf) Bytes() []byte { return b.blk.data[b.off : b.off+b.n] }

// Len returns the length of this element's payload in bytes.
func (b *Buf) Len() int { return int(b.n) }

// TotalLen returns the length of the payload from this element to the end of
// the chain, in bytes.
func (b *Buf) TotalLen() int { return int(b.tot) }

// Next returns the next element, or nil.
func (b *Buf) Next() *Buf { return b.next }

// Type returns the type that b was allocated with.
func (b *Buf) Type() Type { return b.typ }

// Headroom returns how many bytes AddHeader can put in front of b: none if b is
// not Writable.
func (b *Buf) Headroom() int {
	if !b.Writable() {
		return 0
	}
	return int(b.off)
}

// Tailroom returns how many bytes of b's block follow its payload: none if b is
// not Writable.
func (b *Buf) Tailroom() int {
	if !b.Writable() {
		return 0
	}
	return len(b.blk.data) - int(b.off+b.n)
}

// BlockSize returns the size in bytes of the storage that b pins: what a queue
// that holds b is charged for.
func (b *Buf) BlockSize() int { return len(b.blk.data) }

// Writable reports whether b is the only view of its block and the bytes are
// not the caller's of ROM or Reference, so that they may be changed. Somebody
// else who frees a view may turn the answer from false to true at any time, but
// nobody turns it from true to false: a new view is made from an old one.
func (b *Buf) Writable() bool {
	return b.blk.single() && b.typ != ROM && b.typ != Reference
}

// AddHeader moves the start of b's payload n bytes forward in memory, to put a
// header in front of it, and returns the bytes gained. It returns nil, and
// changes nothing, if the headroom is too small, the type forbids it, or the
// block has another view, which might be looking at just these bytes.
//
// lwIP: pbuf_add_header.
func (b *Buf) AddHeader(n int) []byte {
	if n < 0 || n > b.Headroom() {
		return nil
	}
	return b.addHeader(n)
}

func (b *Buf) addHeader(n int) []byte {
	b.off -= int32(n)
	b.n += int32(n)
	b.tot += int32(n)
	if n != 0 {
		b.Flags &^= HasSum
	}
	return b.blk.data[b.off : int(b.off)+n]
}

// AddHeaderForce is AddHeader for any type and also for a shared block: it takes
// back a RemoveHeader. The bytes gained are for reading, unless b is Writable.
//
// lwIP: pbuf_add_header_force.
func (b *Buf) AddHeaderForce(n int) []byte {
	if n < 0 || n > int(b.off) {
		return nil
	}
	return b.addHeader(n)
}

// RemoveHeader hides the first n bytes of b's payload and reports whether there
// were that many in this element.
//
// lwIP: pbuf_remove_header.
func (b *Buf) RemoveHeader(n int) bool {
	if n < 0 || n > int(b.n) {
		return false
	}
	b.off += int32(n)
	b.n -= int32(n)
	b.tot -= int32(n)
	if n != 0 {
		b.Flags &^= HasSum
	}
	return true
}

// Extend lengthens the last element of a chain by n bytes of its tailroom and
// returns them. b must be the last element and a chain of its own. It returns
// nil, and changes nothing, if the tailroom is too small or b has a next.
func (b *Buf) Extend(n int) []byte {
	if n < 0 || n > b.Tailroom() || b.next != nil {
		return nil
	}
	end := b.off + b.n
	b.n += int32(n)
	b.tot += int32(n)
	b.Flags &^= HasSum
	return b.blk.data[end : int(end)+n]
}

// SetNext makes tail the continuation of b, which must be the last element of a
// chain of its own, and takes it over. It is the constant-time form of Cat for
// a packet built from a header and a payload, and does not hold the total to
// MaxLen.
func (b *Buf) SetNext(tail *Buf) {
	assert.That(b.next == nil, "pbuf: SetNext on an element that has a next")
	b.next = tail
	b.tot = b.n + tail.tot
}

// Unchain cuts b off from what follows it, which it returns, or nil: it takes
// back a SetNext. Unlike Dechain it leaves the owners alone.
func (b *Buf) Unchain() (rest *Buf) {
	rest = b.next
	b.next = nil
	b.tot = b.n
	return rest
}
