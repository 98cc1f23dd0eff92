package pcapng

import "encoding/binary"

// Block types (draft-ietf-opsawg-pcapng §4).
const (
	blockInterface = 1
	blockPacket    = 6
	blockSection   = 0x0a0d0d0a
)

// Options of blocks (§3.5, §4.1 to §4.3).
const (
	optEnd         = 0
	optComment     = 1
	optHardware    = 2 // of a section
	optOS          = 3
	optApplication = 4
	optName        = 2 // of an interface
	optDescription = 3
	optMAC         = 6
	optResolution  = 9
	optFlags       = 2 // of a packet
)

const (
	// byteOrderMagic tells the reader the section's byte order.
	byteOrderMagic = 0x1a2b3c4d
	nanoseconds    = 9 // if_tsresol: units of 10^-9 s
	// maxOption is the longest option value in bytes. The format has room for
	// three more, but their padding overflows some readers' 16 bits.
	maxOption = 65532
)

var le = binary.LittleEndian

// begin appends the head of a block, whose length end fills in, and returns the
// extended buffer and where the block starts:
//
//	 0        4        8                     n-4      n
//	┌────────┬────────┬─────────────────────┬────────┐
//	│ type   │ length │ body, options       │ length │
//	└────────┴────────┴─────────────────────┴────────┘
func begin(b []byte, typ uint32) (_ []byte, start int) {
	start = len(b)
	b = le.AppendUint32(b, typ)
	return le.AppendUint32(b, 0), start
}

// end completes the block that starts at start.
func end(b []byte, start int) []byte {
	n := uint32(len(b) - start + 4)
	le.PutUint32(b[start+4:], n)
	return le.AppendUint32(b, n)
}

// pad appends zeros to the next multiple of four bytes from start on.
func pad(b []byte, start int) []byte {
	for (len(b)-start)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// option appends an option, unless its value is empty. Values longer than
// maxOption are cut.
func option[T string | []byte](b []byte, code uint16, value T) []byte {
	if len(value) == 0 {
		return b
	}
	value = value[:min(len(value), maxOption)]
	b = le.AppendUint16(b, code)
	b = le.AppendUint16(b, uint16(len(value)))
	start := len(b)
	return pad(append(b, value...), start)
}

// endOptions appends the end of a list of options.
func endOptions(b []byte) []byte { return le.AppendUint32(b, optEnd) }
