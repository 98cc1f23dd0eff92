package memlink_test

import (
	"slices"
	"testing"

	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/pbuf"
)

func TestHubFloodsAllOthers(t *testing.T) {
	for from := range 4 {
		pool := pbuf.NewPool(pbuf.Config{})
		h := memlink.NewHub(4, memlink.Config{})
		var st [4]*station
		for i, p := range h.Ports() {
			st[i] = attach(t, p, pool)
		}
		h.Port(from).Transmit([]*pbuf.Buf{frame(t, pool, 60, 1), frame(t, pool, 1514, 2)})
		for i, s := range st {
			want := 2
			if i == from {
				want = 0
			}
			if len(s.got) != want {
				t.Errorf("from %d: port %d got %d frames, want %d", from, i, len(s.got), want)
				continue
			}
			if want == 2 && (len(s.got[0]) != 60 || len(s.got[1]) != 1514 || s.got[1][700] != 2) {
				t.Errorf("from %d: port %d got other bytes", from, i)
			}
			if got := h.Port(i).Stats().RxFrames; got != uint64(want) {
				t.Errorf("from %d: port %d counted %d", from, i, got)
			}
		}
		checkFreed(t, pool)
	}
}

func TestHubSharesBlocks(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	h := memlink.NewHub(3, memlink.Config{})
	f := frame(t, pool, 100, 7)
	before := pool.Stats().BytesInUse
	for _, p := range h.Ports()[1:] {
		s := attach(t, p, pool)
		s.then = func(got []*pbuf.Buf) {
			if n := pool.Stats().BytesInUse; n != before {
				t.Errorf("%d bytes in use while delivering, %d before: a copy was made", n, before)
			}
		}
	}
	h.Port(0).Transmit([]*pbuf.Buf{f})
	checkFreed(t, pool)
}

func TestHubPortsThatCannotReceive(t *testing.T) {
	pool := pbuf.NewPool(pbuf.Config{})
	h := memlink.NewHub(4, memlink.Config{MTU: 100})
	s1, s2 := attach(t, h.Port(1), pool), attach(t, h.Port(2), pool)
	h.Port(2).SetLink(false) // and 3 has no Receiver
	h.Port(0).Transmit([]*pbuf.Buf{frame(t, pool, 60, 1), frame(t, pool, 119, 1)})
	h.Port(2).Transmit([]*pbuf.Buf{frame(t, pool, 60, 1)})
	if len(s1.got) != 1 || len(s2.got) != 0 {
		t.Errorf("received %d and %d, want 1 and 0", len(s1.got), len(s2.got))
	}
	if got, want := h.Port(0).Stats(), (memlink.Stats{TxFrames: 1, TxBytes: 60, NotAttached: 2, TooLong: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := h.Port(2).Stats().LinkDown; got != 1 {
		t.Errorf("%d frames lost on the pulled port, want 1", got)
	}
	h.Port(2).SetLink(true)
	h.Port(3).SetLink(false)
	s3 := attach(t, h.Port(3), pool)
	if !slices.Equal(s2.links, []bool{false, true}) || !slices.Equal(s3.links, []bool{false}) {
		t.Errorf("links %v, %v", s2.links, s3.links)
	}
	if err := h.Port(1).Detach(); err != nil {
		t.Fatal(err)
	}
	h.Port(0).Transmit([]*pbuf.Buf{frame(t, pool, 60, 1)})
	if len(s1.got) != 1 || len(s2.got) != 1 {
		t.Errorf("after Detach and SetLink: %d and %d, want 1 and 1", len(s1.got), len(s2.got))
	}
	checkFreed(t, pool)
}

func TestHubStations(t *testing.T) {
	hw := ethernet.Addr{2, 0xff, 0, 0, 0, 1}
	h := memlink.NewHub(300, memlink.Config{HWAddrB: hw})
	seen := make(map[ethernet.Addr]bool)
	for _, p := range h.Ports() {
		a := p.Properties().HWAddr
		if seen[a] || a.IsMulticast() || a.IsZero() {
			t.Fatalf("station address %v", a)
		}
		seen[a] = true
	}
	if !seen[hw] {
		t.Errorf("no station %v", hw)
	}
	memlink.NewHub(0, memlink.Config{HWAddrA: hw, HWAddrB: hw}) // nobody there
	pool := pbuf.NewPool(pbuf.Config{})
	memlink.NewHub(1, memlink.Config{}).Port(0).Transmit([]*pbuf.Buf{frame(t, pool, 60, 1)})
	checkFreed(t, pool)
}
