package pcapng

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// Errors of this package.
var (
	ErrClosed      = errors.New("pcapng: writer is closed")
	ErrNoInterface = errors.New("pcapng: no such interface")
)

// Section describes a file. The zero value names the machine's architecture and
// operating system, and this library.
type Section struct {
	// Hardware, OS and Application are shb_hardware, shb_os and shb_userappl.
	// Defaults: runtime.GOARCH, runtime.GOOS, "lwip in Go".
	Hardware, OS, Application string
	// Comment is a comment on the whole file. Default: none.
	Comment string
}

// LinkType is what an interface's packets begin with (the registry of
// LINKTYPE_ values).
type LinkType uint16

const (
	LinkEthernet LinkType = 1   // an Ethernet header
	LinkRaw      LinkType = 101 // an IPv4 or IPv6 header
)

// Interface describes an interface in a file.
type Interface struct {
	Link LinkType
	// Name and Description are if_name and if_description; empty for none.
	Name, Description string
	// HWAddr is if_MACaddr; zero for none.
	HWAddr ethernet.Addr
	// SnapLen is the most bytes of a packet that are recorded. Default 0: all.
	SnapLen int
}

// Flags are a packet's epb_flags.
type Flags uint32

const (
	Inbound  Flags = 1
	Outbound Flags = 2
	// How an inbound packet was addressed on its link.
	Unicast   Flags = 1 << 2
	Multicast Flags = 2 << 2
	Broadcast Flags = 3 << 2
)

// Packet is a packet to be recorded.
type Packet struct {
	Interface int // what AddInterface returned
	Time      time.Time
	Data      []byte
	// Length is the packet's on the link, if Data is only its beginning.
	Length int
	Flags  Flags
	// Comment is a comment on the packet. Default: none.
	Comment string
}

// bufferSize is when buffered blocks are written.
const bufferSize = 64 << 10

// Writer writes one file of one section.
type Writer struct {
	mu    sync.Mutex
	w     io.Writer
	buf   []byte // complete blocks, not written yet
	snap  []int  // of each interface
	err   error  // of the first failed write; or ErrClosed
	stats Stats
}

// Stats counts what a Writer recorded.
type Stats struct {
	// Packets counts packets recorded.
	Packets uint64
	// Cut counts packets of which SnapLen left out a part.
	Cut uint64
	// Dropped counts packets not recorded since a write failed or Close.
	Dropped uint64
}

// NewWriter returns a Writer of a file with the default Section. It buffers;
// the error is that of writing the beginning.
func NewWriter(w io.Writer) (*Writer, error) { return NewSection(w, Section{}) }

// NewSection returns a Writer of a file described by sec.
func NewSection(w io.Writer, sec Section) (*Writer, error) {
	or := func(s, def string) string {
		if s == "" {
			return def
		}
		return s
	}
	b, start := begin(make([]byte, 0, bufferSize+4096), blockSection)
	b = le.AppendUint32(b, byteOrderMagic)
	b = le.AppendUint16(b, 1)          // major version
	b = le.AppendUint16(b, 0)          // minor version
	b = le.AppendUint64(b, ^uint64(0)) // length of the section: unknown
	b = option(b, optComment, sec.Comment)
	b = option(b, optHardware, or(sec.Hardware, runtime.GOARCH))
	b = option(b, optOS, or(sec.OS, runtime.GOOS))
	b = option(b, optApplication, or(sec.Application, "lwip in Go"))
	wr := &Writer{w: w, buf: end(endOptions(b), start)}
	return wr, wr.Flush()
}

// AddInterface describes an interface and returns its number, from 0, for
// Packet.Interface.
func (w *Writer) AddInterface(ifc Interface) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return -1, w.err
	}
	snap := max(ifc.SnapLen, 0)
	b, start := begin(w.buf, blockInterface)
	b = le.AppendUint16(b, uint16(ifc.Link))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, uint32(snap))
	b = option(b, optName, ifc.Name)
	b = option(b, optDescription, ifc.Description)
	if !ifc.HWAddr.IsZero() {
		b = option(b, optMAC, ifc.HWAddr[:])
	}
	b = option(b, optResolution, []byte{nanoseconds})
	w.buf = end(endOptions(b), start)
	w.snap = append(w.snap, snap)
	return len(w.snap) - 1, w.flush()
}

