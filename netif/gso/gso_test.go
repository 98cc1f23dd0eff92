package gso_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif/gso"
	"github.com/golwip/lwip/pbuf"
)

// shape is a kind of frame.
type shape struct{ v6, vlan, ethernet, udp bool }

func (s shape) String() string {
	return fmt.Sprintf("v6=%v vlan=%v ethernet=%v udp=%v", s.v6, s.vlan, s.ethernet, s.udp)
}

func (s shape) off() int {
	if s.ethernet {
		return -1
	}
	return 0
}

func shapes() (all []shape) {
	for i := range 16 {
		s := shape{i&1 != 0, i&2 != 0, i&4 != 0, i&8 != 0}
		if s.ethernet || !s.vlan {
			all = append(all, s)
		}
	}
	return all
}

// wire returns the frame that gopacket makes: the seq-th byte on, with the flags
// PSH, FIN and CWR as told.
func (s shape) wire(t *testing.T, seq int, id uint16, push, fin, cwr bool, payload []byte) []byte {
	t.Helper()
	var network gopacket.NetworkLayer
	proto, typ := layers.IPProtocolTCP, layers.EthernetTypeIPv4
	if s.udp {
		proto = layers.IPProtocolUDP
	}
	if s.v6 {
		typ = layers.EthernetTypeIPv6
		network = &layers.IPv6{Version: 6, TrafficClass: 2, FlowLabel: 0xabcde, HopLimit: 64, NextHeader: proto,
			SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
	} else {
		network = &layers.IPv4{Version: 4, TOS: 2, Id: id, Flags: layers.IPv4DontFragment, TTL: 64, Protocol: proto,
			SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
	}
	var transport gopacket.SerializableLayer
	if s.udp {
		u := &layers.UDP{SrcPort: 5000, DstPort: 53}
		u.SetNetworkLayerForChecksum(network)
		transport = u
	} else {
		h := &layers.TCP{SrcPort: 5000, DstPort: 80, Seq: 0xffffff00 + uint32(seq), Ack: 77, Window: 1000, ACK: true,
			PSH: push, FIN: fin, CWR: cwr, ECE: true,
			Options: []layers.TCPOption{{OptionType: 1}, {OptionType: 1}, {OptionType: 8, OptionLength: 10, OptionData: make([]byte, 8)}}}
		h.SetNetworkLayerForChecksum(network)
		transport = h
	}
	ls := []gopacket.SerializableLayer{network.(gopacket.SerializableLayer), transport, gopacket.Payload(payload)}
	if s.ethernet {
		eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: typ}
		if s.vlan {
			eth.EthernetType = layers.EthernetTypeDot1Q
			ls = append([]gopacket.SerializableLayer{&layers.Dot1Q{Type: typ}}, ls...)
		}
		ls = append([]gopacket.SerializableLayer{eth}, ls...)
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

// chain makes a chain of elements of random length, some of which know their sum.
func chain(r *rand.Rand, pool *pbuf.Pool, b []byte) *pbuf.Buf {
	var list []*pbuf.Buf
	for first := true; len(b) > 0; first = false {
		n := min(len(b), r.IntN(2000))
		if first {
			n = min(len(b), 54+r.IntN(200))
		}
		e := pool.AllocBytes(0, n)
		copy(e.Bytes(), b)
		if !first && r.IntN(2) == 0 {
			e.Sum = checksum.Sum(e.Bytes())
			e.Flags |= pbuf.HasSum
		}
		list = append(list, e)
		b = b[n:]
	}
	for i := len(list) - 1; i > 0; i-- {
		list[i-1].SetNext(list[i])
	}
	return list[0]
}

func flat(f *pbuf.Buf) []byte {
	b := make([]byte, f.TotalLen())
	f.CopyPartial(b, 0)
	return b
}

func checkEmpty(t *testing.T, pool *pbuf.Pool) {
	t.Helper()
	if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("leak: %d blocks, %d views in use", s.BlocksInUse, s.ViewsInUse)
	}
}

// TestSplit: the pieces are what gopacket makes of each part.
func TestSplit(t *testing.T) {
	for i, s := range shapes() {
		t.Run(s.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			pool := pbuf.NewPool(pbuf.Config{})
			for range 40 {
				payload := make([]byte, 1+r.IntN(60000))
				for j := range payload {
					payload[j] = byte(r.Uint32())
				}
				size := 1 + r.IntN(3000)
				if len(payload)/size > 200 {
					size = 1448
				}
				id := uint16(r.IntN(2) * 0xfffe) // 0 stays 0: nothing to identify
				f := chain(r, pool, s.wire(t, 0, id, true, true, true, payload))
				f.SegmentSize = uint16(size)
				var want [][]byte
				for at := 0; at < len(payload); at += size {
					n, k := min(size, len(payload)-at), id
					if id != 0 {
						k += uint16(at / size)
					}
					last := at+n == len(payload)
					want = append(want, s.wire(t, at, k, last, last, at == 0, payload[at:at+n]))
				}
				pieces := gso.Split(pool, nil, f, s.off())
				if len(pieces) != len(want) {
					t.Fatalf("%d bytes in pieces of %d: got %d, want %d", len(payload), size, len(pieces), len(want))
				}
				for j, p := range pieces {
					if got := flat(p); !bytes.Equal(got, want[j]) {
						t.Fatalf("piece %d of %d:\n% x, want\n% x", j, len(want), got[:min(len(got), 90)], want[j][:min(len(want[j]), 90)])
					}
					if p.SegmentSize != 0 {
						t.Error("a piece is a large segment")
					}
					p.Free()
				}
				checkEmpty(t, pool)
			}
		})
	}
}

// partial replaces the transport checksum of a frame by the pseudo-header's sum.
func partial(t *testing.T, b []byte, off int) {
	t.Helper()
	if off < 0 {
		off, _ = gso.LinkHeader(b)
	}
	l, ok := gso.Parse(b, off)
	if !ok {
		t.Fatal("not parsed")
	}
	binary.BigEndian.PutUint16(b[l.Checksum():], l.PseudoSum(b, l.End-l.Transport))
}

// TestComplete: a partial checksum becomes gopacket's, whether the frame is shared,
// padded or a large segment.
func TestComplete(t *testing.T) {
	for i, s := range shapes() {
		r := rand.New(rand.NewPCG(2, uint64(i)))
		pool := pbuf.NewPool(pbuf.Config{})
		for n := range 60 {
			want := s.wire(t, 0, 5, true, false, false, make([]byte, n*n))
			b := append(bytes.Clone(want), make([]byte, n%3)...) // padding
			want = append(want, make([]byte, n%3)...)
			partial(t, b, s.off())
			f := chain(r, pool, b)
			f.Flags |= pbuf.Partial | pbuf.Verified
			var other *pbuf.Buf
			if n%2 == 0 {
				other = f.Share()
			}
			f = gso.Complete(pool, f, s.off())
			if got := flat(f); !bytes.Equal(got, want) || f.Flags.Has(pbuf.Partial) {
				t.Errorf("%v, %d bytes: flags %b\n% x, want\n% x", s, n*n, f.Flags, got[:60], want[:60])
			}
			if other != nil && !bytes.Equal(flat(other), b) {
				t.Errorf("%v, %d bytes: the other view's bytes were written to", s, n*n)
			}
			other.Free()
			f.Free()
			checkEmpty(t, pool)
		}
	}
}

// TestSplitLeavesOthersAlone: what cannot be cut passes, and without memory
// nothing leaks.
func TestSplitLeavesOthersAlone(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	r := rand.New(rand.NewPCG(3, 3))
	arp := make([]byte, 60)
	arp[12], arp[13] = 8, 6
	fragment := shape{}.wire(t, 0, 1, false, false, false, make([]byte, 3000))
	fragment[6] |= 0x20
	for name, c := range map[string]struct {
		b   []byte
		off int
	}{
		"arp":           {arp, -1},
		"a fragment":    {fragment, 0},
		"short":         {[]byte{0x45, 0, 0}, 0},
		"small enough":  {shape{}.wire(t, 0, 1, false, false, false, make([]byte, 1000)), 0},
		"header is cut": {shape{}.wire(t, 0, 1, false, false, false, nil)[:30], 0},
	} {
		f := chain(r, pool, c.b)
		f.SegmentSize = 1000
		pieces := gso.Split(pool, nil, f, c.off)
		if len(pieces) != 1 || !bytes.Equal(flat(pieces[0]), c.b) {
			t.Errorf("%s: %d frames", name, len(pieces))
		}
		pbuf.FreeAll(pieces)
	}
	checkEmpty(t, pool)

	small := pbuf.NewPool(pbuf.Config{MaxBytes: 20000})
	f := small.AllocBytes(0, 9000)
	copy(f.Bytes(), shape{}.wire(t, 0, 1, false, false, false, make([]byte, 8948)))
	f.SegmentSize = 100
	pieces := gso.Split(small, nil, f, 0)
	if n := len(pieces); n == 0 || n >= 90 {
		t.Errorf("%d pieces from a pool that is too small", n)
	}
	pbuf.FreeAll(pieces)
	checkEmpty(t, small)
}

func TestZeroAllocSplit(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	b := shape{}.wire(t, 0, 0, true, false, false, make([]byte, 60000))
	dst := make([]*pbuf.Buf, 0, 64)
	split := func() {
		f := pool.AllocBytes(0, len(b))
		copy(f.Bytes(), b)
		f.SegmentSize = 1448
		pbuf.FreeAll(gso.Split(pool, dst[:0], f, 0))
	}
	split()
	if n := testing.AllocsPerRun(100, split); n != 0 {
		t.Errorf("%v allocations for a large segment, want 0", n)
	}
}

// FuzzParse: no panic, and a layout lies within what was parsed.
func FuzzParse(f *testing.F) {
	f.Add([]byte{0x45, 0, 0, 40, 19: 0, 39: 0}, 0)
	f.Add(append([]byte{0x60, 0, 0, 0, 0, 20, 6}, make([]byte, 60)...), 0)
	f.Fuzz(func(t *testing.T, b []byte, off int) {
		if l, ok := gso.Parse(b, off); ok && (l.IP != off || l.Transport < off+20 || l.Payload < l.Transport+8 || l.Payload > len(b) ||
			l.Checksum()+2 > l.Payload || l.End < l.Payload) {
			t.Errorf("%d bytes: %+v", len(b), l)
		}
	})
}

func Example() {
	pool := pbuf.NewPool(pbuf.Config{})
	f := pool.AllocBytes(0, 40+3000) // an IPv4 header, a TCP header, 3000 bytes
	b := f.Bytes()
	copy(b, []byte{0x45, 0, 0x0b, 0xe0, 9: 6})
	b[20+12] = 5 << 4
	f.SegmentSize = 1460
	for _, piece := range gso.Split(pool, nil, f, 0) {
		fmt.Println(piece.TotalLen())
		piece.Free()
	}
	// Output:
	// 1500
	// 1500
	// 120
}
