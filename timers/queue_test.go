package timers

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// slowTimer is a timer as the model sees it: a deadline and when it was set.
type slowTimer struct {
	timer Timer
	at    Time // 0: not armed
	armed int  // number of the Arm
	// then is what the function does when it fires.
	then func()
}

// slowQueue is the obvious queue: a list that is searched each time.
type slowQueue struct {
	now   Time
	arms  int
	list  []*slowTimer
	fired []int // by the real queue
}

func (s *slowQueue) arm(t *slowTimer, at Time) {
	s.arms++
	t.at, t.armed = max(at, s.now, 1), s.arms
}

// due returns the timer to fire next of those armed by the given Arm, or nil.
func (s *slowQueue) due(last int) *slowTimer {
	var first *slowTimer
	for _, t := range s.list {
		if t.at == 0 || t.at > s.now || t.armed > last {
			continue
		}
		if first == nil || t.at < first.at || t.at == first.at && t.armed < first.armed {
			first = t
		}
	}
	return first
}

func (s *slowQueue) next() Time {
	next := Never
	for _, t := range s.list {
		if t.at != 0 {
			next = min(next, t.at)
		}
	}
	return next
}

func TestQueueAgainstSlowList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue
		s := &slowQueue{}
		var want []int
		var last int // Arms before the Run in progress
		for i := range rapid.IntRange(1, 60).Draw(t, "timers") {
			x := &slowTimer{}
			x.timer.Init(func() {
				if due := s.due(last); due != x {
					t.Fatalf("timer %d fired out of turn", i)
				}
				if x.timer.Armed() {
					t.Fatalf("timer %d is armed while it fires", i)
				}
				x.at = 0
				s.fired = append(s.fired, i)
				if x.then != nil {
					x.then()
				}
			})
			s.list = append(s.list, x)
		}
		timer := rapid.SampledFrom(s.list)
		// Few distinct times, so that there are ties; some in the past.
		when := func(t *rapid.T) Time {
			if rapid.IntRange(0, 50).Draw(t, "never") == 0 {
				return Never
			}
			return s.now + Time(rapid.IntRange(-2, 8).Draw(t, "after"))
		}
		run := func() {
			last = s.arms
			s.fired = nil
			if n := q.Run(); n != len(s.fired) {
				t.Fatalf("Run returned %d of %d", n, len(s.fired))
			}
			if left := s.due(last); left != nil {
				t.Fatalf("a timer due at %v did not fire at %v", left.at, s.now)
			}
			want = append(want, s.fired...)
		}
		t.Repeat(map[string]func(*rapid.T){
			"Arm": func(t *rapid.T) {
				x, at := timer.Draw(t, "timer"), when(t)
				q.Arm(&x.timer, at)
				s.arm(x, at)
			},
			"Arm all": func(t *rapid.T) {
				r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
				for _, x := range s.list {
					at := s.now + Time(r.IntN(30))
					q.Arm(&x.timer, at)
					s.arm(x, at)
				}
			},
			"ArmAfter": func(t *rapid.T) {
				x, d := timer.Draw(t, "timer"), time.Duration(rapid.IntRange(0, 8).Draw(t, "d"))
				q.ArmAfter(&x.timer, d)
				s.arm(x, s.now+Time(d))
			},
			"Stop": func(t *rapid.T) {
				x := timer.Draw(t, "timer")
				q.Stop(&x.timer)
				x.at = 0
			},
			"Remove": func(t *rapid.T) {
				x := timer.Draw(t, "timer")
				q.Remove(&x.timer)
				x.at = 0
				if slices.ContainsFunc(q.heap, func(e entry) bool { return e.timer == &x.timer }) {
					t.Fatal("a removed timer is still held")
				}
			},
			"on fire": func(t *rapid.T) {
				x, y, at := timer.Draw(t, "who"), timer.Draw(t, "whom"), when(t)
				x.then = rapid.SampledFrom([]func(){
					nil,
					func() { q.Arm(&y.timer, at); s.arm(y, at) },
					func() { q.Stop(&y.timer); y.at = 0 },
					func() { q.Remove(&y.timer); y.at = 0 },
					func() { q.Next() },
				}).Draw(t, "then")
			},
			"Run": func(t *rapid.T) { run() },
			"Advance": func(t *rapid.T) {
				now := s.now + Time(rapid.IntRange(-2, 6).Draw(t, "by"))
				q.Advance(now)
				s.now = max(s.now, now)
				run()
			},
			"Next": func(t *rapid.T) {
				if got, want := q.Next(), s.next(); got != want {
					t.Fatalf("Next %v, want %v", got, want)
				}
			},
			"": func(t *rapid.T) {
				if got, want := q.Peek(), s.next(); got > want {
					t.Fatalf("Peek %v, after the deadline %v", got, want)
				}
				if q.Now() != s.now {
					t.Fatalf("Now %v, want %v", q.Now(), s.now)
				}
				if q.Len() > len(s.list) {
					t.Fatalf("%d entries for %d timers", q.Len(), len(s.list))
				}
				for i, x := range s.list {
					deadline := x.at
					if deadline == 0 {
						deadline = Never
					}
					if x.timer.Armed() != (x.at != 0) || x.timer.Deadline() != deadline {
						t.Fatalf("timer %d: armed %v, deadline %v; want %v", i, x.timer.Armed(), x.timer.Deadline(), x.at)
					}
				}
			},
		})
		if got := q.Stats().Fired; got != uint64(len(want)) {
			t.Fatalf("Stats.Fired %d, want %d", got, len(want))
		}
	})
}

