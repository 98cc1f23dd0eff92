package arp_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// questions lists the ARP requests among frames as "time destination".
func questions(frames []frame) []string {
	var list []string
	for _, f := range frames {
		h, _ := ethernet.ParseHeader(f.b)
		if h.Type() != ethernet.ARP {
			continue
		}
		to := "unicast"
		if h.Dst() == ethernet.Broadcast {
			to = "broadcast"
		}
		list = append(list, fmt.Sprint(f.at.Seconds(), " ", to))
	}
	return list
}

// The timelines measured on C lwIP 2.2.1 under a simulated clock.
func TestTimeline(t *testing.T) {
	for _, preset := range []struct {
		name string
		cfg  arp.Config
	}{{"upstream", arp.Upstream()}, {"espidf", arp.ESPIDF()}, {"default", arp.Config{}}} {
		preset.cfg.GratuitousInterval = 0
		t.Run(preset.name+"/no_answer", func(t *testing.T) {
			h := newHost(t, preset.cfg)
			h.send(peerIP, 1)
			h.advance(4999 * time.Millisecond)
			if len(h.arp.Entries()) != 1 {
				t.Fatal("the entry is gone before 5 s")
			}
			h.advance(time.Millisecond)
			if len(h.arp.Entries()) != 0 {
				t.Error("the entry is still there at 5 s")
			}
			h.advance(time.Hour)
			want := []string{"0 broadcast", "1 broadcast", "2 broadcast", "3 broadcast", "4 broadcast"}
			if got := questions(h.take()); !slices.Equal(got, want) {
				t.Errorf("requests\n%q\nwant\n%q", got, want)
			}
			if s := h.arp.Stats(); s.Unresolved != 1 || s.UnresolvedDropped != 1 {
				t.Errorf("Unresolved %d, UnresolvedDropped %d, want 1, 1", s.Unresolved, s.UnresolvedDropped)
			}
			h.drained()
		})
		t.Run(preset.name+"/in_use", func(t *testing.T) {
			h := newHost(t, preset.cfg)
			h.send(peerIP, 1)
			h.answer()
			h.take()
			for h.q.Now().Sub(start) < 302500*time.Millisecond {
				h.advance(10 * time.Millisecond)
				h.send(peerIP, 2)
			}
			var want []string
			for at := 270; at <= 284; at += 2 {
				want = append(want, fmt.Sprint(at, " unicast"))
			}
			for at := 286; at <= 298; at += 2 {
				want = append(want, fmt.Sprint(at, " broadcast"))
			}
			want = append(want, "300 broadcast", "301 broadcast", "302 broadcast")
			if got := questions(h.take()); !slices.Equal(got, want) {
				t.Errorf("requests\n%q\nwant\n%q", got, want)
			}
			h.advance(time.Minute)
			h.drained()
		})
	}
}

// The ages at which the questions begin and change, to the nanosecond.
func TestRefreshAges(t *testing.T) {
	for _, c := range []struct {
		age  time.Duration
		want []string
	}{
		{270*time.Second - 1, nil},
		{270 * time.Second, []string{"270 unicast"}},
		{285*time.Second - time.Millisecond, []string{"284.999 unicast"}},
		{285 * time.Second, []string{"285 broadcast"}},
	} {
		h := newHost(t, arp.Config{})
		h.send(peerIP, 1)
		h.answer()
		h.take()
		h.advance(c.age)
		h.send(peerIP, 2)
		if got := questions(h.take()); !slices.Equal(got, c.want) {
			t.Errorf("at %v: %q, want %q", c.age, got, c.want)
		}
	}
}

func TestRefreshStopsWhenAnswered(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.send(peerIP, 1)
	h.answer()
	h.advance(271 * time.Second)
	h.take()
	h.send(peerIP, 2)
	if got := questions(h.take()); len(got) != 1 {
		t.Fatalf("requests at 271 s: %q, want one", got)
	}
	h.answer()
	h.advance(20 * time.Second)
	h.send(peerIP, 3)
	if got := questions(h.take()); len(got) != 0 {
		t.Errorf("requests after the answer: %q, want none", got)
	}
}

