package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golwip/lwip/conformance/mutation"
)

var update = flag.Bool("update", false, "write docs/conformance.md")

// root is the module's root.
const root = ".."

func TestMatrix(t *testing.T) {
	for _, err := range Verify(root, Matrix()) {
		t.Error(err)
	}
}

// TestNumbersComplete: the numbers of RFC 9293 are all there, without gaps. The
// last ones are those of its appendix B.
func TestNumbersComplete(t *testing.T) {
	have := make(map[string]bool)
	for _, r := range rfc9293.Rows {
		have[r.ID] = true
	}
	n := 0
	for kind, last := range map[string]int{"MUST": 69, "SHLD": 31, "MAY": 18, "REC": 1} {
		for i := 1; i <= last; i++ {
			n++
			if id := fmt.Sprintf("%s-%d", kind, i); !have[id] {
				t.Errorf("no %s", id)
			}
		}
	}
	if len(have) != n {
		t.Errorf("%d rows, want %d", len(have), n)
	}
}

// TestVerifyFinds: each kind of mistake is found.
func TestVerifyFinds(t *testing.T) {
	good := []string{"rfc9293/nagle.pkt", "ip4.TestInputRejects/land", "lwip.TestConn"}
	for _, c := range []struct {
		name string
		rows []Requirement
		want string
	}{
		{"nothing", []Requirement{{"1", "", "x", good, ""}, {"2", "", "x", nil, "because"}}, ""},
		{"no proof, no reason", []Requirement{{"1", "", "x", nil, ""}}, "either a proof or a reason"},
		{"both", []Requirement{{"1", "", "x", good, "because"}}, "either a proof or a reason"},
		{"a number twice", []Requirement{{"1", "", "x", good, ""}, {"1", "", "y", good, ""}}, "listed twice"},
		{"no text", []Requirement{{"1", "", "", good, ""}}, "no number, section or text"},
		{"no such script", []Requirement{{"1", "", "x", []string{"rfc9293/none.pkt"}, ""}}, "none.pkt"},
		{"no such package", []Requirement{{"1", "", "x", []string{"ip5.TestX"}, ""}}, "no TestX in ip5"},
		{"no such test", []Requirement{{"1", "", "x", []string{"ip4.TestNone"}, ""}}, "no TestNone in ip4"},
		{"no such subtest", []Requirement{{"1", "", "x", []string{"ip4.TestInputRejects/none"}, ""}}, `no subtest "none"`},
		{"no reference", []Requirement{{"1", "", "x", []string{"somewhere"}, ""}}, "neither a script nor a test"},
		{"a proof twice", []Requirement{{"1", "", "x", append(good, good[0]), ""}}, "named twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems := Verify(root, []Family{{1, "x", c.rows}})
			if c.want == "" {
				if len(problems) != 0 {
					t.Errorf("got %v", problems)
				}
				return
			}
			if len(problems) != 1 || !strings.Contains(problems[0].Error(), c.want) {
				t.Errorf("got %v, want one with %q", problems, c.want)
			}
		})
	}
}

// TestDocument holds docs/conformance.md to the tables.
func TestDocument(t *testing.T) {
	results, err := mutation.ReadResults(root)
	if err != nil {
		t.Fatal(err)
	}
	want := Document(Matrix(), mutation.All(), results)
	file := filepath.Join(root, "docs", "conformance.md")
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/conformance.md is not what the tables say; run: go test ./conformance -update")
	}
}
