package main

import (
	"fmt"
	"strings"
	"time"
)

// progress shows how far a transfer is: on a terminal a bar that is redrawn,
// elsewhere a line for each quarter. It is an io.Writer that counts.
type progress struct {
	t           *terminal
	total, done int64
	start, last time.Time
	quarter     int64
	now         func() time.Time
}

const (
	barWidth   = 40
	barRefresh = 100 * time.Millisecond
)

func newProgress(t *terminal, total int64, start time.Time) *progress {
	return &progress{t: t, total: total, start: start, now: time.Now}
}

// Write counts the bytes of b as done.
func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	switch now := p.now(); {
	case p.t.live && now.Sub(p.last) >= barRefresh:
		p.last = now
		p.draw(now)
	case !p.t.live && p.total > 0:
		if q := p.done * 4 / p.total; q > p.quarter {
			p.quarter = q
			fmt.Fprintln(p.t.out, p.line(now))
		}
	}
	return len(b), nil
}

// finish leaves the last state on a line of its own.
func (p *progress) finish() {
	if p.t.live {
		p.draw(p.now())
		fmt.Fprintln(p.t.out)
	}
}

func (p *progress) draw(now time.Time) {
	full := barWidth
	if p.total > 0 {
		full = int(min(p.done, p.total) * barWidth / p.total)
	}
	fmt.Fprintf(p.t.out, "\r[%s%s] %s\x1b[K", strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), p.line(now))
}

func (p *progress) line(now time.Time) string {
	percent := int64(100)
	if p.total > 0 {
		percent = min(p.done, p.total) * 100 / p.total
	}
	return fmt.Sprintf("%3d%%  %v of %v  %v", percent, size(p.done), size(p.total), speed(p.done, now.Sub(p.start)))
}

// speed returns bytes over a time as text.
func speed(n int64, d time.Duration) string {
	if d <= 0 {
		return "-"
	}
	s := float64(n) / d.Seconds()
	return fmt.Sprintf("%v/s (%v)", size(s), rate(s*8))
}