// WritePacket records p. It borrows p.Data.
func (w *Writer) WritePacket(p Packet) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p.Interface < 0 || p.Interface >= len(w.snap) {
		return fmt.Errorf("%w: %d", ErrNoInterface, p.Interface)
	}
	if w.err != nil {
		w.stats.Dropped++
		return w.err
	}
	n := w.cut(p.Interface, len(p.Data))
	start := w.beginPacket(p.Interface, p.Time.UnixNano(), n, max(p.Length, len(p.Data)))
	w.buf = append(w.buf, p.Data[:n]...)
	return w.endPacket(start, p.Flags, p.Comment)
}

// writeFrames records frames that passed at one time. It borrows them.
func (w *Writer) writeFrames(ifc int, at time.Time, frames []*pbuf.Buf, flags func(*pbuf.Buf) Flags) {
	ns := at.UnixNano()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range frames {
		if w.err != nil {
			w.stats.Dropped++
			continue
		}
		left := w.cut(ifc, f.TotalLen())
		start := w.beginPacket(ifc, ns, left, f.TotalLen())
		for e := f; e != nil && left > 0; e = e.Next() {
			b := e.Bytes()
			b = b[:min(len(b), left)]
			w.buf = append(w.buf, b...)
			left -= len(b)
		}
		w.endPacket(start, flags(f), "")
	}
}

// cut returns how many of a packet's n bytes are recorded. The caller of it, and
// of the following methods, holds w.mu.
func (w *Writer) cut(ifc, n int) int {
	if snap := w.snap[ifc]; snap > 0 && n > snap {
		w.stats.Cut++
		return snap
	}
	return n
}

// beginPacket appends the head of a packet block up to its captured bytes:
// interface, time in nanoseconds since 1970, lengths.
func (w *Writer) beginPacket(ifc int, ns int64, captured, length int) (start int) {
	at := uint64(max(ns, 0))
	w.buf, start = begin(w.buf, blockPacket)
	w.buf = le.AppendUint32(w.buf, uint32(ifc))
	w.buf = le.AppendUint32(w.buf, uint32(at>>32))
	w.buf = le.AppendUint32(w.buf, uint32(at))
	w.buf = le.AppendUint32(w.buf, uint32(captured))
	w.buf = le.AppendUint32(w.buf, uint32(length))
	return start
}

// endPacket completes the block and writes the buffer when it is full.
func (w *Writer) endPacket(start int, flags Flags, comment string) error {
	b := pad(w.buf, start)
	if comment != "" || flags != 0 {
		b = option(b, optComment, comment)
		if flags != 0 {
			b = le.AppendUint16(b, optFlags)
			b = le.AppendUint16(b, 4)
			b = le.AppendUint32(b, uint32(flags))
		}
		b = endOptions(b)
	}
	w.buf = end(b, start)
	w.stats.Packets++
	if len(w.buf) >= bufferSize {
		return w.flush()
	}
	return nil
}

func (w *Writer) flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	n, err := w.w.Write(w.buf)
	if err == nil && n < len(w.buf) {
		err = io.ErrShortWrite
	}
	w.buf = w.buf[:0]
	if err != nil {
		w.err = fmt.Errorf("pcapng: %w", err)
	}
	return w.err
}

// Flush writes what is buffered. It returns the error of the first write that
// failed; after that nothing is recorded any more.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

// Err returns the error of the first write that failed, or ErrClosed after
// Close, or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close flushes and ends the recording. It does not close the underlying
// writer. A second Close returns ErrClosed.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.flush()
	if err == nil {
		w.err = ErrClosed
	}
	return err
}

// Stats returns a copy of the counters.
func (w *Writer) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stats
}