func TestTiesFireInOrderOfLastArm(t *testing.T) {
	var q Queue
	var got []string
	var a, b, c Timer
	a.Init(func() { got = append(got, "a") })
	b.Init(func() { got = append(got, "b") })
	c.Init(func() { got = append(got, "c") })
	q.Arm(&a, 10)
	q.Arm(&b, 20)
	q.Arm(&c, 20)
	q.Arm(&a, 20) // later than before: only stored
	q.Arm(&b, 20) // the same time again: behind the others
	q.Advance(20)
	if n := q.Run(); n != 3 || !slices.Equal(got, []string{"c", "a", "b"}) {
		t.Errorf("fired %v", got)
	}
}

// Timers taken out anywhere leave the others in order.
func TestRemoveKeepsOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var q Queue
		var got []Time
		timers := make([]Timer, 200)
		for i := range timers {
			timers[i].Init(func() { got = append(got, q.Now()) })
			q.Arm(&timers[i], Time(1+r.IntN(1000)))
		}
		for _, i := range r.Perm(len(timers))[:100] {
			q.Remove(&timers[i])
		}
		for q.Next() != Never {
			if q.Next() < q.Now() {
				t.Fatalf("a timer for %v came up at %v", q.Next(), q.Now())
			}
			q.Advance(q.Next())
			q.Run()
		}
		if len(got) != 100 || !slices.IsSorted(got) {
			t.Fatalf("%d timers fired, in order: %v", len(got), slices.IsSorted(got))
		}
	}
}

// A timer that waits while very many others are armed still fires.
func TestLongWait(t *testing.T) {
	var q Queue
	fired := 0
	var old, young Timer
	old.Init(func() { fired++ })
	young.Init(func() { fired++ })
	q.Arm(&old, 10)
	q.seq += 1<<31 + 5 // Arms of other timers meanwhile
	q.Arm(&young, 10)
	q.Advance(10)
	if n := q.Run(); n != 2 || fired != 2 {
		t.Errorf("%d of 2 timers fired", n)
	}
}

