package sysarch

import (
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
		errs := make([]error, 3)
		done := make([]time.Duration, 3)
		for i, d := range []time.Duration{time.Second, time.Hour, 0} {
			go func() {
				errs[i] = s.Wait(d)
				done[i] = clock.Now().Sub(start)
			}()
			synctest.Wait()
		}
		pass(2 * time.Second)
		if errs[0] != ErrTimeout || done[0] != time.Second {
			t.Errorf("got %v after %v, want a timeout after 1s", errs[0], done[0])
		}
		s.Signal()
		pass(time.Second)
		if errs[1] != nil || done[1] != 2*time.Second || done[2] != 0 {
			t.Errorf("one signal: waits ended after %v", done)
		}
		s.Signal()
		pass(time.Second)
		if errs[2] != nil || done[2] != 3*time.Second {
			t.Errorf("got %v after %v", errs[2], done[2])
		}
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
