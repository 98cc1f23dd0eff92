package oracle

import (
	"bytes"
	"testing"
)

// BenchmarkCheck judges a connection of 30000 packets.
func BenchmarkCheck(b *testing.B) {
	c := newConvo(b, false)
	c.open()
	for range 100 {
		c.up(100)
		c.down(100)
	}
	c.close()
	b.ReportAllocs()
	for b.Loop() {
		if list, r, err := Check(bytes.NewReader(c.file.Bytes()), Options{}); err != nil || len(list) != 0 || r.Packets != c.n {
			b.Fatal(lines(list), err)
		}
	}
	b.ReportMetric(float64(c.n)*float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}
