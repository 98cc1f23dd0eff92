package oracle

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// conversation is a capture with one fault in it: an ACK of what was not sent.
func conversation(t testing.TB, six bool) *convo {
	c := newConvo(t, six)
	c.open()
	c.up(4)
	c.a.send(ACK, 100)
	c.far()
	c.b.send(ACK, 0, ack(c.b, 800), fault(c))
	c.soon()
	c.a.send(ACK, 0)
	c.up(4)
	c.close()
	return c
}

// rewritten reads a pcap file and writes each packet by f.
func rewritten(t testing.TB, file []byte, f func(gopacket.CaptureInfo, []byte)) {
	t.Helper()
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		b, ci, err := r.ReadPacketData()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		f(ci, b)
	}
}

// TestFormats: the same packets give the same finding in every kind of file, on
// every kind of link.
func TestFormats(t *testing.T) {
	type link struct {
		name string
		typ  layers.LinkType
		head func(b []byte) []byte // of an Ethernet frame
	}
	put := func(head []byte, b []byte) []byte { return append(head, b...) }
	links := []link{
		{"ethernet", layers.LinkTypeEthernet, func(b []byte) []byte { return b }},
		{"vlan", layers.LinkTypeEthernet, func(b []byte) []byte {
			return put(append(bytes.Clone(b[:12]), 0x81, 0, 0, 7), b[12:])
		}},
		{"raw", layers.LinkTypeRaw, func(b []byte) []byte { return b[14:] }},
		{"null", layers.LinkTypeNull, func(b []byte) []byte { return put([]byte{2, 0, 0, 0}, b[14:]) }},
		{"cooked", layers.LinkTypeLinuxSLL, func(b []byte) []byte { return put(append(make([]byte, 14), b[12:14]...), b[14:]) }},
	}
	for _, six := range []bool{false, true} {
		c := conversation(t, six)
		for _, l := range links {
			var micro, nano, ng, zipped bytes.Buffer
			wm, wn := pcapgo.NewWriter(&micro), pcapgo.NewWriterNanos(&nano)
			wm.WriteFileHeader(1<<16, l.typ)
			wn.WriteFileHeader(1<<16, l.typ)
			w, err := pcapgo.NewNgWriter(&ng, l.typ)
			if err != nil {
				t.Fatal(err)
			}
			rewritten(t, c.file.Bytes(), func(ci gopacket.CaptureInfo, b []byte) {
				b = l.head(b)
				ci.CaptureLength, ci.Length = len(b), len(b)
				if err := errors.Join(wm.WritePacket(ci, b), wn.WritePacket(ci, b), w.WritePacket(ci, b)); err != nil {
					t.Fatal(err)
				}
			})
			w.Flush()
			z := gzip.NewWriter(&zipped)
			z.Write(ng.Bytes())
			z.Close()
			for name, file := range map[string][]byte{"pcap": micro.Bytes(), "nanoseconds": nano.Bytes(), "pcapng": ng.Bytes(), "gzip": zipped.Bytes()} {
				list, _ := judged(t, file, Options{})
				if len(list) != 1 || list[0].Rule != "ack-unsent" || list[0].last() != c.fault {
					t.Errorf("%s, %s:\n%s", l.name, name, lines(list))
				}
			}
		}
	}
}

// sll2 is the link type that gopacket has no name for.
func TestCookedV2(t *testing.T) {
	c := conversation(t, false)
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	w.WriteFileHeader(1<<16, layers.LinkTypeRaw)
	binary.LittleEndian.PutUint32(file.Bytes()[20:], 276)
	rewritten(t, c.file.Bytes(), func(ci gopacket.CaptureInfo, b []byte) {
		b = append(append(append([]byte{}, b[12:14]...), make([]byte, 18)...), b[14:]...)
		ci.CaptureLength, ci.Length = len(b), len(b)
		w.WritePacket(ci, b)
	})
	list, r := judged(t, file.Bytes(), Options{})
	if len(list) != 1 || list[0].Rule != "ack-unsent" {
		t.Errorf("%+v\n%s", r, lines(list))
	}
}

func TestNoCapture(t *testing.T) {
	for _, b := range []string{"", "abc", "this is no capture", "\x1f\x8b"} {
		if _, _, err := Check(bytes.NewReader([]byte(b)), Options{}); err == nil {
			t.Errorf("%q is taken for a capture", b)
		}
	}
	if _, err := Open(bytes.NewReader([]byte("text"))); !errors.Is(err, ErrNotCapture) {
		t.Error(err)
	}
}

// TestCutOff: a file may end anywhere; what is there is judged.
func TestCutOff(t *testing.T) {
	c := conversation(t, false)
	file := c.file.Bytes()
	whole := 0
	for n := 24; n <= len(file); n++ {
		list, r, err := Check(bytes.NewReader(file[:n]), Options{})
		if err != nil {
			t.Fatalf("%d of %d bytes: %v", n, len(file), err)
		}
		if len(list) > 1 || len(list) == 1 && list[0].Rule != "ack-unsent" {
			t.Fatalf("%d of %d bytes:\n%s", n, len(file), lines(list))
		}
		if !r.CutOff {
			whole++
		}
	}
	if whole != c.n+1 {
		t.Errorf("%d of the files end with a packet, want %d", whole, c.n+1)
	}
}

