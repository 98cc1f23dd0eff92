package tuntap

import (
	"bytes"
	"encoding/binary"
	"syscall"
	"testing"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
)

// tcpPacket returns an IPv4 packet of n bytes of TCP payload with a true checksum.
func tcpPacket(n int) []byte {
	b := append(make([]byte, 40), pattern(3, n)...)
	copy(b, []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	binary.BigEndian.PutUint16(b[10:], ^checksum.Sum(b[:20]))
	b[32], b[33] = 5<<4, 0x98 // ACK, PSH, CWR
	binary.BigEndian.PutUint16(b[36:], ^checksum.Add(pseudo(b), checksum.Sum(b[20:])))
	return b
}

func pseudo(b []byte) uint16 {
	l, _ := gso.Parse(b, 0)
	return l.PseudoSum(b, len(b)-20)
}

// keeper keeps the frames themselves.
type keeper struct {
	*receiver
	got chan *pbuf.Buf
}

func (k *keeper) Deliver(frames []*pbuf.Buf) {
	for _, f := range frames {
		k.got <- f
	}
}

func TestVnetTransmit(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{VnetHeader: true})
	if p := d.Properties(); p.MaxSegment < 60000 || !p.PartialChecksums {
		t.Fatalf("properties %+v", p)
	}
	r := newReceiver(pbuf.Config{})
	large := tcpPacket(30000)
	sizes := []int{40}
	for n := 30000; n > 0; n -= 400 { // more elements than one writev takes
		sizes = append(sizes, min(n, 400))
	}
	for _, c := range []struct {
		name  string
		frame *pbuf.Buf
		size  int
		want  vnetHeader
	}{
		{"plain", chain(t, r.pool, tcpPacket(100), 40, 100), 0, vnetHeader{}},
		{"large", chain(t, r.pool, large, 40, 10000, 20000), 1448, header(1, gsoTCPv4|gsoECN, 40, 1448, 20, 16)},
		{"many elements", chain(t, r.pool, large, sizes...), 1448, header(1, gsoTCPv4|gsoECN, 40, 1448, 20, 16)},
		{"headers in two elements", chain(t, r.pool, large, 20, 30, 29990), 1448, header(1, gsoTCPv4|gsoECN, 40, 1448, 20, 16)},
		{"one piece", chain(t, r.pool, tcpPacket(1448), 40, 1448), 1448, header(1, 0, 40, 0, 20, 16)},
	} {
		want := make([]byte, c.frame.TotalLen())
		c.frame.CopyPartial(want, 0)
		before := bytes.Clone(want)
		c.frame.SegmentSize = uint16(c.size)
		other := c.frame.Share()
		if c.size != 0 {
			binary.BigEndian.PutUint16(want[36:], pseudo(want))
		}
		d.Transmit([]*pbuf.Buf{c.frame})
		got := mustRead(t, peer)
		if !bytes.Equal(got[:vnetLen], c.want[:]) || !bytes.Equal(got[vnetLen:], want) {
			t.Errorf("%s: header % x, want % x; %d bytes, want %d", c.name, got[:vnetLen], c.want, len(got)-vnetLen, len(want))
		}
		after := make([]byte, other.TotalLen())
		if other.CopyPartial(after, 0); !bytes.Equal(after, before) {
			t.Errorf("%s: the frame itself was written to", c.name)
		}
		other.Free()
	}
	if s := d.Stats(); s.TxFrames != 5 || s.TxLarge != 4 || s.TxErrors != 0 {
		t.Errorf("stats: %+v", s)
	}
	r.checkEmpty(t)
}

// header returns a vnetHeader with the given fields.
func header(flags, typ byte, hdr, size, start, offset uint16) (h vnetHeader) {
	h[0], h[1] = flags, typ
	for i, v := range []uint16{hdr, size, start, offset} {
		binary.NativeEndian.PutUint16(h[2+2*i:], v)
	}
	return h
}

