package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/impair"
)

// The path of the goodput tests: 100 Mbit/s and 20 ms, with a queue of what is in
// flight on it (a bandwidth-delay product), in each direction.
const (
	pathRate  = 100_000_000
	pathRTT   = 20 * time.Millisecond
	pathQueue = pathRate / 8 * int(pathRTT/time.Millisecond) / 1000
)

// bottleneck is one direction of that path.
var bottleneck = impair.Profile{Rate: pathRate, Delay: pathRTT / 2, QueueBytes: pathQueue}

// goodputCase is a path and how much a transfer over it moves, in MiB: in the
// long run about five seconds' worth.
type goodputCase struct {
	name       string
	link       link
	profile    impair.Profile
	short, big int
	seeds      int  // in the long run
	limited    bool // by its rate, so that goodput compares
}

func goodputCases() []goodputCase {
	with := func(f func(p *impair.Profile)) impair.Profile {
		p := bottleneck
		f(&p)
		return p
	}
	loss := func(x float64) impair.Profile { return with(func(p *impair.Profile) { p.Loss = x }) }
	reorder := with(func(p *impair.Profile) { p.Reorder, p.ReorderDelay = 0.03, pathRTT/4 })
	jitter := with(func(p *impair.Profile) { p.Jitter = 5 * time.Millisecond })
	none := impair.Profile{Delay: 1}
	return []goodputCase{
		{"clean", tap, none, 16, 128, 2, false},
		{"100 Mbit/s, 20 ms", tap, bottleneck, 4, 48, 4, true},
		{"and 0.1 % loss", tap, loss(0.001), 4, 16, 8, true},
		{"and 1 % loss", tap, loss(0.01), 1, 4, 8, true},
		{"and 3 % held back by 5 ms", tap, reorder, 4, 48, 4, true},
		{"and 10 ms jitter", tap, jitter, 4, 48, 4, true},
		{"clean", tun, none, 16, 128, 2, false},
		{"and 0.1 % loss", tun, loss(0.001), 4, 16, 8, true},
	}
}

// stallTime is what no transfer may go without a byte: several retransmission
// time-outs, and more than a busy machine takes from a program.
const stallTime = 8 * time.Second

// tally is what the transfers of one kind took, together.
type tally struct {
	bytes int64
	took  time.Duration
	gap   time.Duration // the longest without a byte
	runs  []time.Duration
}

// rate returns the goodput in Mbit/s.
func (a *tally) rate() float64 { return float64(a.bytes) * 8 / 1e6 / a.took.Seconds() }

// add adds what one transfer took.
func (a *tally) add(n int64, took, gap time.Duration) {
	a.bytes += n
	a.took += took
	a.gap = max(a.gap, gap)
	a.runs = append(a.runs, took.Round(time.Millisecond))
}

// TestGoodput: over an impaired path the kernel gets data to us, and from us, at
// least about as fast as to and from another kernel, and nothing stalls. Both go
// side by side, over the same path with the same seeds. What a few lost packets
// cost varies, as does the time that a busy machine takes from a program, so the
// short run asks for little, and again, with further seeds, before it fails.
// LWIP_GOODPUT=full takes minutes, asks for 90 %, and writes the table in
// docs/PERFORMANCE.md.
func TestGoodput(t *testing.T) {
	full := os.Getenv("LWIP_GOODPUT") == "full"
	need(t)
	cases := goodputCases()
	rows := make([]goodputRow, len(cases))
	for i, c := range cases {
		t.Run(c.link.name+" "+c.name, func(t *testing.T) {
			if full {
				rows[i] = c.long(t)
				return
			}
			t.Parallel()
			c.quick(t)
		})
	}
	if full && !t.Failed() {
		writeTable(t, goodputTable(cases, rows))
	}
}

// quickTries and quickPercent are how many seeds the short run tries at most until
// we come up to so much of the kernel's goodput; longPercent is what the long run
// asks for.
const (
	quickTries   = 4
	quickPercent = 50
	longPercent  = 90
)

// quick is the short run of a case.
func (c *goodputCase) quick(t *testing.T) {
	var r goodputRow
	kernel, ours := newPath(t, c.link, false), newPath(t, c.link, true)
	seed := uint64(0)
	for again := true; again && seed < quickTries && !t.Failed(); seed++ {
		c.run(t, &r, kernel, ours, seed, int64(c.short)<<20)
		again = c.limited && min(r.percent(0), r.percent(1)) < quickPercent
	}
	c.report(t, &r, quickPercent)
	ours.report(t, seed)
}

