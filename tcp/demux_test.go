package tcp

import (
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/timers"
)

// The table against a map.
func TestTableModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := table{key: [2]uint64{rapid.Uint64().Draw(t, "k0"), rapid.Uint64().Draw(t, "k1")}}
		model := map[tuple]*PCB{}
		addr := func(name string) netip.Addr {
			if rapid.Bool().Draw(t, "family") {
				return netip.AddrFrom4([4]byte{10, 0, 0, byte(rapid.IntRange(0, 2).Draw(t, name))})
			}
			return netip.AddrFrom16([16]byte{0: 0xfd, 15: byte(rapid.IntRange(0, 2).Draw(t, name))})
		}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			id := tuple{addr("local"), addr("remote"), uint16(rapid.IntRange(0, 8).Draw(t, "lport")), uint16(rapid.IntRange(0, 8).Draw(t, "rport"))}
			if id.local.Is4() != id.remote.Is4() {
				continue
			}
			if got := b.find(&id); got != model[id] {
				t.Fatalf("find %v: %p, want %p", id, got, model[id])
			}
			if p := model[id]; p != nil && rapid.Bool().Draw(t, "remove") {
				b.remove(p)
				delete(model, id)
			} else if p == nil {
				p = &PCB{id: id}
				b.insert(p)
				model[id] = p
			}
		}
		n := 0
		b.each(func(p *PCB) {
			n++
			if model[p.id] != p {
				t.Fatal("each found a stranger")
			}
			b.remove(p)
		})
		if n != len(model) || b.n != 0 || len(b.slots) > 4*minSlots && n < minSlots {
			t.Fatalf("%d found, %d left in %d slots", n, b.n, len(b.slots))
		}
	})
}

// Tuples that differ in a port only do not share a slot: ten thousand of them
// leave short chains.
func TestTableSpread(t *testing.T) {
	b := table{key: [2]uint64{1, 2}}
	for i := range 10000 {
		id := tuple{netip.AddrFrom4([4]byte{10, 0, 0, 1}), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 80, uint16(i * 64)}
		b.insert(&PCB{id: id})
	}
	longest := 0
	for _, p := range b.slots {
		n := 0
		for ; p != nil; p = p.chain {
			n++
		}
		longest = max(longest, n)
	}
	if longest > 10 {
		t.Errorf("a chain of %d", longest)
	}
}

// RFC 6528 §3: another tuple, another number; the same tuple's number grows by
// one every four microseconds.
func TestInitialSequenceNumbers(t *testing.T) {
	h := newHost(t, "10.0.0.1", Config{})
	id := tuple{h.addr, netip.MustParseAddr("10.0.0.2"), 80, 5000}
	first := h.tcp.initialSeq(&id)
	seen := map[Seq]bool{first: true}
	for port := range uint16(1000) {
		other := id
		other.rport = port
		s := h.tcp.initialSeq(&other)
		if seen[s] {
			t.Fatal("a number twice")
		}
		seen[s] = true
	}
	swapped := tuple{id.remote, id.local, id.lport, id.rport}
	if h.tcp.initialSeq(&swapped) == first {
		t.Error("local and remote are not told apart")
	}
	h.q.Advance(h.q.Now().Add(time.Second))
	if d := h.tcp.initialSeq(&id).Sub(first); d != 250000 {
		t.Errorf("grew by %d in a second", d)
	}
	k := newHost(t, "10.0.0.9", Config{}) // another seed
	if k.tcp.initialSeq(&id).Sub(first) == 0 {
		t.Error("two hosts share their numbers")
	}
}

// A connection's deadlines on one timer: each fires in its time, the earliest
// first, whatever is armed and stopped between.
func TestConnectionTimersModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := new(timers.Queue)
		q.Advance(timers.Time(time.Second))
		p := &PCB{t: &Protocol{q: q}, state: Closed}
		p.timers.timer.Init(func() {
			// onTimer without what the kinds do.
			now := q.Now()
			next := timers.Never
			for k := range numTimers {
				if p.isArmed(k) && p.timers.at[k] <= now {
					p.stop(k)
				} else if p.isArmed(k) {
					next = min(next, p.timers.at[k])
				}
			}
			if next != timers.Never {
				q.Arm(&p.timers.timer, next)
			}
		})
		model := map[timerKind]timers.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			k := timerKind(rapid.IntRange(0, int(numTimers)-1).Draw(t, "kind"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				d := time.Duration(rapid.IntRange(1, 100).Draw(t, "d")) * time.Millisecond
				p.arm(k, d)
				model[k] = q.Now().Add(d)
			case 2:
				p.stop(k)
				delete(model, k)
			case 3:
				end := q.Now().Add(time.Duration(rapid.IntRange(1, 80).Draw(t, "pass")) * time.Millisecond)
				for next := q.Next(); next <= end; next = q.Next() {
					q.Advance(next)
					q.Run()
				}
				q.Advance(end)
				for k, at := range model {
					if at <= end {
						delete(model, k)
					}
				}
			}
			for k := range numTimers {
				at, ok := model[k]
				if ok != p.isArmed(k) || ok && at != p.timers.at[k] {
					t.Fatalf("kind %d: armed %v at %v, want %v at %v", k, p.isArmed(k), p.timers.at[k], ok, at)
				}
			}
			if p.timers.armed == 0 && q.Next() != timers.Never {
				t.Fatal("a timer without a deadline")
			}
		}
	})
}
