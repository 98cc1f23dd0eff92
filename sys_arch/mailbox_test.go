package sysarch

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip/timers"
)

func TestMailboxTryOps(t *testing.T) {
	m := NewMailbox[int](NewManual(), 2)
	if _, err := m.TryFetch(); err != ErrEmpty {
		t.Errorf("TryFetch of an empty mailbox: %v", err)
	}
	for i := range 10 { // round the ring
		if err := errors.Join(m.TryPost(i), m.TryPost(i+100)); err != nil {
			t.Fatal(err)
		}
		if err := m.TryPost(9); err != ErrFull || m.Len() != 2 {
			t.Errorf("TryPost to a full mailbox: %v", err)
		}
		for _, want := range []int{i, i + 100} {
			if got, err := m.TryFetch(); got != want || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, want)
			}
		}
	}
	m.TryPost(1)
	m.Close()
	m.Close()
	if err := m.TryPost(2); err != ErrClosed {
		t.Errorf("TryPost to a closed mailbox: %v", err)
	}
	if err := m.Post(2); err != ErrClosed {
		t.Errorf("Post to a closed mailbox: %v", err)
	}
	if got, err := m.Fetch(time.Second); got != 1 || err != nil {
		t.Errorf("what was left: %d, %v", got, err)
	}
	if _, err := m.Fetch(0); err != ErrClosed {
		t.Errorf("Fetch from a closed mailbox: %v", err)
	}
	if _, err := m.TryFetch(); err != ErrClosed {
		t.Errorf("TryFetch from a closed mailbox: %v", err)
	}
}

func TestMailboxPostBlocksWhileFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMailbox[int](Real(), 1)
		var posted atomic.Int32
		go func() {
			for i := range 3 {
				if err := m.Post(i); err != nil {
					t.Error(err)
				}
				posted.Add(1)
			}
		}()
		for want := range 3 {
			synctest.Wait() // the poster blocks durably, or is done
			if got, want := posted.Load(), min(int32(want)+1, 3); got != want {
				t.Errorf("%d posted, want %d", got, want)
			}
			if got, err := m.Fetch(0); got != want || err != nil {
				t.Errorf("got %d, %v; want %d", got, err, want)
			}
		}
	})
}

// clocks runs f in a bubble with either clock, and what lets time pass on it.
func clocks(t *testing.T, f func(t *testing.T, clock Clock, pass func(time.Duration))) {
	t.Run("Real", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f(t, Real(), func(d time.Duration) {
				synctest.Wait()
				<-time.After(d)
				synctest.Wait()
			})
		})
	})
	t.Run("Manual", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m := NewManual()
			f(t, m, func(d time.Duration) {
				for end := m.Now().Add(d); ; { // what an alarm wakes runs before the next
					synctest.Wait()
					if m.Next() > end {
						m.AdvanceTo(end)
						synctest.Wait()
						return
					}
					m.Step()
				}
			})
			if m.Next() != timers.Never {
				t.Errorf("an alarm is left at %v", m.Next())
			}
		})
	})
}

func TestMailboxFetchTimeout(t *testing.T) {
	clocks(t, func(t *testing.T, clock Clock, pass func(time.Duration)) {
		type result struct {
			got int
			err error
			at  timers.Time
		}
		m := NewMailbox[int](clock, 4)
		start := clock.Now()
		var mu sync.Mutex
		results := make([]result, 4)
		of := func(i int) result {
			mu.Lock()
			defer mu.Unlock()
			return results[i]
		}
		timeouts := []time.Duration{3 * time.Second, time.Second, 0, 2 * time.Second}
		for i, d := range timeouts {
			go func() {
				got, err := m.Fetch(d)
				mu.Lock()
				defer mu.Unlock()
				results[i] = result{got, err, clock.Now()}
			}()
			synctest.Wait() // they wait in this order
		}
		pass(time.Second - 1)
		if of(1).err != nil {
			t.Error("timed out early")
		}
		pass(1)
		if r := of(1); r.err != ErrTimeout || r.at != start.Add(time.Second) {
			t.Errorf("the shortest: %+v", r)
		}
		pass(time.Second)
		if r := of(3); r.err != ErrTimeout || r.at != start.Add(2*time.Second) {
			t.Errorf("the second: %+v", r)
		}
		for _, v := range []int{10, 11} {
			if err := m.Post(v); err != nil {
				t.Error(err)
			}
		}
		pass(10 * time.Second)
		for i, want := range map[int]int{0: 10, 2: 11} {
			if r := of(i); r.got != want || r.err != nil || r.at != start.Add(2*time.Second) {
				t.Errorf("waiter %d: %+v, want %d", i, r, want)
			}
		}
		pass(time.Second)
	})
}

func TestMailboxCloseWakesEverybody(t *testing.T) {
	clocks(t, func(t *testing.T, clock Clock, pass func(time.Duration)) {
		empty, full := NewMailbox[int](clock, 1), NewMailbox[int](clock, 1)
		if err := full.Post(1); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				if _, err := empty.Fetch(time.Duration(i) * time.Hour); err != ErrClosed {
					t.Errorf("Fetch: %v", err)
				}
			})
			wg.Go(func() {
				if err := full.Post(2); err != ErrClosed {
					t.Errorf("Post: %v", err)
				}
			})
		}
		pass(time.Second)
		empty.Close()
		full.Close()
		wg.Wait()
	})
}

// Many posters and fetchers: every message arrives once, and each poster's in
// its order.
func TestMailboxConcurrency(t *testing.T) {
	const posters, fetchers, each = 4, 3, 2000
	m := NewMailbox[[2]int](Real(), 8)
	var mu sync.Mutex
	seen := make(map[[2]int]bool)
	var fetching, posting sync.WaitGroup
	for range fetchers {
		fetching.Go(func() {
			last := [posters]int{}
			for {
				msg, err := m.Fetch(time.Hour)
				if err == ErrClosed {
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				if msg[1] <= last[msg[0]] {
					t.Errorf("message %d of poster %d after %d", msg[1], msg[0], last[msg[0]])
				}
				last[msg[0]] = msg[1]
				mu.Lock()
				if seen[msg] {
					t.Errorf("message %v twice", msg)
				}
				seen[msg] = true
				mu.Unlock()
			}
		})
	}
	for p := range posters {
		posting.Go(func() {
			for i := range each {
				if err := m.Post([2]int{p, i + 1}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	posting.Wait()
	m.Close()
	fetching.Wait()
	if len(seen) != posters*each {
		t.Errorf("%d messages of %d", len(seen), posters*each)
	}
}

func TestZeroAllocMailbox(t *testing.T) {
	m := NewMailbox[int](Real(), 1)
	back := NewMailbox[int](Real(), 1)
	go func() {
		for {
			v, err := m.Fetch(time.Hour)
			if err != nil {
				return
			}
			if back.Post(v) != nil {
				return
			}
		}
	}()
	if n := testing.AllocsPerRun(1000, func() {
		if err := m.Post(1); err != nil {
			t.Error(err)
		}
		if _, err := back.Fetch(time.Hour); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	m.Close()
}

func BenchmarkMailbox(b *testing.B) {
	m := NewMailbox[int](Real(), 16)
	for b.Loop() {
		m.TryPost(1)
		m.TryFetch()
	}
}
