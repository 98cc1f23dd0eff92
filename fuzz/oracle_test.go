package fuzz

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"

	"github.com/golwip/lwip/conformance/oracle"
)

// FuzzOracle gives the judge of captures packets of any kind: it ends, names only
// packets that there are, and says the same again.
func FuzzOracle(f *testing.F) {
	for _, seed := range drillSeeds(f)[:40] {
		f.Add(seed)
	}
	for i := range scenarios {
		for _, k := range []kind{0, 8} {
			var b []byte
			d := &dialogue{world: newWorld(f, k)}
			d.listen()
			d.tap = func(frame []byte) { b = record(b, opFrame, frame) }
			d.meet()
			d.q = d.newPeer(20000, tcpPort)
			for _, st := range scenarios[i].steps {
				if st.app != nil {
					st.app(d)
				}
				d.tap = func(frame []byte) { b = record(b, opFrame, frame) }
				if st.packet != nil {
					if frame := st.packet(d); frame != nil {
						b = record(b, opFrame, frame)
						d.deliver(frame)
					}
				}
				d.pass(st.wait)
			}
			d.close()
			f.Add(append([]byte{0, 0}, b...))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 16384 {
			return
		}
		file := captureOf(b)
		list, report, err := oracle.Check(bytes.NewReader(file), oracle.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range list {
			for _, n := range x.Packets {
				if n < 1 || n > report.Packets {
					t.Fatalf("%v names packet %d of %d", x, n, report.Packets)
				}
			}
		}
		again, _, _ := oracle.Check(bytes.NewReader(file), oracle.Options{})
		if !reflect.DeepEqual(list, again) {
			t.Fatalf("%v the first time, %v the second", list, again)
		}
	})
}

// captureOf makes a capture of an input of FuzzFrames' form.
func captureOf(b []byte) []byte {
	var file bytes.Buffer
	w := pcapgo.NewWriterNanos(&file)
	s := source(b)
	k := kind(s.byte())
	s.byte()
	link := layers.LinkTypeEthernet
	if k.ip() {
		link = layers.LinkTypeRaw
	}
	w.WriteFileHeader(1<<16, link)
	at := time.Unix(1_000_000_000, 0)
	for len(s) > 0 {
		at = at.Add(time.Millisecond)
		switch op := s.byte(); op % opOps {
		case opFrame, opFrameMend, opFrameSplit:
			if op%opOps == opFrameSplit {
				s.uint16()
			}
			frame := append([]byte(nil), s.take(s.uint16()&0xfff)...)
			if op%opOps == opFrameMend {
				frame = mend(frame, k.ip(), op&128 != 0)
			}
			w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(frame), Length: len(frame)}, frame)
		case opPass:
			at = at.Add(time.Duration(s.uint16()) * time.Millisecond)
		case opWrite:
			s.uint16()
		}
	}
	return file.Bytes()
}
