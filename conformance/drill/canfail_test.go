package drill_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/golwip/lwip/conformance/drill"
)

// mutant is a script with one expectation made wrong.
type mutant struct {
	what   string
	script *drill.Script
}

// TestEveryScriptCanFail makes each expectation of each script wrong, one at a
// time, and wants the run to fail: no line of a script passes whatever the stack
// does. Expectations that leave something open on purpose have fewer mutants.
// With -short one script in eight is looked at.
func TestEveryScriptCanFail(t *testing.T) {
	for i, file := range scripts(t, ".") {
		if testing.Short() && i%8 != 0 {
			continue
		}
		t.Run(strings.TrimPrefix(file, "../testdata/"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := drill.Parse(file, string(text))
			if err != nil {
				t.Fatal(err)
			}
			with := s.Over(s.Versions()[0])
			right := s.Run(with)
			if right.Err != nil {
				t.Fatal(right.Err)
			}
			all := mutants(s)
			if len(all) == 0 {
				t.Error("nothing in it can be wrong")
			}
			for _, m := range all {
				// With --non_fatal a failure is a remark.
				if r := m.script.Run(with); r.Passed() && slices.Equal(r.Notes, right.Notes) {
					t.Errorf("passes with %s", m.what)
				}
			}
		})
	}
}

// mutants returns a script's mutants.
func mutants(s *drill.Script) (all []mutant) {
	for i, e := range s.Events {
		change := func(what string, f func(e *drill.Event)) {
			all = append(all, mutant{fmt.Sprintf("%s in line %d", what, e.Line), replaced(s, i, f)})
		}
		switch {
		case e.Syscall != nil:
			callMutants(e.Syscall, change)
		case e.Packet != nil && e.Packet.Dir == drill.Outbound && e.Packet.Other == "":
			packetMutants(e.Packet, change)
			if missed(s, i) {
				all = append(all, mutant{fmt.Sprintf("line %d left out", e.Line), without(s, i)})
			}
		case e.Code != nil && strings.Count(e.Code.Text, "==") == 1 && strings.Contains(e.Code.Text, "assert"):
			change("the contrary asserted", func(e *drill.Event) {
				e.Code.Text = strings.Replace(e.Code.Text, "==", "!=", 1)
			})
		}
	}
	return all
}

// replaced returns the script with a copy of one event changed.
func replaced(s *drill.Script, i int, f func(e *drill.Event)) *drill.Script {
	m := *s
	m.Events = append([]*drill.Event(nil), s.Events...)
	e := *s.Events[i]
	if e.Packet != nil {
		k := *e.Packet
		e.Packet = &k
	}
	if e.Syscall != nil {
		c := *e.Syscall
		e.Syscall = &c
	}
	if e.Code != nil {
		c := *e.Code
		e.Code = &c
	}
	f(&e)
	m.Events[i] = &e
	return &m
}

// without returns the script without one event; what came after it at a relative
// time stays at its time, the latest if there are several.
func without(s *drill.Script, i int) *drill.Script {
	wait := s.Events[i].Time.At
	if s.Events[i].Time.Kind == drill.RelativeRange {
		wait = s.Events[i].Time.To
	}
	m := *s
	if i+1 < len(s.Events) && s.Events[i+1].Time.Kind == drill.Relative {
		m = *replaced(s, i+1, func(e *drill.Event) { e.Time.At += wait })
	}
	m.Events = append(append([]*drill.Event(nil), m.Events[:i]...), m.Events[i+1:]...)
	return &m
}

// missed reports whether a run must notice that a packet is not expected any
// more. What comes after the last event is not looked at, so the last packet may
// come or not, and so may the first of several that are alike to the end. A
// packet at any time may not have come yet, or stand in for one before it.
func missed(s *drill.Script, i int) bool {
	if s.Events[i].Time.Kind == drill.Wildcard {
		return false
	}
	packet := func(e *drill.Event) string {
		if e.Packet == nil || e.Packet.Dir != drill.Outbound {
			return ""
		}
		return e.Packet.String()
	}
	for _, e := range s.Events[i+1:] {
		switch p := packet(e); {
		case p == "":
		case p != packet(s.Events[i]):
			return true
		case e.Time.Kind == drill.Wildcard:
			return false
		}
	}
	return false
}

// packetMutants makes an expected packet wrong.
func packetMutants(k *drill.Packet, change func(string, func(*drill.Event))) {
	switch k.Proto {
	case drill.TCP:
	case drill.UDP:
		change("another length", func(e *drill.Event) { e.Packet.Len++ })
		return
	default:
		change("another type", func(e *drill.Event) { e.Packet.ICMP.Type ^= 64 })
		return
	}
	seg := &k.TCP
	if !seg.AnyFlags {
		change("another flag", func(e *drill.Event) { e.Packet.TCP.Flags ^= drill.FIN })
	}
	if seg.Seq.Given && seg.Flags&drill.SYN == 0 { // a SYN's number is what the others count from
		change("another sequence number", func(e *drill.Event) { e.Packet.TCP.Seq.Value++ })
	}
	if seg.Ack.Given && !seg.AnyAck {
		change("another acknowledgment", func(e *drill.Event) { e.Packet.TCP.Ack.Value++ })
	}
	if seg.Win.Given {
		change("another window", func(e *drill.Event) { e.Packet.TCP.Win.Value++ })
	}
}

// callMutants makes the outcome that is expected of a system call wrong.
func callMutants(c *drill.Syscall, change func(string, func(*drill.Event))) {
	n, number := c.Result.(drill.Int)
	switch {
	case !number: // any result is right
	case c.Errno != "":
		change("another error", func(e *drill.Event) {
			e.Syscall.Errno = "EPERM"
			if c.Errno == "EPERM" {
				e.Syscall.Errno = "EIO"
			}
		})
	case names(c.Name): // the number is the script's name for a descriptor
		change("a failure", func(e *drill.Event) { e.Syscall.Result, e.Syscall.Errno = drill.Int(-1), "EPERM" })
	default:
		change("another result", func(e *drill.Event) { e.Syscall.Result = n + 1 })
	}
}

// names reports whether a system call's result is a descriptor.
func names(call string) bool {
	switch call {
	case "socket", "accept", "accept4", "dup", "open", "epoll_create", "epoll_create1", "kqueue":
		return true
	}
	return false
}
