package pbuf

import "sync/atomic"

// MaxLen is the longest chain, in bytes: lwIP's u16 tot_len, and the longest IP
// datagram.
const MaxLen = 65535

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
	off  int32 // of the first payload byte in blk.data
	n    int32 // payload bytes here
	tot  int32 // payload bytes here and in all that follow
	refs atomic.Int32

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

// Headroom returns how many bytes AddHeader can put in front of b.
func (b *Buf) Headroom() int {
	if b.typ == ROM || b.typ == Reference {
		return 0
	}
	return int(b.off)
}

// Tailroom returns how many bytes of b's block follow its payload.
func (b *Buf) Tailroom() int { return len(b.blk.data) - int(b.off+b.n) }

// BlockSize returns the size in bytes of the storage that b pins: what a queue
// that holds b is charged for.
func (b *Buf) BlockSize() int { return len(b.blk.data) }

// Writable reports whether b is the only view of its block, so that its bytes
// may be changed.
func (b *Buf) Writable() bool {
	return b.blk.refs.Load() == 1 && b.typ != ROM && b.typ != Reference
}

// AddHeader moves the start of b's payload n bytes forward in memory, to put a
// header in front of it, and returns the bytes gained. It returns nil, and
// changes nothing, if the headroom is too small or the type forbids it.
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
	b.Flags &^= HasSum
	return b.blk.data[b.off : int(b.off)+n]
}

// AddHeaderForce is AddHeader also for types that refer to the caller's bytes,
// as long as the bytes were there before: it takes back a RemoveHeader.
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
// returns them. b must be the last element and a chain of its own.
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
// a packet built from a header and a payload.
func (b *Buf) SetNext(tail *Buf) {
	b.next = tail
	b.tot = b.n + tail.tot
}

// Ref adds an owner to the chain that begins with b: one more Free is needed to
// release it. The owners share the view; for a view of its own use View.
//
// lwIP: pbuf_ref.
func (b *Buf) Ref() { b.refs.Add(1) }

// Free takes one owner from the chain that begins with b, and releases the
// elements that have none left, up to the first that has. It returns the number
// of elements released. b may be nil.
//
// lwIP: pbuf_free.
func (b *Buf) Free() int {
	n := 0
	for b != nil {
		if r := b.refs.Load(); r != 1 && b.refs.Add(-1) > 0 {
			break
		}
		next := b.next
		b.release()
		b = next
		n++
	}
	return n
}

// View returns a new chain of one element that looks at n bytes of b's payload
// from off on, sharing the block. Flags and sums are not taken over. It returns
// nil if the range is not within b or the pool is exhausted.
func (b *Buf) View(off, n int) *Buf {
	if off < 0 || n < 0 || off+n > int(b.n) {
		return nil
	}
	v := b.blk.pool.view()
	if v == nil {
		return nil
	}
	b.blk.refs.Add(1)
	v.blk = b.blk
	v.off = b.off + int32(off)
	v.n, v.tot = int32(n), int32(n)
	v.typ = b.typ
	return v
}

// Share returns a chain of new views on the same bytes as the chain b, with the
// head's flags, or nil if the pool is exhausted.
func (b *Buf) Share() *Buf {
	var head, last *Buf
	for e := b; e != nil; e = e.next {
		v := e.View(0, int(e.n))
		if v == nil {
			head.Free()
			return nil
		}
		v.tot = e.tot
		v.Flags, v.Sum = e.Flags, e.Sum
		if last == nil {
			head = v
		} else {
			last.next = v
		}
		last = v
	}
	head.SegmentSize = b.SegmentSize
	return head
}
