package sysarch

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSemaphoreCounts(t *testing.T) {
	s := NewSemaphore(NewManual(), 2)
	for range 2 {
		if err := s.Wait(0); err != nil {
			t.Fatal(err)
		}
	}
	if s.TryWait() {
		t.Error("a third time with a count of two")
	}
	s.Signal()
	s.Signal()
	if !s.TryWait() || s.Wait(time.Second) != nil || s.TryWait() {
		t.Error("two signals are not two waits")
	}
}

func TestSemaphoreWait(t *testing.T) {
	clocks(t, func(t *testing.T, clock Clock, pass func(time.Duration)) {
		s := NewSemaphore(clock, 0)
		start := clock.Now()
		var mu sync.Mutex
		got := make([]string, 3)
		for i, d := range []time.Duration{time.Second, time.Hour, 0} {
			go func() {
				err := s.Wait(d)
				mu.Lock()
				defer mu.Unlock()
				got[i] = fmt.Sprintf("%v after %v", err, clock.Now().Sub(start))
			}()
			synctest.Wait()
		}
		check := func(want ...string) {
			t.Helper()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		pass(time.Second - 1)
		check("", "", "")
		pass(1)
		check("sysarch: timeout after 1s", "", "")
		pass(time.Second)
		s.Signal() // for who waits longest
		pass(time.Second)
		check("sysarch: timeout after 1s", "<nil> after 2s", "")
		s.Signal()
		pass(time.Second)
		check("sysarch: timeout after 1s", "<nil> after 2s", "<nil> after 3s")
	})
}

// As a mutex, it admits one at a time and loses no signal, also when waits time
// out all the while.
func TestSemaphoreConcurrency(t *testing.T) {
	const workers, each = 4, 2000
	s := NewSemaphore(Real(), 1)
	var wg sync.WaitGroup
	n := 0
	for i := range workers {
		wg.Go(func() {
			for range each {
				if i%2 == 0 {
					for s.Wait(time.Microsecond) != nil {
					}
				} else if err := s.Wait(0); err != nil {
					t.Error(err)
				}
				n++
				s.Signal()
			}
		})
	}
	wg.Wait()
	if n != workers*each || !s.TryWait() || s.TryWait() {
		t.Errorf("%d passes, want %d, and a count of one", n, workers*each)
	}
}

func TestZeroAllocSemaphore(t *testing.T) {
	m := NewManual()
	s := NewSemaphore(m, 0)
	if n := testing.AllocsPerRun(100, func() {
		s.Signal()
		if err := s.Wait(time.Second); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