// An idle stack with resolved entries never wakes.
func TestIdleNeverWakes(t *testing.T) {
	h := newHost(t, arp.Config{})
	h.send(peerIP, 1)
	h.answer()
	if got := h.q.Next(); got != timers.Never {
		t.Errorf("next deadline %v, want never", got)
	}
	fired := h.q.Stats().Fired
	h.advance(10 * time.Minute)
	if got := h.q.Stats().Fired - fired; got != 0 {
		t.Errorf("%d timers fired in ten idle minutes", got)
	}
	if _, ok := h.arp.Find(h.ifc, peerIP); ok {
		t.Error("the entry is still believed after ten minutes")
	}
	if n := len(h.arp.Entries()); n != 0 {
		t.Errorf("Entries shows %d, want none", n)
	}
}

// marks returns the payload marks of the IP frames.
func marks(frames []frame) []byte {
	var m []byte
	for _, f := range frames {
		if h, _ := ethernet.ParseHeader(f.b); h.Type() == ethernet.IPv4 {
			m = append(m, f.b[ethernet.HeaderLen+20])
		}
	}
	return m
}

func TestQueue(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  arp.Config
		want []byte
		errs int
	}{
		{"upstream keeps the newest", arp.Upstream(), []byte{5}, 0},
		{"espidf keeps the first three", arp.ESPIDF(), []byte{1, 2, 3}, 2},
		{"default keeps all", arp.Config{}, []byte{1, 2, 3, 4, 5}, 0},
		{"oldest goes", arp.Config{EntryQueue: 2}, []byte{4, 5}, 0},
		{"total", arp.Config{TotalQueue: 3}, []byte{3, 4, 5}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, c.cfg)
			errs := 0
			for i := byte(1); i <= 5; i++ {
				if err := h.send(peerIP, i); errors.Is(err, ip.ErrNoMemory) {
					errs++
				} else if err != nil {
					t.Fatal(err)
				}
			}
			if errs != c.errs {
				t.Errorf("%d packets refused, want %d", errs, c.errs)
			}
			h.answer()
			got := marks(h.take())
			if !slices.Equal(got, c.want) {
				t.Errorf("sent %v, want %v", got, c.want)
			}
			if s := h.arp.Stats(); s.QueueDropped != uint64(5-len(c.want)) {
				t.Errorf("QueueDropped %d, want %d", s.QueueDropped, 5-len(c.want))
			}
			h.drained()
		})
	}
}

func TestTotalQueueRefusesAnotherEntry(t *testing.T) {
	h := newHost(t, arp.Config{TotalQueue: 1})
	h.send(peerIP, 1)
	if err := h.send(peerIP.Next(), 2); !errors.Is(err, ip.ErrNoMemory) {
		t.Errorf("error %v, want ErrNoMemory", err)
	}
	h.advance(time.Minute)
	h.drained()
}

func TestUnreachableHears(t *testing.T) {
	h := newHost(t, arp.Config{})
	var got []byte
	h.arp.SetUnreachable(func(ifc *netif.Interface, buf *pbuf.Buf) {
		if ifc != h.ifc {
			t.Errorf("interface %v", ifc)
		}
		got = append(got, buf.GetAt(20))
		h.send(peerIP, 9) // as an ICMP error to a host behind the same router would
	})
	h.send(peerIP, 1)
	h.send(peerIP, 2)
	h.advance(5 * time.Second)
	if !slices.Equal(got, []byte{1, 2}) {
		t.Errorf("told of %v, want [1 2]", got)
	}
	h.answer()
	h.drained()
}

// What refers to the sender's bytes is copied before it waits.
func TestQueueCopiesReferences(t *testing.T) {
	h := newHost(t, arp.Config{})
	payload := []byte{7}
	head := h.pool.Alloc(pbuf.Link, 20, pbuf.RAM)
	head.Bytes()[0] = 0x45
	head.Cat(h.pool.AllocReference(payload, pbuf.Reference))
	h.arp.Output(h.ifc, head, peerIP)
	payload[0] = 8
	h.transmit()
	h.answer()
	if got := marks(h.take()); !slices.Equal(got, []byte{7}) {
		t.Errorf("sent %v, want [7]", got)
	}
	h.drained()
}
