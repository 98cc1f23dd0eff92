package tcp

import (
	"bytes"
	"testing"
)

// Every option with every length: only the right one counts, and what follows is
// still read.
//
// RFC 9293 §3.1 (MUST-5, MUST-6, MUST-7).
func TestOptionLengths(t *testing.T) {
	right := map[byte]int{optMSS: 4, optScale: 3, optSACKOK: 2, optTimestamp: 10}
	bit := map[byte]optionSet{optMSS: hasMSS, optScale: hasScale, optSACKOK: hasSACKOK, optTimestamp: hasTimestamp}
	for kind := range 256 {
		if kind <= optNOP {
			continue
		}
		for n := range 40 {
			b := make([]byte, 40)
			b[0], b[1] = byte(kind), byte(n)
			if n+4 <= 40 && n >= 2 {
				copy(b[n:], []byte{optMSS, 4, 1, 2})
			}
			var o options
			parseOptions(b, &o)
			want := optionSet(0)
			if n >= 2 && n+4 <= 40 {
				want |= hasMSS
			}
			if right[byte(kind)] == n {
				want |= bit[byte(kind)]
			}
			if o.set != want || o.broken != (n < 2) {
				t.Errorf("kind %d length %d: set %b broken %v, want %b", kind, n, o.set, o.broken, want)
			}
		}
		for n := 3; n < 256; n += 7 {
			var o options
			parseOptions([]byte{byte(kind), byte(n)}, &o)
			if !o.broken || o.set != 0 {
				t.Errorf("kind %d length %d past the end: %+v", kind, n, o)
			}
		}
	}
}

// Every SYN that we can emit is read back as it was meant, and every truncation
// of it ends without harm.
func TestSYNOptionsRoundTrip(t *testing.T) {
	for bits := range 8 {
		for scale := int8(-1); scale <= maxScale; scale++ {
			s := synOptions{mss: 1460, scale: scale, sackOK: bits&1 != 0, ts: bits&2 != 0, val: 7, ecr: 9}
			b := bytes.Repeat([]byte{0xee}, s.len())
			s.put(b)
			if len(b)%4 != 0 || len(b) > maxOptionLen {
				t.Fatalf("%+v: %d bytes", s, len(b))
			}
			var o options
			parseOptions(b, &o)
			if o.broken || o.mss != 1460 || o.has(hasSACKOK) != s.sackOK || o.has(hasTimestamp) != s.ts ||
				o.has(hasScale) != (scale >= 0) || scale >= 0 && o.scale != uint8(scale) || s.ts && (o.tsval != 7 || o.tsecr != 9) {
				t.Errorf("%+v: read as %+v", s, o)
			}
			for n := range b {
				parseOptions(b[:n], &o)
			}
		}
	}
	var o options
	parseOptions([]byte{optScale, 3, 200}, &o)
	if o.scale != maxScale { // RFC 7323 §2.3
		t.Errorf("shift %d", o.scale)
	}
}

// FuzzOptions: no panic; SACK blocks that were put are read back.
func FuzzOptions(f *testing.F) {
	f.Add([]byte{optNOP, optNOP, optTimestamp, 10, 0, 0, 0, 1, 0, 0, 0, 2})
	f.Add([]byte{optNOP, optNOP, optSACK, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		var o options
		parseOptions(b, &o)
		if int(o.nsack) > maxSACKBlocks || o.has(hasScale) && o.scale > maxScale {
			t.Fatalf("%+v", o)
		}
		if o.nsack > 0 {
			again := make([]byte, sackLen(int(o.nsack)))
			putSACK(again, o.sack[:o.nsack])
			var p options
			parseOptions(again, &p)
			if p.nsack != o.nsack || p.sack != o.sack && o.nsack == maxSACKBlocks {
				t.Fatalf("%+v read back as %+v", o, p)
			}
		}
	})
}

// FuzzHeader: what ParseHeader accepts has all its bytes.
func FuzzHeader(f *testing.F) {
	f.Add(make([]byte, 20))
	f.Add([]byte{0, 80, 0, 81, 0, 0, 0, 1, 0, 0, 0, 2, 0x60, 0x12, 1, 2, 3, 4, 5, 6, 2, 4, 5, 6})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := ParseHeader(b)
		if !ok {
			if len(b) >= HeaderLen && b[12]>>4 >= 5 && int(b[12]>>4)*4 <= len(b) {
				t.Fatal("a good header was refused")
			}
			return
		}
		if h.Len() < HeaderLen || h.Len() > MaxHeaderLen || len(h.Options()) != h.Len()-HeaderLen {
			t.Fatal(h.Len())
		}
		c := make([]byte, h.Len())
		putHeader(c, h.SrcPort(), h.DstPort(), h.Seq(), h.Ack(), h.Len(), h.Flags(), h.Window())
		c[16], c[17], c[18], c[19] = b[16], b[17], b[18], b[19]
		c[12] |= b[12] & 15
		if !bytes.Equal(c[:HeaderLen], b[:HeaderLen]) {
			t.Fatalf("%x written as %x", b[:HeaderLen], c)
		}
		_ = h.Flags().String()
		_, _ = h.Checksum(), h.Urgent()
	})
}
