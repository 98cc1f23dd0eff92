package oracle

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// ErrNotCapture says that what was read is neither pcap nor pcapng.
var ErrNotCapture = errors.New("oracle: not a pcap or pcapng file")

// Capture is a capture file being read.
type Capture struct {
	read   func() ([]byte, gopacket.CaptureInfo, error)
	link   func(gopacket.CaptureInfo) layers.LinkType
	packet Packet
	n      int
	// For a classic file, whose reader takes a record that lacks all its bytes
	// for the end: bytes read, and bytes in the records returned.
	in    *counter
	taken int64
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}

// Open begins to read a capture: pcap in any byte order and resolution, pcapng,
// or either of them compressed by gzip.
func Open(r io.Reader) (*Capture, error) {
	b := bufio.NewReaderSize(r, 256<<10)
	magic, _ := b.Peek(4)
	if len(magic) >= 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("oracle: %w", err)
		}
		b = bufio.NewReaderSize(z, 256<<10)
		magic, _ = b.Peek(4)
	}
	if len(magic) < 4 {
		return nil, ErrNotCapture
	}
	c := new(Capture)
	var err error
	switch string(magic) {
	case "\x0a\x0d\x0d\x0a":
		err = c.openNg(b)
	case "\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1":
		err = c.openClassic(b)
	default:
		return nil, ErrNotCapture
	}
	if err != nil {
		return nil, fmt.Errorf("oracle: %w", err)
	}
	return c, nil
}

func (c *Capture) openClassic(r io.Reader) error {
	c.in, c.taken = &counter{r: r}, 24
	p, err := pcapgo.NewReader(c.in)
	if err != nil {
		return err
	}
	// Some writers record more than the header admits.
	p.SetSnaplen(maxCaptured)
	link := p.LinkType()
	c.read = p.ZeroCopyReadPacketData
	c.link = func(gopacket.CaptureInfo) layers.LinkType { return link }
	return nil
}

// maxCaptured bounds what is believed of a record's length.
const maxCaptured = 1 << 20

func (c *Capture) openNg(r io.Reader) (err error) {
	defer recovered(&err)
	p, err := pcapgo.NewNgReader(&guard{r: r}, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
	if err != nil {
		return err
	}
	c.read = p.ZeroCopyReadPacketData
	c.link = func(ci gopacket.CaptureInfo) layers.LinkType {
		for _, a := range ci.AncillaryData {
			if l, ok := a.(layers.LinkType); ok {
				return l
			}
		}
		return p.LinkType()
	}
	return nil
}

// recovered turns a panic into an error: the pcapng reader has some for files
// whose options are too short.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = fmt.Errorf("malformed file: %v", v)
	}
}

// Next returns the next packet, io.EOF at the end, and io.ErrUnexpectedEOF where
// the file ends within a packet. The packet and its bytes are valid until the
// next call.
func (c *Capture) Next() (*Packet, error) {
	data, ci, err := c.next()
	if err == io.EOF && c.in != nil && c.in.n != c.taken {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		return nil, fmt.Errorf("oracle: packet %d: %w", c.n+1, err)
	}
	c.n++
	c.taken += 16 + int64(len(data))
	p := &c.packet
	p.reset()
	p.Number = c.n
	p.At = time.Duration(ci.Timestamp.UnixNano())
	p.Interface = ci.InterfaceIndex
	p.Len, p.CapLen = max(ci.Length, len(data)), len(data)
	p.decodeLink(c.link(ci), data)
	return p, nil
}

func (c *Capture) next() (data []byte, ci gopacket.CaptureInfo, err error) {
	defer recovered(&err)
	return c.read()
}
