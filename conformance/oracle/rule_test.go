package oracle

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// TestRuleTable: every rule is named once, titled, and cites a section.
func TestRuleTable(t *testing.T) {
	id := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	section := regexp.MustCompile(`^RFC \d+( §[A-Z0-9.]+)?`)
	seen := make(map[string]bool)
	for _, r := range Rules() {
		if !id.MatchString(r.ID) || seen[r.ID] || r.Title == "" || !section.MatchString(r.Section) {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
	for d, own := range damaged {
		if !seen[d] || !seen[own] {
			t.Errorf("%s and %s are no rules", d, own)
		}
	}
}

// TestFindingJSON: a finding is written as names, and read again.
func TestFindingJSON(t *testing.T) {
	list, _ := judged(t, conversation(t, false).file.Bytes(), Options{})
	b, err := json.Marshal(list[0])
	if err != nil || !strings.Contains(string(b), `"severity":"error"`) || !strings.Contains(string(b), `"rule":"ack-unsent"`) {
		t.Fatalf("%s, %v", b, err)
	}
	var f Finding
	if err := json.Unmarshal(b, &f); err != nil || f.String() != list[0].String() {
		t.Errorf("%v, %v", f, err)
	}
}
