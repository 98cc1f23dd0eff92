package tcp

import "encoding/binary"

// Option kinds (IANA "TCP Option Kind Numbers").
const (
	optEnd       = 0
	optNOP       = 1
	optMSS       = 2 // RFC 9293 §3.7.1
	optScale     = 3 // RFC 7323 §2
	optSACKOK    = 4 // RFC 2018 §2
	optSACK      = 5 // RFC 2018 §3
	optTimestamp = 8 // RFC 7323 §3
)

// optionSet says which options a segment carried.
type optionSet uint8

const (
	hasMSS optionSet = 1 << iota
	hasScale
	hasSACKOK
	hasTimestamp
)

// maxSACKBlocks is how many blocks fit into the options (RFC 2018 §3).
const maxSACKBlocks = 4

// sackBlock is one block of received data: [left, right).
type sackBlock struct{ left, right Seq }

// options are the options of a segment, parsed.
type options struct {
	set    optionSet
	scale  uint8 // of the window, as received
	nsack  uint8
	mss    uint16
	tsval  uint32
	tsecr  uint32
	sack   [maxSACKBlocks]sackBlock
	broken bool // an option had an impossible length; what was before it counts
}

func (o *options) has(x optionSet) bool { return o.set&x != 0 }

// parseOptions reads the options in b. An option with an impossible length ends
// the list, and the segment stands without the rest; options that are unknown
// are skipped by their length.
//
// RFC 9293 §3.1, §3.2 (MUST-4 to MUST-7), RFC 7323 §3.2, RFC 2018 §3.
func parseOptions(b []byte, o *options) {
	o.set, o.nsack, o.broken = 0, 0, false
	// The layout of RFC 7323 appendix A, which nearly every segment has.
	if len(b) == 12 && binary.BigEndian.Uint32(b) == optNOP<<24|optNOP<<16|optTimestamp<<8|10 {
		o.set = hasTimestamp
		o.tsval = binary.BigEndian.Uint32(b[4:])
		o.tsecr = binary.BigEndian.Uint32(b[8:])
		return
	}
	for len(b) > 0 {
		kind := b[0]
		if kind == optEnd {
			return
		}
		if kind == optNOP {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			o.broken = true
			return
		}
		o.parseOne(kind, b[2:b[1]])
		b = b[b[1]:]
	}
}

// parseOne reads the body of one option. A known option of the wrong length is
// ignored.
func (o *options) parseOne(kind byte, body []byte) {
	switch kind {
	case optMSS:
		if len(body) == 2 {
			o.set |= hasMSS
			o.mss = binary.BigEndian.Uint16(body)
		}
	case optScale:
		if len(body) == 1 {
			o.set |= hasScale
			o.scale = min(body[0], maxScale)
		}
	case optSACKOK:
		if len(body) == 0 {
			o.set |= hasSACKOK
		}
	case optTimestamp:
		if len(body) == 8 {
			o.set |= hasTimestamp
			o.tsval = binary.BigEndian.Uint32(body)
			o.tsecr = binary.BigEndian.Uint32(body[4:])
		}
	case optSACK:
		if len(body)%8 != 0 || len(body) > 8*maxSACKBlocks {
			return
		}
		o.nsack = 0
		for ; len(body) > 0; body = body[8:] {
			o.sack[o.nsack] = sackBlock{Seq(binary.BigEndian.Uint32(body)), Seq(binary.BigEndian.Uint32(body[4:]))}
			o.nsack++
		}
	}
}

// Lengths of what is emitted, padded to words.
const (
	lenMSS       = 4
	lenScale     = 4 // with a NOP in front
	lenSACKOK    = 4 // with two NOPs in front
	lenTimestamp = 12
)

// putTimestamp writes a timestamp option with two NOPs in front, and returns
// its length.
func putTimestamp(b []byte, val, ecr uint32) int {
	_ = b[lenTimestamp-1]
	binary.BigEndian.PutUint32(b, optNOP<<24|optNOP<<16|optTimestamp<<8|10)
	binary.BigEndian.PutUint32(b[4:], val)
	binary.BigEndian.PutUint32(b[8:], ecr)
	return lenTimestamp
}

// synOptions says what a SYN offers.
type synOptions struct {
	mss      uint16
	scale    int8 // -1: not offered
	sackOK   bool
	ts       bool
	val, ecr uint32
}

// len returns the length in bytes of the options.
func (o *synOptions) len() int {
	n := lenMSS
	if o.ts {
		n += lenTimestamp
	} else if o.sackOK {
		n += lenSACKOK
	}
	if o.scale >= 0 {
		n += lenScale
	}
	return n
}

// put writes the options in the order that Linux uses: MSS, SACK-permitted and
// timestamps sharing two words, window scale.
func (o *synOptions) put(b []byte) {
	b[0], b[1] = optMSS, 4
	binary.BigEndian.PutUint16(b[2:], o.mss)
	b = b[lenMSS:]
	switch {
	case o.ts:
		putTimestamp(b, o.val, o.ecr)
		if o.sackOK {
			b[0], b[1] = optSACKOK, 2
		}
		b = b[lenTimestamp:]
	case o.sackOK:
		b[0], b[1], b[2], b[3] = optNOP, optNOP, optSACKOK, 2
		b = b[lenSACKOK:]
	}
	if o.scale >= 0 {
		b[0], b[1], b[2], b[3] = optNOP, optScale, 3, byte(o.scale)
	}
}

// sackLen returns the length in bytes of a SACK option of n blocks with two
// NOPs in front.
func sackLen(n int) int {
	if n == 0 {
		return 0
	}
	return 4 + 8*n
}

// putSACK writes a SACK option of the blocks with two NOPs in front.
func putSACK(b []byte, blocks []sackBlock) {
	b[0], b[1], b[2], b[3] = optNOP, optNOP, optSACK, byte(2+8*len(blocks))
	for i, s := range blocks {
		binary.BigEndian.PutUint32(b[4+8*i:], uint32(s.left))
		binary.BigEndian.PutUint32(b[8+8*i:], uint32(s.right))
	}
}
