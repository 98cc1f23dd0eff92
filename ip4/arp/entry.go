package arp

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
)

// State is what is known of an address.
//
//	          Output            answer
//	(no entry) ────▶ Pending ──────────▶ Stable ──┐ MaxAge, when looked at
//	     ▲              │ Tries unanswered        │
//	     └──────────────┴─────────────────────────┘
//
// lwIP's STABLE_REREQUESTING_1 and _2 are Stable here, with the time of the
// last question.
type State uint8

const (
	Empty   State = iota // not in the table
	Pending              // asked, not answered
	Stable               // known
	Static               // set by the user: never ages, never overwritten
)

var stateNames = [...]string{"EMPTY", "PENDING", "STABLE", "STATIC"}

// String returns lwIP's name of the state.
func (s State) String() string { return stateNames[s] }

// entry is one address of the table.
type entry struct {
	next *entry // in the hash bucket, or in the free list
	ifc  *netif.Interface
	addr uint32
	hw   ethernet.Addr

	state State
	tries uint8 // Pending: questions asked
	// updated is when the answer came; asked is when the last question went.
	updated, asked timers.Time

	// order links the entries of one class, oldest first.
	class  *order
	before *entry
	after  *entry

	queue []*pbuf.Buf // Pending: packets that wait, oldest first
	timer timers.Timer
}

// order is a list of entries by age. Each entry is in exactly one: that of its
// state, Pending ones with and without waiting packets apart, because that is
// the order in which places are taken away.
type order struct{ oldest, newest *entry }

func (o *order) append(e *entry) {
	e.class, e.before, e.after = o, o.newest, nil
	if o.newest == nil {
		o.oldest = e
	} else {
		o.newest.after = e
	}
	o.newest = e
}

func (o *order) remove(e *entry) {
	if e.before == nil {
		o.oldest = e.after
	} else {
		e.before.after = e.after
	}
	if e.after == nil {
		o.newest = e.before
	} else {
		e.after.before = e.before
	}
	e.class, e.before, e.after = nil, nil, nil
}

// moveTo makes e the newest of the list o.
func (e *entry) moveTo(o *order) {
	e.class.remove(e)
	o.append(e)
}
