package tcp

import (
	"net/netip"
	"testing"
)

// RFC 7323 §5.4, §7.1: timestamps begin at an offset that is kept for a
// connection's addresses and ports, so that its next incarnation goes on from
// there, and tells nothing of another connection, or of another host's.
func TestTimestampOffsets(t *testing.T) {
	h := newHost(t, "10.0.0.1", Config{})
	id := tuple{h.addr, netip.MustParseAddr("10.0.0.2"), 80, 5000}
	first := h.tcp.timestampOffset(&id)
	if h.tcp.timestampOffset(&id) != first {
		t.Error("an offset changes")
	}
	if first == uint32(id.prf(h.tcp.isnKey)) {
		t.Error("the offset is that of the sequence numbers")
	}
	seen := map[uint32]bool{first: true}
	for port := range uint16(1000) {
		other := id
		other.rport = port
		o := h.tcp.timestampOffset(&other)
		if seen[o] {
			t.Fatal("an offset twice")
		}
		seen[o] = true
	}
	k := newHost(t, "10.0.0.9", Config{}) // another seed
	if k.tcp.timestampOffset(&id) == first {
		t.Error("two hosts share an offset")
	}
}