// TestProgressAndLimits: progress is told; findings and connections beyond the
// limits are counted.
func TestProgressAndLimits(t *testing.T) {
	c := newConvo(t, false)
	c.open()
	for range 3000 {
		c.up(2)
	}
	for range 30 {
		c.a.send(ACK, 100, noTS)
		c.far()
		c.b.send(ACK, 0)
		c.soon()
	}
	c.close()
	told := 0
	list, r := judged(t, c.file.Bytes(), Options{Progress: func(n int) { told = n }, PerRule: 4})
	if told < 8192 || told > c.n || len(list) != 4 || r.Suppressed["ts-missing"] != 26 {
		t.Errorf("%d told of %d; %d findings and %v", told, c.n, len(list), r.Suppressed)
	}
	if list, r = judged(t, c.file.Bytes(), Options{Skip: []string{"ts-missing"}}); len(list) != 0 || len(r.Suppressed) != 0 {
		t.Errorf("skipped all the same: %v\n%s", r.Suppressed, lines(list))
	}

	c = newConvo(t, true)
	for range 50 {
		c.a.addr = addrPort(c.a.addr, c.a.addr.Port()+1)
		c.a.nxt, c.b.nxt = c.a.nxt+1_000_000, c.b.nxt+1_000_000
		c.open()
		c.up(2)
		c.close()
		c.wait(time.Second)
	}
	list, r = judged(t, c.file.Bytes(), Options{MaxFlows: 3, MaxFlowList: 20})
	if len(list) != 0 || r.FlowCount != 50 || len(r.Flows) != 20 {
		t.Errorf("%d connections, %d listed\n%s", r.FlowCount, len(r.Flows), lines(list))
	}
}

// TestPortReuse: the same ports serve one connection after the other.
func TestPortReuse(t *testing.T) {
	c := newConvo(t, false)
	for i := range 10 {
		c.open()
		c.up(2)
		if i%2 == 0 {
			c.close()
		} else {
			c.a.send(RST|ACK, 0)
		}
		c.wait(time.Second)
		c.a.nxt += 12345
		c.b.nxt += 54321
		c.a.got, c.b.got = nil, nil
	}
	list, r := judged(t, c.file.Bytes(), Options{})
	if len(list) != 0 || r.FlowCount != 10 {
		t.Errorf("%d connections\n%s", r.FlowCount, lines(list))
	}
}

// TestMidstream: a capture that begins within a connection has no finding,
// wherever it begins, and from either side alone.
func TestMidstream(t *testing.T) {
	c := newConvo(t, false)
	c.open()
	c.up(6)
	c.down(6)
	c.close()
	for skip := range c.n {
		for _, only := range []byte{0, 1, 2} {
			var file bytes.Buffer
			w := pcapgo.NewWriterNanos(&file)
			w.WriteFileHeader(1<<16, layers.LinkTypeEthernet)
			n := 0
			rewritten(t, c.file.Bytes(), func(ci gopacket.CaptureInfo, b []byte) {
				if n++; n > skip && (only == 0 || b[11] == only) {
					w.WritePacket(ci, b)
				}
			})
			if list, _ := judged(t, file.Bytes(), Options{}); len(alarms(list)) != 0 {
				t.Errorf("after %d packets, host %d alone:\n%s", skip, only, lines(list))
			}
		}
	}
}

// TestLostRecords: whichever packet the capture lacks, it is not held against
// the hosts.
func TestLostRecords(t *testing.T) {
	for _, six := range []bool{false, true} {
		c := newConvo(t, six)
		c.open()
		c.up(12)
		c.down(12)
		c.close()
		for lack := 1; lack <= c.n; lack++ {
			var file bytes.Buffer
			w := pcapgo.NewWriterNanos(&file)
			w.WriteFileHeader(1<<16, layers.LinkTypeEthernet)
			n := 0
			rewritten(t, c.file.Bytes(), func(ci gopacket.CaptureInfo, b []byte) {
				if n++; n != lack {
					w.WritePacket(ci, b)
				}
			})
			if list, _ := judged(t, file.Bytes(), Options{}); len(alarms(list)) != 0 {
				t.Errorf("without packet %d:\n%s", lack, lines(list))
			}
		}
	}
}

// FuzzCheck: no file makes the judge fail, and every finding names packets that
// there are.
func FuzzCheck(f *testing.F) {
	for _, six := range []bool{false, true} {
		var classic, ng bytes.Buffer
		wc := pcapgo.NewWriter(&classic)
		wc.WriteFileHeader(1<<16, layers.LinkTypeEthernet)
		w, _ := pcapgo.NewNgWriter(&ng, layers.LinkTypeEthernet)
		rewritten(f, conversation(f, six).file.Bytes(), func(ci gopacket.CaptureInfo, b []byte) {
			b = b[:min(len(b), 100)]
			ci.InterfaceIndex, ci.CaptureLength = 0, len(b)
			wc.WritePacket(ci, b)
			w.WritePacket(ci, b)
		})
		w.Flush()
		f.Add(classic.Bytes())
		f.Add(ng.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, r, _ := Check(bytes.NewReader(b), Options{})
		for _, x := range list {
			for _, n := range x.Packets {
				if n < 1 || n > r.Packets {
					t.Errorf("%v names packet %d of %d", x, n, r.Packets)
				}
			}
		}
	})
}

// TestEveryCorruption: every single byte of every packet is changed, with the
// checksums left alone or ignored; the judge may find what it likes, but ends.
func TestEveryCorruption(t *testing.T) {
	c := conversation(t, false)
	file := c.file.Bytes()
	for i := 24; i < len(file); i += 3 {
		b := bytes.Clone(file)
		b[i] ^= 0xff
		for _, mode := range []ChecksumMode{ChecksumAuto, ChecksumIgnore} {
			Check(bytes.NewReader(b), Options{Checksum: mode})
		}
	}
}
