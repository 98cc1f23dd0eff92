package arp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/timers"
)

func TestGratuitous(t *testing.T) {
	h := newHost(t, arp.Config{})
	count := func(step string, want int) {
		t.Helper()
		h.transmit()
		if got := len(h.take()); got != want {
			t.Errorf("%s: %d frames, want %d", step, got, want)
		}
	}
	h.ifc.SetAddr4(netip.MustParsePrefix("10.0.0.7/24"), netip.Addr{})
	count("address set", 1)
	h.ifc.SetAddr4(netip.MustParsePrefix("10.0.0.7/24"), netip.Addr{})
	count("set to the same", 1)
	h.ifc.SetAddr4(netip.Prefix{}, netip.Addr{})
	count("address removed", 0)
	h.ifc.SetAddr4(netip.MustParsePrefix("10.0.0.7/24"), netip.Addr{})
	h.transmit()
	h.take()
	h.ifc.SetLink(false)
	count("link down", 0)
	h.ifc.SetLink(true)
	count("link up", 1)
	h.ifc.SetUp(false)
	h.ifc.SetUp(true)
	count("interface up", 1)
	h.drained()
}

func TestPeriodicGratuitous(t *testing.T) {
	h := newHost(t, arp.Config{GratuitousInterval: time.Minute})
	h.advance(5 * time.Minute)
	if got := len(h.take()); got != 5 {
		t.Errorf("%d announcements in five minutes, want 5", got)
	}
	h.ifc.SetAddr4(netip.Prefix{}, netip.Addr{})
	h.advance(5 * time.Minute)
	if got := len(h.take()); got != 0 {
		t.Errorf("%d announcements without an address", got)
	}
	if h.q.Next() != timers.Never {
		t.Error("a timer runs without an address")
	}
}
