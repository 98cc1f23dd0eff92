package pcapng_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"pgregory.net/rapid"
)

// record is what gopacket reads of a packet.
type record struct {
	ifc, length int
	at          time.Time
	data        []byte
}

// read has gopacket read a file.
func read(t testing.TB, file []byte) (*pcapgo.NgReader, []record) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	var rs []record
	for {
		data, ci, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return r, rs
		}
		if err != nil {
			t.Fatal(err)
		}
		rs = append(rs, record{ci.InterfaceIndex, ci.Length, ci.Timestamp, data})
	}
}

// packetOptions walks the file block by block, checking its structure, and
// returns the options of each packet: code, length, value and padding.
func packetOptions(t testing.TB, file []byte) (opts [][]byte) {
	t.Helper()
	le := binary.LittleEndian
	for len(file) > 0 {
		if len(file) < 12 {
			t.Fatalf("%d bytes after the last block", len(file))
		}
		n := le.Uint32(file[4:])
		if n%4 != 0 || n < 12 || int(n) > len(file) || le.Uint32(file[n-4:]) != n {
			t.Fatalf("a block of type %#x has length %d and %d", le.Uint32(file), n, le.Uint32(file[n-4:]))
		}
		if le.Uint32(file) == 6 {
			captured := (le.Uint32(file[20:]) + 3) &^ 3
			opts = append(opts, file[28+captured:n-4])
		}
		file = file[n:]
	}
	return opts
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var epoch = time.Unix(1700000000, 123456789)

func TestSectionAndInterfaces(t *testing.T) {
	var file bytes.Buffer
	w := must[*pcapng.Writer](t)(pcapng.NewSection(&file, pcapng.Section{
		Hardware: "an abacus", OS: "beads", Comment: "a test",
	}))
	hw := ethernet.Addr{2, 0, 0, 0, 0, 9}
	for i, ifc := range []pcapng.Interface{
		{Link: pcapng.LinkEthernet, Name: "en0", Description: "the wire", HWAddr: hw, SnapLen: 96},
		{Link: pcapng.LinkRaw, Name: "tn1"},
	} {
		if n, err := w.AddInterface(ifc); n != i || err != nil {
			t.Fatalf("AddInterface: %d, %v, want %d", n, err, i)
		}
	}
	r, _ := read(t, file.Bytes())
	want := pcapgo.NgSectionInfo{Hardware: "an abacus", OS: "beads", Application: "lwip in Go", Comment: "a test"}
	if got := r.SectionInfo(); got != want {
		t.Errorf("section %+v, want %+v", got, want)
	}
	en, tn := must[pcapgo.NgInterface](t)(r.Interface(0)), must[pcapgo.NgInterface](t)(r.Interface(1))
	if en.Name != "en0" || en.Description != "the wire" || en.LinkType != layers.LinkTypeEthernet || en.SnapLength != 96 {
		t.Errorf("interface 0: %+v", en)
	}
	if tn.Name != "tn1" || tn.Description != "" || tn.LinkType != layers.LinkTypeRaw || tn.SnapLength != 0 {
		t.Errorf("interface 1: %+v", tn)
	}
	if en.TimestampResolution != 9 || tn.TimestampResolution != 9 {
		t.Errorf("time in units of 10^-%d and 10^-%d s", en.TimestampResolution, tn.TimestampResolution)
	}
	if !bytes.Contains(file.Bytes(), append([]byte{6, 0, 6, 0}, hw[:]...)) {
		t.Error("no if_MACaddr")
	}
	packetOptions(t, file.Bytes())
}

func TestPacketsComeBackByteForByte(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var file bytes.Buffer
		w := must[*pcapng.Writer](t)(pcapng.NewWriter(&file))
		w.AddInterface(pcapng.Interface{Link: pcapng.LinkEthernet})
		w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw, SnapLen: 50})
		var want []record
		var flags []pcapng.Flags
		var comments []string
		cut := uint64(0)
		for range rapid.IntRange(0, 30).Draw(rt, "packets") {
			p := pcapng.Packet{
				Interface: rapid.IntRange(0, 1).Draw(rt, "interface"),
				Time:      time.Unix(0, rapid.Int64Range(0, 1<<62).Draw(rt, "time")),
				Data:      rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(rt, "data"),
				Flags:     pcapng.Flags(rapid.IntRange(0, 15).Draw(rt, "flags")),
				Comment:   rapid.StringN(0, 9, -1).Draw(rt, "comment"),
			}
			if rapid.Bool().Draw(rt, "longer") {
				p.Length = len(p.Data) + 7
			}
			if err := w.WritePacket(p); err != nil {
				rt.Fatal(err)
			}
			x := record{p.Interface, max(p.Length, len(p.Data)), p.Time, p.Data}
			if p.Interface == 1 && len(x.data) > 50 {
				x.data = x.data[:50]
				cut++
			}
			want, flags, comments = append(want, x), append(flags, p.Flags), append(comments, p.Comment)
		}
		if err := w.Close(); err != nil {
			rt.Fatal(err)
		}
		_, got := read(t, file.Bytes())
		if len(got) != len(want) {
			rt.Fatalf("%d packets, want %d", len(got), len(want))
		}
		opts := packetOptions(t, file.Bytes())
		for i, g := range got {
			x := want[i]
			if g.ifc != x.ifc || g.length != x.length || !g.at.Equal(x.at) || !bytes.Equal(g.data, x.data) {
				rt.Fatalf("packet %d: %+v, want %+v", i, g, x)
			}
			if o := options(flags[i], comments[i]); !bytes.Equal(opts[i], o) {
				rt.Fatalf("packet %d: options % x, want % x", i, opts[i], o)
			}
		}
		if s := w.Stats(); s != (pcapng.Stats{Packets: uint64(len(want)), Cut: cut}) {
			rt.Fatalf("%+v", s)
		}
	})
}

