package oracle

import (
	"errors"
	"hash/maphash"
	"io"
	"net/netip"
	"time"
)

// ChecksumMode is what is made of checksums that a network card is to fill in.
type ChecksumMode uint8

// The modes.
const (
	// ChecksumAuto takes a checksum that holds the sum of the pseudo-header
	// alone for one that a card will fill in.
	ChecksumAuto ChecksumMode = iota
	// ChecksumStrict holds every checksum against its packet: for a capture from
	// a wire.
	ChecksumStrict
	// ChecksumIgnore verifies none.
	ChecksumIgnore
)

// Options say how a capture is judged. The zero value suits most.
type Options struct {
	// At are the hosts that the capture was taken next to. Default: found out
	// for each connection, from who answers at once.
	At []netip.Addr
	// Middle says that the capture was taken next to no host.
	Middle bool
	// Checksum is how checksums are judged. Default ChecksumAuto.
	Checksum ChecksumMode
	// Slack is added to every limit on how long a host may wait, and taken from
	// those on how soon it may do something again, for hosts that are busy.
	// Default 100 ms.
	Slack time.Duration
	// InitialWindow is the largest initial congestion window allowed, in
	// segments. Default 10 (RFC 6928).
	InitialWindow int
	// Skip are the IDs of rules that are not applied.
	Skip []string
	// PerRule is the most findings of one rule that are listed for each host of
	// a connection; the others are counted. Default 10.
	PerRule int
	// MaxFlows is the most connections followed at a time; the one that was
	// silent for longest makes room. Default 65536.
	MaxFlows int
	// MaxFlowList is the most connections that the Report lists. Default 10000.
	MaxFlowList int
	// Progress, if set, is called every few thousand packets with how many have
	// been read.
	Progress func(packets int)
}

func (o Options) withDefaults() Options {
	set(&o.Slack, 100*time.Millisecond)
	set(&o.InitialWindow, 10)
	set(&o.PerRule, 10)
	set(&o.MaxFlows, 65536)
	set(&o.MaxFlowList, 10000)
	return o
}

// set gives a field its default.
func set[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

// progressStride is how many packets pass between calls of Options.Progress.
const progressStride = 4096

// Check reads a capture to its end and judges it.
//
// The findings are in the order of the capture. A capture that ends within a
// packet, as one does whose writer was killed, is judged up to there, and the
// Report says so. Any other error of reading is returned together with what was
// found before it.
func Check(r io.Reader, opts Options) ([]Finding, Report, error) {
	opts = opts.withDefaults()
	j := newJudge(&opts)
	c, err := Open(r)
	if err != nil {
		return nil, j.report, err
	}
	for {
		var p *Packet
		if p, err = c.Next(); err != nil {
			break
		}
		j.packet(p)
		if opts.Progress != nil && p.Number%progressStride == 0 {
			opts.Progress(p.Number)
		}
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		j.report.CutOff = true
		err = nil
	case errors.Is(err, io.EOF):
		err = nil
	}
	j.finish()
	return j.ledger.findings, j.report, err
}

// judge is the state of one Check.
type judge struct {
	opts     *Options
	ledger   *ledger
	report   Report
	conns    connections
	offload  map[netip.Addr]*offload
	large    map[netip.Addr]bool   // hosts whose segments a card splits
	headers  map[netip.Addr]*tally // IPv4 header checksums
	strays   map[netip.Addr]*tally // of segments without a connection
	damages  damages
	arp      arpWatch
	nd       ndWatch
	lastTime time.Duration
	hash     hashSeed
	disturbance
}

func newJudge(opts *Options) *judge {
	j := &judge{opts: opts, ledger: newLedger(opts), offload: make(map[netip.Addr]*offload), large: make(map[netip.Addr]bool), hash: hashSeed{maphash.MakeSeed()},
		headers: make(map[netip.Addr]*tally), strays: make(map[netip.Addr]*tally)}
	j.report.Suppressed = j.ledger.suppressed
	j.disturbance.init()
	j.conns.init(j)
	j.damages.init(j.ledger)
	j.arp.init(j.ledger, &j.damages)
	j.nd.init(j.ledger, &j.damages)
	return j
}

// packet judges the next packet of the capture.
func (j *judge) packet(p *Packet) {
	j.report.count(p)
	j.lastTime = p.At
	j.disturbance.packet(p)
	switch p.Kind {
	case TCP:
		if j.headerSum(p) {
			j.conns.packet(p)
		}
	case ARP:
		j.arp.packet(p)
	case ICMPv6:
		if j.headerSum(p) {
			j.nd.packet(p)
		}
	case Other:
		j.headerSum(p)
	}
}

// finish judges what is still open at the end of the capture.
func (j *judge) finish() {
	j.conns.finish()
	j.reportOffload()
	j.reportTallies()
	j.damages.finish()
	sortFindings(j.ledger.findings)
}
