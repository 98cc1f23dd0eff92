package sysarch

import (
	"slices"
	"sync"
	"testing"
)

// stager is what a stack does with an Outbox: it stages inside its core lock
// and sends after it.
type stager struct {
	core sync.Mutex
	out  Outbox[int]
	send func([]int)
}

func (s *stager) stage(items ...int) {
	s.core.Lock()
	for _, i := range items {
		s.out.Stage(i)
	}
	batch, sender := s.out.Publish()
	s.core.Unlock()
	if sender {
		s.out.Send(batch, s.send)
	}
}

func TestOutboxSendsOneBatch(t *testing.T) {
	var got [][]int
	s := &stager{send: func(b []int) { got = append(got, slices.Clone(b)) }}
	s.stage()
	s.stage(1, 2, 3)
	s.stage(4)
	if len(got) != 2 || !slices.Equal(got[0], []int{1, 2, 3}) || !slices.Equal(got[1], []int{4}) {
		t.Errorf("batches %v", got)
	}
	if s.out.Staged() != 0 || s.out.Waiting() != 0 {
		t.Errorf("%d staged, %d waiting", s.out.Staged(), s.out.Waiting())
	}
}

// A sender that is called back stages more instead of sending: the stack does
// not grow with the length of a conversation.
func TestOutboxBoundsRecursion(t *testing.T) {
	var got []int
	depth, deepest := 0, 0
	s := &stager{}
	s.send = func(b []int) {
		depth++
		deepest = max(deepest, depth)
		got = append(got, b...)
		if last := b[len(b)-1]; last < 10000 {
			s.stage(last + 1)
			if s.out.Waiting() != 1 {
				t.Errorf("%d waiting, want 1", s.out.Waiting())
			}
		}
		depth--
	}
	s.stage(0)
	if deepest != 1 {
		t.Errorf("send was entered %d times at once", deepest)
	}
	if len(got) != 10001 || !slices.IsSorted(got) {
		t.Errorf("%d items, in order: %v", len(got), slices.IsSorted(got))
	}
}

// Two links deliver to each other on the sender's goroutine, as in-memory wires
// do: neither sends from within itself.
func TestOutboxTwoStacksOnOneGoroutine(t *testing.T) {
	var a, b stager
	n := 0
	a.send = func(items []int) {
		for range items {
			b.stage(0)
		}
	}
	b.send = func(items []int) {
		for range items {
			if n++; n < 10000 {
				a.stage(0)
			}
		}
	}
	a.stage(0)
	if n != 10000 {
		t.Errorf("%d round trips, want 10000", n)
	}
}

func TestOutboxOrderUnderConcurrency(t *testing.T) {
	const workers, rounds = 8, 2000
	var next int // guarded by the core lock
	var got []int
	sending := make(chan struct{}, 1)
	s := &stager{}
	s.send = func(b []int) {
		select {
		case sending <- struct{}{}:
		default:
			t.Error("two senders at a time")
		}
		got = append(got, b...)
		<-sending
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range rounds {
				s.core.Lock()
				for range 1 + i%3 {
					s.out.Stage(next)
					next++
				}
				batch, sender := s.out.Publish()
				s.core.Unlock()
				if sender {
					s.out.Send(batch, s.send)
				}
			}
		})
	}
	wg.Wait()
	if len(got) != next {
		t.Fatalf("%d of %d items sent", len(got), next)
	}
	for i, v := range got {
		if v != i {
			t.Fatalf("item %d came as number %d", v, i)
		}
	}
}

// A refusal, before sending or while it goes on, is reported once, when all is
// sent.
func TestOutboxReportsRefusal(t *testing.T) {
	var o Outbox[int]
	send := func(refuse bool) bool {
		o.Stage(1)
		batch, sender := o.Publish()
		if !sender {
			t.Fatal("not the sender")
		}
		return o.Send(batch, func([]int) {
			if refuse {
				o.Refuse()
			}
			if refuse && o.Waiting() == 0 && o.Staged() == 0 {
				refuse = false // one more batch after the refusal
				o.Stage(2)
				o.Publish()
				if o.Waiting() != 1 {
					t.Errorf("%d waiting, want 1", o.Waiting())
				}
			}
		})
	}
	if send(false) {
		t.Error("nothing was refused")
	}
	if !send(true) {
		t.Error("a refusal while sending was not reported")
	}
	if send(false) {
		t.Error("the refusal was reported twice")
	}
	o.Refuse()
	if !send(false) {
		t.Error("a refusal before sending was not reported")
	}
}

// What was sent is not kept from the garbage collector by the Outbox.
func TestOutboxForgetsItems(t *testing.T) {
	var o Outbox[*int]
	for range 3 {
		o.Stage(new(int))
		o.Stage(new(int))
		batch, _ := o.Publish()
		o.Send(batch, func([]*int) {})
	}
	for _, s := range [][]*int{o.staged, o.next, o.spare} {
		for _, p := range s[:cap(s)] {
			if p != nil {
				t.Fatal("a sent item is still referenced")
			}
		}
	}
}

func TestZeroAllocOutbox(t *testing.T) {
	s := &stager{}
	s.send = func(b []int) {
		if b[0] == 1 { // what is published meanwhile, too
			s.stage(2, 3)
		}
	}
	for range 5 {
		s.stage(1, 1, 1)
	}
	if n := testing.AllocsPerRun(100, func() { s.stage(1, 1, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkOutbox(b *testing.B) {
	s := &stager{send: func([]int) {}}
	for b.Loop() {
		s.stage(1)
	}
}