// options builds a packet's options the plain way.
func options(f pcapng.Flags, comment string) (b []byte) {
	if comment != "" {
		b = append(b, 1, 0, byte(len(comment)), 0)
		b = append(b, comment...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	if f != 0 {
		b = append(b, 2, 0, 4, 0, byte(f), 0, 0, 0)
	}
	if b != nil {
		b = append(b, 0, 0, 0, 0)
	}
	return b
}

func TestTimesBefore1970AreZero(t *testing.T) {
	var file bytes.Buffer
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(&file))
	w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
	w.WritePacket(pcapng.Packet{Time: time.Unix(-5, 0), Data: []byte{0x45}})
	w.Close()
	if _, got := read(t, file.Bytes()); !got[0].at.Equal(time.Unix(0, 0)) {
		t.Errorf("at %v", got[0].at)
	}
}

func TestOverlongOptionIsCut(t *testing.T) {
	var file bytes.Buffer
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(&file))
	w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw, Name: string(bytes.Repeat([]byte{'x'}, 70000))})
	w.WritePacket(pcapng.Packet{Time: epoch, Data: []byte{0x45}})
	w.Close()
	r, got := read(t, file.Bytes())
	if ifc := must[pcapgo.NgInterface](t)(r.Interface(0)); len(ifc.Name) != 65532 || len(got) != 1 {
		t.Errorf("a name of %d bytes, %d packets", len(ifc.Name), len(got))
	}
}

func TestUnknownInterface(t *testing.T) {
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(io.Discard))
	w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
	for _, n := range []int{-1, 1} {
		if err := w.WritePacket(pcapng.Packet{Interface: n}); !errors.Is(err, pcapng.ErrNoInterface) {
			t.Errorf("interface %d: %v, want ErrNoInterface", n, err)
		}
	}
}

// failing accepts a number of bytes, then reports err; if err is nil, it writes
// short.
type failing struct {
	bytes.Buffer
	left int
	err  error
}

