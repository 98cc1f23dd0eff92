package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressPlain(t *testing.T) {
	var out bytes.Buffer
	start := time.Unix(100, 0)
	p := newProgress(&terminal{out: &out}, 4<<20, start)
	p.now = func() time.Time { return start.Add(2 * time.Second) }
	for range 64 {
		p.Write(make([]byte, 64<<10))
	}
	p.finish()
	want := " 25%  1MiB of 4MiB  512KiB/s (4.2Mbit/s)\n 50%  2MiB of 4MiB  1MiB/s (8.4Mbit/s)\n" +
		" 75%  3MiB of 4MiB  1.5MiB/s (12.6Mbit/s)\n100%  4MiB of 4MiB  2MiB/s (16.8Mbit/s)\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestProgressLive: the bar is redrawn at most every tenth of a second, and the
// last state stays.
func TestProgressLive(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(100, 0)
	p := newProgress(&terminal{out: &out, live: true}, 1000, now)
	p.now = func() time.Time { return now }
	for range 1000 {
		now = now.Add(time.Millisecond)
		p.Write(make([]byte, 1))
	}
	p.finish()
	got := out.String()
	if n := strings.Count(got, "\r"); n != 11 {
		t.Errorf("drawn %d times, want 11", n)
	}
	if !strings.HasSuffix(got, "\r["+strings.Repeat("=", barWidth)+"] 100%  1000B of 1000B  1000B/s (8kbit/s)\x1b[K\n") {
		t.Errorf("last state: %q", got[strings.LastIndex(got, "\r"):])
	}
}

func TestProgressOfNothing(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&terminal{out: &out, live: true}, 0, time.Now())
	p.Write(nil)
	p.finish()
	if !strings.Contains(out.String(), "100%") {
		t.Errorf("got %q", out.String())
	}
}
