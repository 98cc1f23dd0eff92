package ip4_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/gopacket/ip4defrag"
	"github.com/google/gopacket/layers"
	"pgregory.net/rapid"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// The measured cut of C lwIP: 3000 bytes of UDP over an MTU of 1500.
func TestFragmentOffsets(t *testing.T) {
	h := newHost(t, ip4.Config{})
	ifc := h.tunnel("10.0.0.1/24")
	h.output(pattern(3008), ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP})
	var offsets []int
	for _, f := range take(ifc) {
		l := decode(t, f)
		offsets = append(offsets, int(l.FragOffset)*8)
		if l.Flags&layers.IPv4DontFragment != 0 {
			t.Error("DF is set")
		}
	}
	if want := []int{0, 1480, 2960}; !slices.Equal(offsets, want) {
		t.Errorf("offsets %v, want %v", offsets, want)
	}
	if s := h.ip.Stats(); s.Fragmented != 1 || s.Sent != 3 {
		t.Errorf("Fragmented %d, Sent %d", s.Fragmented, s.Sent)
	}
	h.drained()
}

// What is cut, from chains of any shape, is put together by gopacket and by
// another stack of ours.
func TestFragmentRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		mtu := rapid.IntRange(68, 2000).Draw(rt, "mtu")
		payload := pattern(rapid.IntRange(1, 9000).Draw(rt, "length"))
		h := newHost(t, ip4.Config{})
		ifc := h.add(netif.Properties{Framing: netif.IP, MTU: mtu}, "10.0.0.1/24", "")
		var flags ip.HeaderFlags
		if rapid.Bool().Draw(rt, "alert") {
			flags = ip.RouterAlert
		}
		head := h.pool.Alloc(pbuf.IP, 0, pbuf.RAM)
		for rest := payload; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "element")
			e := h.pool.AllocBytes(0, n)
			copy(e.Bytes(), rest)
			head.Cat(e)
			rest = rest[n:]
		}
		if err := h.ip.Output(head, ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP, Flags: flags}); err != nil {
			rt.Fatal(err)
		}
		h.turn()
		peer := newHost(t, ip4.Config{})
		in := peer.tunnel("10.0.0.2/24")
		judge := ip4defrag.NewIPv4Defragmenter()
		var whole *layers.IPv4
		frames := take(ifc)
		// gopacket takes options for payload, and neither many pieces nor a last
		// one below 8 bytes.
		judged := flags == 0 && mtu > 200 && len(frames[len(frames)-1]) >= 28
		for i, f := range frames {
			l := decode(t, f)
			if len(f) > mtu {
				rt.Fatalf("%d bytes over an MTU of %d", len(f), mtu)
			}
			if i < len(frames)-1 && len(l.Payload)%8 != 0 {
				rt.Fatalf("piece %d has %d bytes", i, len(l.Payload))
			}
			if (len(l.Options) != 0) != (flags != 0) {
				rt.Fatalf("piece %d has options %v", i, l.Options)
			}
			if judged {
				out, err := judge.DefragIPv4(l)
				if err != nil {
					rt.Fatal(err)
				}
				if out != nil {
					whole = out
				}
			}
			peer.receive(in, f)
		}
		if judged && (whole == nil || !bytes.Equal(whole.Payload, payload)) {
			rt.Fatal("gopacket does not put it together")
		}
		if len(peer.udp.got) != 1 || !bytes.Equal(peer.udp.got[0].bytes, payload) {
			rt.Fatalf("%d packets arrive: %+v", len(peer.udp.got), peer.ip.Stats())
		}
		if got := peer.udp.got[0].info.Reassembled; got != (len(frames) > 1) {
			rt.Fatalf("Reassembled %v of %d frames", got, len(frames))
		}
		h.drained()
		peer.drained()
	})
}

func TestNoFragmentation(t *testing.T) {
	h := newHost(t, ip4.Config{NoFragmentation: true})
	h.tunnel("10.0.0.1/24")
	if err := h.output(pattern(1481), ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP}); !errors.Is(err, ip.ErrTooBig) {
		t.Errorf("error %v", err)
	}
	h.drained()
}

// Without memory for a piece the packet fails as a whole.
func TestFragmentNoMemory(t *testing.T) {
	h := newHost(t, ip4.Config{})
	h.pool = pbuf.NewPool(pbuf.Config{MaxBytes: pbuf.Jumbo*17/16 + 2*pbuf.Small})
	h.ifs = netif.New(&h.q, h.rand, h.pool)
	h.ip = ip4.New(h.ifs, &h.q, h.rand, h.pool, nil, ip4.Config{})
	h.tunnel("10.0.0.1/24")
	if err := h.output(pattern(6000), ip.Header{Dst: addr("10.0.0.2"), Proto: ip.UDP}); !errors.Is(err, ip.ErrNoMemory) {
		t.Errorf("error %v", err)
	}
	if s := h.ip.Stats(); s.NoMemory != 1 {
		t.Errorf("NoMemory %d, want 1", s.NoMemory)
	}
	h.drained()
}
