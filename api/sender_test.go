package api

import (
	"net/netip"
	"testing"
)

// ReadFrom's address is that of the sender, whoever came before and whatever a
// caller did to an earlier one, and costs nothing while the sender is the same.
func TestLastSender(t *testing.T) {
	var s lastSender
	for _, a := range []string{"10.0.0.1:5", "10.0.0.1:5", "10.0.0.1:6", "[fd00::1]:6", "[fe80::1%en0]:6", "[fe80::1%en1]:6", "10.0.0.1:5"} {
		want := netip.MustParseAddrPort(a)
		got := s.addr(want)
		if got.AddrPort() != want || got.String() != a {
			t.Errorf("got %v, want %v", got, a)
		}
		if s.addr(want) != got {
			t.Errorf("%v was made twice", a)
		}
		if n := testing.AllocsPerRun(10, func() { s.addr(want) }); n != 0 && want.Addr().Zone() == "" {
			t.Errorf("%v: %v allocations", a, n)
		}
	}
	want := netip.MustParseAddrPort("10.0.0.1:5")
	changed := s.addr(want)
	changed.Port = 7
	if got := s.addr(want); got.AddrPort() != want {
		t.Errorf("got %v after a caller changed it", got)
	}
}
