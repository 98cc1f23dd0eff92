package drill_test

import (
	"errors"
	"os"
	"testing"

	"github.com/golwip/lwip/conformance/drill"
)

// FuzzParse: no script makes the parser panic or hang; what it refuses is a
// ParseError with a line of the script; a packet that it takes is printed as
// something that it takes, too.
func FuzzParse(f *testing.F) {
	for _, file := range scripts(f, ".") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := drill.Parse("x.pkt", text)
		if err != nil {
			var p *drill.ParseError
			if !errors.As(err, &p) || p.Line < 1 {
				t.Fatalf("%v is no ParseError with a line", err)
			}
			return
		}
		for _, e := range s.Events {
			if e.Packet == nil || e.Packet.Other != "" || e.Packet.Dir == drill.Inbound {
				continue
			}
			line := "0 > " + e.Packet.String()
			again, err := drill.Parse("x.pkt", line)
			if err != nil {
				t.Fatalf("%q is printed as %q: %v", text, line, err)
			}
			if got := again.Events[0].Packet.String(); "0 > "+got != line {
				t.Fatalf("%q is printed as %q", line, got)
			}
		}
	})
}

// FuzzRun: no script makes the runner or the stack panic, and none leaks memory.
func FuzzRun(f *testing.F) {
	for _, file := range scripts(f, "lang") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		drill.Run("x.pkt", text, nil)
	})
}