func TestPeriodicTimerFiresOncePerRun(t *testing.T) {
	var q Queue
	var tick Timer
	n := 0
	tick.Init(func() { n++; q.Arm(&tick, q.Now()) })
	q.Arm(&tick, 1)
	q.Advance(1)
	for want := 1; want <= 3; want++ {
		if q.Run(); n != want {
			t.Fatalf("fired %d times in %d runs", n, want)
		}
	}
}

// An idle stack must not be woken for a timer that was stopped.
func TestStoppedTimerDoesNotWake(t *testing.T) {
	var q Queue
	var a, b Timer
	a.Init(func() { t.Error("a stopped timer fired") })
	b.Init(func() {})
	q.Arm(&a, 5)
	q.Arm(&b, 9)
	q.Stop(&a)
	if got := q.Next(); got != 9 {
		t.Errorf("Next %v, want 9", got)
	}
	q.Stop(&b)
	if got := q.Next(); got != Never || q.Len() != 0 {
		t.Errorf("Next %v with %d entries, want Never with none", got, q.Len())
	}
	if got := q.Stats().Stale; got != 2 {
		t.Errorf("Stale %d, want 2", got)
	}
	q.Advance(100)
	if q.Run() != 0 {
		t.Error("something fired")
	}
}

func TestZeroAlloc(t *testing.T) {
	var q Queue
	timers := make([]Timer, 64)
	for i := range timers {
		timers[i].Init(func() {})
		q.Arm(&timers[i], 100)
	}
	if n := testing.AllocsPerRun(100, func() {
		for i := range timers {
			q.Arm(&timers[i], q.Now()+Time(200-i))
		}
		q.Next()
		q.Stop(&timers[3])
		q.Remove(&timers[5])
		q.Advance(q.Now() + 170)
		q.Run()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkRearm is the retransmission timer on every acknowledgement: a later
// deadline among a thousand connections' timers.
func BenchmarkRearm(b *testing.B) {
	var q Queue
	timers := make([]Timer, 1000)
	for i := range timers {
		timers[i].Init(func() {})
		q.Arm(&timers[i], Time(1000+i))
	}
	at := Time(5000)
	for b.Loop() {
		at++
		q.Arm(&timers[500], at)
	}
}

// BenchmarkArmEarlier moves a timer through the heap each time.
func BenchmarkArmEarlier(b *testing.B) {
	var q Queue
	timers := make([]Timer, 1000)
	for i := range timers {
		timers[i].Init(func() {})
		q.Arm(&timers[i], Time(1000+i))
	}
	for b.Loop() {
		q.Remove(&timers[999])
		q.Arm(&timers[999], 500)
	}
}

// BenchmarkFire arms and fires timers at scattered times.
func BenchmarkFire(b *testing.B) {
	var q Queue
	r := rand.New(rand.NewPCG(1, 2))
	timers := make([]Timer, 1000)
	for i := range timers {
		t := &timers[i]
		t.Init(func() { q.Arm(t, q.Now()+Time(1+r.IntN(10000))) })
		q.Arm(t, Time(1+r.IntN(10000)))
	}
	fired := 0
	for b.Loop() {
		q.Advance(q.Next())
		fired += q.Run()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(fired), "ns/fire")
}

// A queue that follows a clock reads it once an event, and only if the time is
// wanted.
func TestFollowReadsOnce(t *testing.T) {
	var q Queue
	reads := 0
	q.Follow(func() Time { reads++; return Time(100 * reads) })
	fired := Time(0)
	var timer Timer
	timer.Init(func() { fired = q.Now() })
	q.Arm(&timer, 150)
	if q.Now() != 100 || reads != 1 || q.Run() != 0 {
		t.Errorf("at %d, %d reads", q.Now(), reads)
	}
	q.Begin()
	q.Peek()
	q.Next()
	q.Begin()
	if reads != 1 {
		t.Error("read although nobody asked")
	}
	if q.Run() != 1 || fired != 200 || q.Now() != 200 || reads != 2 {
		t.Errorf("fired at %d, now %d, %d reads", fired, q.Now(), reads)
	}
}
