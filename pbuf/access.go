package pbuf

import (
	"bytes"

	"github.com/golwip/lwip/internal/checksum"
)

// NotFound is what Memcmp, Memfind and Strstr return for "not there".
//
// lwIP: 0xFFFF, which is an offset in chains longer than its own.
const NotFound = -1

// GetAt returns the byte at offset off, or 0 if the chain has none there.
//
// lwIP: pbuf_get_at.
func (b *Buf) GetAt(off int) byte {
	c, _ := b.TryGetAt(off)
	return c
}

// TryGetAt returns the byte at offset off and whether the chain has one there.
//
// lwIP: pbuf_try_get_at, which returns -1 for none.
func (b *Buf) TryGetAt(off int) (c byte, ok bool) {
	e, at := b.Skip(off)
	if e == nil {
		return 0, false
	}
	return e.Bytes()[at], true
}

// PutAt sets the byte at offset off and reports whether the chain has one there
// that is writable.
//
// lwIP: pbuf_put_at.
func (b *Buf) PutAt(off int, c byte) bool {
	e, at := b.Skip(off)
	if e == nil || !e.Writable() {
		return false
	}
	e.Bytes()[at] = c
	e.Flags &^= HasSum
	return true
}

// Memcmp compares the chain from offset off on with s. It returns 0 if the
// bytes are equal, the position of the first difference in s plus one if they
// are not, and NotFound if the chain is too short to hold s there.
//
// lwIP: pbuf_memcmp.
func (b *Buf) Memcmp(off int, s []byte) int {
	if off < 0 || len(s) > int(b.tot)-off {
		return NotFound
	}
	e, at := b.Skip(off)
	if i := mismatch(e, at, s); i < len(s) {
		return i + 1
	}
	return 0
}

// Memfind returns the offset, not below start, at which mem first occurs in the
// chain, or NotFound. It finds an empty mem at start, if the chain reaches so
// far.
//
// lwIP: pbuf_memfind.
func (b *Buf) Memfind(mem []byte, start int) int { return find(b, mem, start) }

// Strstr returns the offset at which substr first occurs in the chain, or
// NotFound. It does not find an empty one.
//
// lwIP: pbuf_strstr.
func (b *Buf) Strstr(substr string) int {
	if substr == "" {
		return NotFound
	}
	return find(b, substr, 0)
}

func find[S string | []byte](b *Buf, s S, start int) int {
	if start < 0 || len(s) > int(b.tot)-start {
		return NotFound
	}
	if len(s) == 0 {
		return start
	}
	base := 0
	for e := b; e != nil; e = e.next {
		p := e.Bytes()
		for at := max(start-base, 0); at < len(p); at++ {
			i := bytes.IndexByte(p[at:], s[0])
			if i < 0 {
				break
			}
			at += i
			if base+at > int(b.tot)-len(s) {
				return NotFound
			}
			if mismatch(e, at, s) == len(s) {
				return base + at
			}
		}
		base += len(p)
	}
	return NotFound
}

// mismatch returns the first position where s differs from the chain e, read
// from offset at of the element e on; len(s) if there is none. The chain may
// end before s does.
func mismatch[S string | []byte](e *Buf, at int, s S) int {
	i := 0
	for ; e != nil && i < len(s); e = e.next {
		for _, c := range e.Bytes()[at:] {
			if i == len(s) {
				break
			}
			if c != s[i] {
				return i
			}
			i++
		}
		at = 0
	}
	return i
}

// Header moves the start of the element's payload: a positive n adds a header
// of n bytes as AddHeader does, a negative one hides -n bytes as RemoveHeader
// does. It reports whether it did.
//
// lwIP: pbuf_header.
func (b *Buf) Header(n int) bool {
	if n <= 0 {
		return b.RemoveHeader(-n)
	}
	return b.AddHeader(n) != nil
}

// HeaderForce is Header with AddHeaderForce.
//
// lwIP: pbuf_header_force.
func (b *Buf) HeaderForce(n int) bool {
	if n <= 0 {
		return b.RemoveHeader(-n)
	}
	return b.AddHeaderForce(n) != nil
}

// FillSum copies src to the element at offset off and returns sum plus the
// checksum of src, swapped if off is odd: the element starts at an even offset
// of what is summed. It reports false, and copies nothing, if src would go
// beyond the element or the element is not Writable.
//
// lwIP: pbuf_fill_chksum.
func (b *Buf) FillSum(src []byte, off int, sum uint16) (uint16, bool) {
	if off < 0 || len(src) > int(b.n)-off || !b.Writable() {
		return sum, false
	}
	part := checksum.Copy(b.Bytes()[off:], src)
	if off&1 != 0 {
		part = checksum.Swap(part)
	}
	b.Flags &^= HasSum
	return checksum.Add(sum, part), true
}
