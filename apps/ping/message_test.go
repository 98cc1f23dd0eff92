package ping

import (
	"bytes"
	"testing"
)

// TestParseTruncatedAndCorrupt: every prefix of a reply and of an error, and
// every change of one of their bytes, is our message or nothing, never a panic.
func TestParseTruncatedAndCorrupt(t *testing.T) {
	for i, f := range []family{family4, family6} {
		req := make([]byte, headerLen+16)
		fill(req[headerLen:])
		f.putRequest(req, 0x1234, 7)
		rep := bytes.Clone(req)
		rep[0] = f.reply
		for name, msg := range map[string][]byte{"reply": rep, "error": quote(t, targets[i], req)} {
			want := f.parse(msg, 0x1234)
			if want.kind == other || want.seq != 7 {
				t.Fatalf("%s is not recognised: %+v", name, want)
			}
			whole := headerLen
			if name == "error" {
				whole += f.ipHeader + headerLen
			}
			for n := range len(msg) {
				got := f.parse(msg[:n], 0x1234)
				if (got.kind == other) != (n < whole) {
					t.Errorf("%s cut to %d bytes: %+v", name, n, got)
				}
			}
			for n := range msg {
				for bit := range 8 {
					bad := bytes.Clone(msg)
					bad[n] ^= 1 << bit
					f.parse(bad, 0x1234)
				}
			}
		}
	}
}

// FuzzParse: no panic; what is taken for ours carries our identifier.
func FuzzParse(f *testing.F) {
	req := make([]byte, headerLen+4)
	family4.putRequest(req, 0x1234, 7)
	f.Add(req, true)
	f.Add(append([]byte{3, 1, 0, 0, 0, 0, 0, 0, 0x46}, make([]byte, 60)...), true)
	f.Add(append([]byte{1, 3, 0, 0, 0, 0, 0, 0, 0x60}, make([]byte, 60)...), false)
	f.Fuzz(func(t *testing.T, b []byte, v4 bool) {
		fam := family6
		if v4 {
			fam = family4
		}
		m := fam.parse(b, 0x1234)
		if m.kind != other && !bytes.Contains(b, []byte{0x12, 0x34}) {
			t.Errorf("%+v from % x", m, b)
		}
		if m.kind == reply && len(m.payload) != len(b)-headerLen {
			t.Errorf("payload of %d bytes from %d", len(m.payload), len(b))
		}
	})
}
