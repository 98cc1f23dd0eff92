package nd6

import (
	"testing"

	"github.com/google/gopacket/layers"
)

// RFC 4861 §7.2.4: a solicitation for our address is answered to its sender, from
// the target, solicited, with our link-layer address.
func TestSolicitationAnswered(t *testing.T) {
	h := readyHost(t, Config{})
	h.sent()
	h.input(peerGA, SolicitedNode(ourGA), ns(ourGA, llOption(optSourceLL, peerHW)))
	fs := h.sent()
	if len(fs) != 1 {
		t.Fatalf("%d answers", len(fs))
	}
	h.judge(fs[0])
	m := fs[0].Layer(layers.LayerTypeICMPv6NeighborAdvertisement).(*layers.ICMPv6NeighborAdvertisement)
	v6 := fs[0].Layer(layers.LayerTypeIPv6).(*layers.IPv6)
	if m.Flags != naSolicited|naOverride || m.TargetAddress.String() != ourGA.String() ||
		v6.DstIP.String() != peerGA.String() || v6.SrcIP.String() != ourGA.String() {
		t.Errorf("flags %x for %v, %v to %v", m.Flags, m.TargetAddress, v6.SrcIP, v6.DstIP)
	}
	if len(m.Options) != 1 || m.Options[0].Type != layers.ICMPv6OptTargetAddress || string(m.Options[0].Data) != string(ourHW[:]) {
		t.Errorf("options %v", m.Options)
	}
	h.checkLeaks()
}