func (f *failing) Write(b []byte) (int, error) {
	n := min(len(b), f.left)
	f.left -= n
	f.Buffer.Write(b[:n])
	if n < len(b) {
		return n, f.err
	}
	return n, nil
}

func TestWriteErrorsAreKept(t *testing.T) {
	broken := errors.New("disk full")
	for _, c := range []struct {
		err, want error
	}{{broken, broken}, {nil, io.ErrShortWrite}} {
		if _, err := pcapng.NewWriter(&failing{left: 3, err: c.err}); !errors.Is(err, c.want) {
			t.Errorf("NewWriter: %v, want %v", err, c.want)
		}
		f := &failing{left: 1000, err: c.err}
		w := must[*pcapng.Writer](t)(pcapng.NewWriter(f))
		w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
		p := pcapng.Packet{Time: epoch, Data: make([]byte, 1500)}
		if err := w.WritePacket(p); err != nil { // buffered
			t.Errorf("WritePacket: %v", err)
		}
		for i, got := range []error{w.Flush(), w.Err(), w.WritePacket(p), w.Flush(), w.Close()} {
			if !errors.Is(got, c.want) {
				t.Errorf("call %d after the failure: %v, want %v", i, got, c.want)
			}
		}
		if _, err := w.AddInterface(pcapng.Interface{}); !errors.Is(err, c.want) {
			t.Errorf("AddInterface: %v, want %v", err, c.want)
		}
		if got, want := w.Stats(), (pcapng.Stats{Packets: 1, Dropped: 1}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if f.Len() != 1000 {
			t.Errorf("%d bytes written: more after the failure", f.Len())
		}
	}
}

func TestClose(t *testing.T) {
	var file bytes.Buffer
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(&file))
	w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
	w.WritePacket(pcapng.Packet{Time: epoch, Data: []byte{0x45}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, got := read(t, file.Bytes()); len(got) != 1 {
		t.Errorf("%d packets after Close, want 1", len(got))
	}
	if err := w.WritePacket(pcapng.Packet{}); !errors.Is(err, pcapng.ErrClosed) {
		t.Errorf("WritePacket after Close: %v", err)
	}
	if err := w.Close(); !errors.Is(err, pcapng.ErrClosed) {
		t.Errorf("second Close: %v", err)
	}
}

// sizes keeps the size of each write.
type sizes []int

func (s *sizes) Write(b []byte) (int, error) {
	*s = append(*s, len(b))
	return len(b), nil
}

func TestWritesAreBuffered(t *testing.T) {
	var s sizes
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(&s))
	w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
	s = nil
	for range 1000 {
		w.WritePacket(pcapng.Packet{Time: epoch, Data: make([]byte, 1000)})
	}
	w.Close()
	if len(s) != 16 || slices.Max(s) > 66<<10 {
		t.Errorf("writes of %v bytes for 1000 packets of 1032", s)
	}
}

func TestConcurrentWriters(t *testing.T) {
	var file bytes.Buffer
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(&file))
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			n, err := w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
			if err != nil {
				t.Error(err)
			}
			for i := range 500 {
				w.WritePacket(pcapng.Packet{Interface: n, Time: epoch, Data: bytes.Repeat([]byte{byte(g)}, 100+i%4)})
			}
			w.Flush()
			w.Stats()
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, got := read(t, file.Bytes())
	if len(got) != 2000 {
		t.Fatalf("%d packets, want 2000", len(got))
	}
	packetOptions(t, file.Bytes())
	for _, g := range got {
		if bytes.Count(g.data, g.data[:1]) != len(g.data) {
			t.Fatal("packets are mixed up")
		}
	}
}

func TestZeroAllocWritePacket(t *testing.T) {
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(io.Discard))
	w.AddInterface(pcapng.Interface{Link: pcapng.LinkRaw})
	p := pcapng.Packet{Time: epoch, Data: make([]byte, 1500), Flags: pcapng.Inbound, Comment: "x"}
	if n := testing.AllocsPerRun(1000, func() { w.WritePacket(p) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
