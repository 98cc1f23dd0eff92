package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestRunJudgesWhatIsSelected(t *testing.T) {
	o := options{quick: true, json: true, run: "^bulk-", stack: stackBoth, link: linkChannel, rounds: 1, window: 50 * time.Millisecond}
	var out bytes.Buffer
	ok, err := run(o, &out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want bulk-cpu and bulk-rate:\n%s", len(lines), out.String())
	}
	allOK := true
	for i, name := range []string{"bulk-cpu", "bulk-rate"} {
		var r row
		if err := json.Unmarshal([]byte(lines[i]), &r); err != nil {
			t.Fatal(err)
		}
		if r.Name != name || r.Ours == nil || r.Gvisor == nil || r.Ratio == nil || r.OK == nil {
			t.Fatalf("got %s, want %s with a verdict", lines[i], name)
		}
		if want := *r.Ours / *r.Gvisor; *r.Ratio != want {
			t.Errorf("%s: got ratio %v, want %v", name, *r.Ratio, want)
		}
		allOK = allOK && *r.OK
	}
	if ok != allOK {
		t.Errorf("got %v for the whole run, want %v", ok, allOK)
	}
}

func TestRunRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    options
	}{
		{"a stack", options{stack: "theirs", link: linkChannel}},
		{"a link", options{stack: stackGvisor, link: "wet string"}},
		{"an expression", options{stack: stackBoth, link: linkChannel, run: "("}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := run(tt.o, new(bytes.Buffer)); err == nil {
				t.Error("got no error")
			}
		})
	}
}