func TestVnetReceive(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{VnetHeader: true})
	k := &keeper{newReceiver(pbuf.Config{}), make(chan *pbuf.Buf, 16)}
	if err := d.Attach(k); err != nil {
		t.Fatal(err)
	}
	sctp := append(make([]byte, 20), pattern(9, 101)...)
	copy(sctp, []byte{0x45, 0, 0, 121, 9: 132})
	sctpDone := bytes.Clone(sctp)
	sctpDone[28], sctpDone[29] = 0, 0
	sctp[28], sctp[29] = 0, 0
	binary.BigEndian.PutUint16(sctpDone[28:], ^checksum.Sum(sctp[20:]))
	const both = pbuf.Verified | pbuf.Partial
	for _, c := range []struct {
		name   string
		h      vnetHeader
		frame  []byte
		want   []byte
		flags  pbuf.Flags
		size   int
		blocks int // storage at most
	}{
		{"plain", vnetHeader{}, tcpPacket(100), nil, 0, 0, pbuf.Standard},
		{"as long as the MTU", vnetHeader{}, tcpPacket(1460), nil, 0, 0, pbuf.Standard},
		{"verified", header(2, 0, 0, 0, 0, 0), tcpPacket(100), nil, pbuf.Verified, 0, pbuf.Standard},
		{"partial", header(1, 0, 40, 0, 20, 16), tcpPacket(100), nil, both, 0, pbuf.Standard},
		{"large", header(1, gsoTCPv4, 40, 1448, 20, 16), tcpPacket(60000), nil, both, 1448, pbuf.Standard + pbuf.Large},
		{"not so large", header(1, gsoTCPv4|gsoECN, 40, 1448, 20, 16), tcpPacket(2896), nil, both, 1448, 2 * pbuf.Standard},
		{"the longest", header(1, gsoTCPv4, 40, 1448, 20, 16), tcpPacket(65495), nil, both, 1448, pbuf.Standard + pbuf.Large},
		{"partial of another protocol", header(1, 0, 20, 0, 20, 8), sctp, sctpDone, 0, 0, pbuf.Standard},
	} {
		if c.want == nil {
			c.want = c.frame
		}
		mustWrite(t, peer, append(c.h[:len(c.h):len(c.h)], c.frame...))
		f := <-k.got
		got := make([]byte, f.TotalLen())
		f.CopyPartial(got, 0)
		blocks := 0
		for e := f; e != nil; e = e.Next() {
			blocks += e.BlockSize()
		}
		if !bytes.Equal(got, c.want) || f.Flags != c.flags || int(f.SegmentSize) != c.size || blocks > c.blocks {
			t.Errorf("%s: %d bytes, want %d, or they differ; flags %b, size %d, storage %d", c.name, len(got), len(c.want), f.Flags, f.SegmentSize, blocks)
		}
		f.Free()
	}
	mustWrite(t, peer, append(make([]byte, vnetLen), tcpPacket(1461)...)) // longer than the MTU
	mustWrite(t, peer, make([]byte, 5))                                   // shorter than the header
	mustWrite(t, peer, append(make([]byte, vnetLen), tcpPacket(10)...))
	(<-k.got).Free()
	d.Close()
	if s := d.Stats(); s.RxLarge != 3 || s.RxTooLong != 2 {
		t.Errorf("stats: %+v", s)
	}
	k.checkEmpty(t)
}

// TestVnetReceiveWithoutMemory: without a second block a large segment is dropped
// and counted, and what fits one block still comes.
func TestVnetReceiveWithoutMemory(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{VnetHeader: true})
	k := &keeper{newReceiver(pbuf.Config{MaxBytes: 4 * pbuf.Standard}), make(chan *pbuf.Buf, 16)}
	if err := d.Attach(k); err != nil {
		t.Fatal(err)
	}
	h := header(1, gsoTCPv4, 40, 1448, 20, 16)
	mustWrite(t, peer, append(h[:], tcpPacket(30000)...))
	mustWrite(t, peer, append(make([]byte, vnetLen), tcpPacket(77)...))
	f := <-k.got
	if f.TotalLen() != 117 {
		t.Errorf("%d bytes", f.TotalLen())
	}
	f.Free()
	d.Close()
	if s := d.Stats(); s.RxNoMemory != 1 {
		t.Errorf("stats: %+v", s)
	}
	k.checkEmpty(t)
}

func TestZeroAllocVnet(t *testing.T) {
	d, peer := pair(t, syscall.SOCK_DGRAM, netif.IP, Config{VnetHeader: true})
	pool := pbuf.NewPool(pbuf.Config{})
	packet := tcpPacket(30000)
	in := make([]byte, 1<<16)
	batch := make([]*pbuf.Buf, 1)
	send := func() {
		f := pool.AllocBytes(0, len(packet))
		copy(f.Bytes(), packet)
		f.SegmentSize = 1448
		batch[0] = f
		d.Transmit(batch)
		if n, _ := syscall.Read(peer, in); n != vnetLen+len(packet) {
			t.Fatalf("read %d bytes", n)
		}
	}
	send()
	if n := testing.AllocsPerRun(100, send); n != 0 {
		t.Errorf("%v allocations for a large segment, want 0", n)
	}
}
