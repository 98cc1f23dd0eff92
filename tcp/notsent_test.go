package tcp

import (
	"testing"
	"time"
)

// SendSpace is what brings the bytes never sent to the low-water mark, at least a
// segment below it, and Sent tells when they were sent.
func TestNotSentLowat(t *testing.T) {
	r := newRig(t, Config{MSS: 1000, InitialWindow: 4})
	r.enter(Established)
	if n := r.pcb.SendSpace(); n != 256<<10 {
		t.Fatalf("send space %d", n)
	}
	r.pcb.SetNotSentLowat(2500)
	if n, limit := r.pcb.SendSpace(), r.pcb.SendLimit(); n != 2500 || limit != 2500 {
		t.Fatalf("send space %d of %d", n, limit)
	}
	told := 0
	r.up.onSent = func(n int) { told++ }
	r.write(2500) // sent at once but for the last, which Nagle's algorithm keeps
	if n := len(r.take()); n != 2 || told != 1 {
		t.Errorf("%d segments, told %d times", n, told)
	}
	if n := r.pcb.SendSpace(); n != 2000 {
		t.Errorf("send space %d with 500 octets unsent", n)
	}
	r.write(2000)
	if n := len(r.take()); n != 2 { // the congestion window is full
		t.Errorf("%d segments", n)
	}
	if n := r.pcb.SendSpace(); n != 1500 {
		t.Errorf("send space %d with 1000 octets unsent", n)
	}
	r.write(2000)
	r.silent()
	if n := r.pcb.SendSpace(); n != 0 {
		t.Errorf("send space %d with 3000 octets unsent", n)
	}
	told = 0
	r.send(ACK, 1, 1001) // the window grows: two segments
	if n := len(r.take()); n != 2 || r.pcb.SendSpace() != 1500 {
		t.Errorf("%d segments, send space %d", n, r.pcb.SendSpace())
	}
	if told != 2 { // of the ACK, and of what it let go
		t.Errorf("told %d times", told)
	}
	r.pcb.SetNotSentLowat(1)
	if n := r.pcb.SendSpace(); n != 0 {
		t.Errorf("send space %d above the mark", n)
	}
	r.send(ACK, 1, 5001)
	r.pass(time.Second)
	r.take()
	if n := r.pcb.SendSpace(); n != 1000 {
		t.Errorf("send space %d with nothing unsent and a mark of 1", n)
	}
	r.pcb.SetNotSentLowat(0)
	if n := r.pcb.SendSpace(); n < 100000 {
		t.Errorf("send space %d without a mark", n)
	}
	r.end()
}