// long is the long run.
func (c *goodputCase) long(t *testing.T) (r goodputRow) {
	kernel, ours := newPath(t, c.link, false), newPath(t, c.link, true)
	for seed := range uint64(c.seeds) {
		c.run(t, &r, kernel, ours, seed, int64(c.big)<<20)
	}
	c.report(t, &r, longPercent)
	ours.report(t, uint64(c.seeds))
	return r
}

// run transfers n bytes by both families in both directions, to a kernel and to
// us side by side, and adds what that took to r.
func (c *goodputCase) run(t *testing.T, r *goodputRow, kernel, ours *path, seed uint64, n int64) {
	for fi, f := range families {
		for dir, fromNear := range []bool{true, false} {
			var both sync.WaitGroup
			for far, p := range []*path{kernel, ours} {
				profile := c.profile
				profile.Seed = seed<<8 + uint64(fi)<<1 + uint64(dir)
				p.link.SetOut(profile)
				p.link.SetIn(profile)
				both.Go(func() {
					took, gap, err := p.transfer(f, fromNear, n)
					if err != nil {
						t.Errorf("%s, %s, seed %d: %v", f.name, directions[dir][far], seed, err)
					}
					r[fi][dir][far].add(n, took, gap)
				})
			}
			both.Wait()
		}
	}
}

// report logs what a case gave, and fails the test if we did not come up to so
// much of the kernel's goodput on a path of limited rate.
func (c *goodputCase) report(t *testing.T, r *goodputRow, least float64) {
	for dir := range directions {
		for far, name := range directions[dir] {
			for fi, f := range families {
				a := &r[fi][dir][far]
				t.Logf("%s, %s: %.1f Mbit/s, longest silence %v: %v", f.name, name, a.rate(), a.gap.Round(time.Millisecond), a.runs)
			}
		}
		percent := r.percent(dir)
		t.Logf("%s: %.0f %%", directions[dir][1], percent)
		if c.limited && !(percent >= least) {
			t.Errorf("%s: %.0f %% of the kernel's goodput, want at least %.0f %%", directions[dir][1], percent, least)
		}
	}
}

// report logs what our stack counted, and fails the test if it ran into time-outs
// more than now and then.
func (p *path) report(t *testing.T, seeds uint64) {
	s := p.stack.Stats().TCP
	t.Logf("ours: %d segments out, %d again, %d time-outs, %d recoveries, %d undone, %d probes; %d in, %d duplicate",
		s.SegmentsOut, s.Retransmits, s.Timeouts, s.FastRetransmits, s.SpuriousUndone, s.TLPs, s.Segments, s.Duplicate)
	if most := 8 * seeds; s.Timeouts > most {
		t.Errorf("%d time-outs of ours, want at most %d", s.Timeouts, most)
	}
}

// transfer sends n bytes of the content over a new connection and returns how
// long it took from dialling to the end of the stream, and for how long no byte
// came.
func (p *path) transfer(f family, fromNear bool, n int64) (took, gap time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), testTime)
	defer cancel()
	start := time.Now()
	send, recv, err := p.connect(ctx, f, fromNear)
	if err != nil {
		return 0, 0, err
	}
	defer recv.Close()
	sent := make(chan error, 1)
	go func() {
		err := writeContent(send, n)
		if w, ok := send.(interface{ CloseWrite() error }); ok {
			err = errors.Join(err, w.CloseWrite())
		}
		sent <- err
	}()
	defer send.Close()
	got := newReader(n)
	b := make([]byte, 256<<10)
	for last := start; ; {
		recv.SetReadDeadline(last.Add(stallTime))
		k, err := recv.Read(b)
		now := time.Now()
		gap, last = max(gap, now.Sub(last)), now
		if err := got.take(b[:k]); err != nil {
			return 0, 0, err
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, 0, fmt.Errorf("after %d of %d bytes: %w", got.at, n, err)
		}
	}
	took = time.Since(start)
	if got.at != n {
		return 0, 0, fmt.Errorf("%d of %d bytes", got.at, n)
	}
	return took, gap, <-sent
}

// reader compares what comes with the content.
type reader struct {
	at, n int64
	block []byte
}

func newReader(n int64) *reader {
	r := &reader{n: n, block: make([]byte, contentBlock)}
	rand.NewChaCha8([32]byte{1}).Read(r.block)
	return r
}

// take takes the next bytes.
func (r *reader) take(b []byte) error {
	for len(b) > 0 {
		binary.BigEndian.PutUint64(r.block, uint64(r.at/contentBlock))
		want := r.block[r.at%contentBlock:]
		k := min(len(b), len(want))
		if !bytes.Equal(b[:k], want[:k]) || r.at+int64(k) > r.n {
			return fmt.Errorf("wrong content within the %d bytes at %d", k, r.at)
		}
		r.at += int64(k)
		b = b[k:]
	}
	return nil
}
