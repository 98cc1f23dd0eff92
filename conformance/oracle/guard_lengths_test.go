package oracle

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// TestNgLengths: a few bytes that claim gigabytes do not make the reader ask for
// them.
func TestNgLengths(t *testing.T) {
	var file bytes.Buffer
	w, err := pcapgo.NewNgWriter(&file, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	c := newConvo(t, false)
	c.open()
	rewritten(t, c.file.Bytes(), func(ci gopacket.CaptureInfo, b []byte) {
		ci.InterfaceIndex = 0
		w.WritePacket(ci, b)
	})
	w.Flush()
	good := file.Bytes()
	if _, r, err := Check(bytes.NewReader(good), Options{}); err != nil || r.Packets != c.n {
		t.Fatalf("%d packets of %d: %v", r.Packets, c.n, err)
	}
	const at = 68 // the interface's block, after the section's
	first := at + int(binary.LittleEndian.Uint32(good[at+4:]))
	for _, row := range []struct {
		name   string
		off    int
		value  uint32
		refuse bool
	}{
		{"snap length", at + 12, 0xffffffe2, false},
		{"captured length", first + 20, 0xf0000000, true},
		{"captured length beyond the block", first + 20, 100_000, true},
		{"length of the block", first + 4, 0xf0000000, true},
		{"length of the block, 0", first + 4, 0, true},
	} {
		b := bytes.Clone(good)
		binary.LittleEndian.PutUint32(b[row.off:], row.value)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, r, err := Check(bytes.NewReader(b), Options{})
		runtime.ReadMemStats(&after)
		if (err != nil) != row.refuse || !row.refuse && r.Packets != c.n {
			t.Errorf("%s: %d packets, %v", row.name, r.Packets, err)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20 {
			t.Errorf("%s: %d bytes allocated", row.name, n)
		}
	}
}
