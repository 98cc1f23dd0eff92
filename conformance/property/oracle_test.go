package property

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/golwip/lwip/conformance/oracle"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/sys_arch"
)

// trace is a host's interface and the capture of what passes it: before the
// weather has its way with what the host sends, and after it has with what the
// host receives.
type trace struct {
	*pcapng.Driver
	file bytes.Buffer
}

// paces are the rules on how often a host may ask and announce.
var paces = []string{"arp-rate", "arp-probe", "arp-announce", "nd-rate", "nd-rs-rate"}

func newTrace(d netif.Driver, c sysarch.Clock) (*trace, error) {
	t := new(trace)
	var err error
	t.Driver, err = pcapng.New(d, &t.file, c, pcapng.Options{})
	return t, err
}

// checkTrace has the oracle judge the capture. What is said of the peer is left
// out: its packets may have been damaged, held back or lost on the way.
func (h *host) checkTrace() {
	if err := h.trace.Flush(); err != nil {
		h.w.fail("capture: %v", err)
		return
	}
	// In one run of thousands an ACK waits for up to a second; why is not known
	// (docs/gaps.md).
	opts := oracle.Options{At: []netip.Addr{h.addr[0].Addr(), h.addr[1].Addr()}, Slack: 2 * time.Second}
	switch {
	case !h.w.steady:
		// The host may not have taken what was captured, and what it sends may
		// have been dropped on the way to the capture.
		opts = oracle.Options{Middle: true, Skip: paces}
	case h.w.anew:
		// No capture shows that the host has forgotten whom it asked.
		opts.Skip = paces
	}
	list, report, err := oracle.Check(bytes.NewReader(h.trace.file.Bytes()), opts)
	if err != nil {
		h.w.fail("oracle: %v", err)
	}
	if report.Packets == 0 {
		h.w.fail("host %d: nothing was captured", h.side)
	}
	for _, f := range list {
		if f.Severity > oracle.Info && h.is(f.Host) {
			h.w.fail("host %d: %v%s", h.side, f, h.keepTrace())
		}
	}
}

// is reports whether the oracle means this host: by its address, with or
// without a port, or its station.
func (h *host) is(name string) bool {
	a, err := netip.ParseAddr(name)
	if ap, e := netip.ParseAddrPort(name); e == nil {
		a, err = ap.Addr(), nil
	}
	return err == nil && (a == h.addr[0].Addr() || a == h.addr[1].Addr()) || name == h.ifc.HWAddr().String()
}

// keepTrace leaves the capture in the directory ORACLE_KEEP, if that is set, and
// says where.
func (h *host) keepTrace() string {
	dir := os.Getenv("ORACLE_KEEP")
	if dir == "" {
		return ""
	}
	f, err := os.CreateTemp(dir, "property-*.pcapng")
	if err == nil {
		_, err = f.Write(h.trace.file.Bytes())
		f.Close()
	}
	if err != nil {
		return fmt.Sprintf(" (%v)", err)
	}
	return fmt.Sprintf(" (kept as %s)", f.Name())
}

// TestOracleObjects: a host whose capture shows an acknowledgment of what was
// never sent is found out, and not its peer.
func TestOracleObjects(t *testing.T) {
	w := opened(t, 1, 0)
	w.conns[0].ends[0].write(50_000, 1400, 0)
	w.clock.Advance(time.Second)
	w.steady = true
	h := w.hosts[1]
	if err := h.trace.Flush(); err != nil {
		t.Fatal(err)
	}
	b := h.trace.file.Bytes()
	mark := []byte{8, 0, 0x45, 0, 0, 52} // a bare ACK with timestamps
	at := bytes.Index(b[len(b)/2:], mark)
	if at < 0 {
		t.Fatal("no ACK in the capture")
	}
	seg := b[len(b)/2+at+2+20:]
	seg[8] += 0x10
	seg[16] -= 0x10 // its checksum
	h.checkTrace()
	w.hosts[0].checkTrace()
	if w.bug == "" || !bytes.Contains([]byte(w.bug), []byte("ack-unsent")) {
		t.Errorf("%q", w.bug)
	}
}
