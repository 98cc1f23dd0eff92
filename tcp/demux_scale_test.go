package tcp

import (
	"net/netip"
	"testing"
)

// spread returns n tuples as a busy server sees them, of either family.
func spread(n int, v6 bool) []tuple {
	ids := make([]tuple, n)
	for i := range ids {
		local, remote := netip.MustParseAddr("10.0.0.1"), netip.AddrFrom4([4]byte{10, byte(i >> 20), byte(i >> 12), 1})
		if v6 {
			local = netip.MustParseAddr("2001:db8::1")
			remote = netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 13: byte(i >> 20), 14: byte(i >> 12), 15: 1})
		}
		ids[i] = tuple{local: local, remote: remote, lport: 80, rport: uint16(1024 + i&4095)}
	}
	return ids
}

// Looking a connection up takes as many steps among 100,000 as among 1,000: chains
// stay as short as chance makes them.
func TestDemuxScale(t *testing.T) {
	for _, v6 := range []bool{false, true} {
		for _, n := range []int{1_000, 100_000} {
			b := table{key: [2]uint64{0x0123456789abcdef, 0xfedcba9876543210}}
			ids := spread(n, v6)
			pcbs := make([]PCB, n)
			for i := range ids {
				pcbs[i].id = ids[i]
				b.insert(&pcbs[i])
			}
			steps, longest := 0, 0
			for _, p := range b.slots {
				k := 0
				for ; p != nil; p = p.chain {
					k++
					steps += k
				}
				longest = max(longest, k)
			}
			if mean := float64(steps) / float64(n); mean > 1.6 || longest > 12 {
				t.Errorf("%d connections, v6 %v: %.2f steps in the mean, %d at most", n, v6, mean, longest)
			}
			for i := range ids {
				if b.find(&ids[i]) != &pcbs[i] {
					t.Fatal("lost one")
				}
			}
			for i := range ids {
				b.remove(&pcbs[i])
			}
			if b.n != 0 || len(b.slots) > minSlots {
				t.Errorf("%d left, %d slots", b.n, len(b.slots))
			}
		}
	}
}

func BenchmarkDemux(b *testing.B) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(map[int]string{1_000: "1k", 1_000_000: "1M"}[n], func(b *testing.B) {
			t := table{key: [2]uint64{1, 2}}
			ids := spread(n, false)
			pcbs := make([]PCB, n)
			for i := range ids {
				pcbs[i].id = ids[i]
				t.insert(&pcbs[i])
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if t.find(&ids[i]) == nil {
					b.Fatal("lost")
				}
				if i++; i == 1000 {
					i = 0
				}
			}
		})
	}
}
