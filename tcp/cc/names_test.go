package cc

import "testing"

// TestByName: a controller answers to the name that it was asked for by.
func TestByName(t *testing.T) {
	for _, name := range []string{"cubic", "bbr", "reno"} {
		if got := ByName(name)(Params{MSS: 1000, InitialWindow: 10000}).Name(); got != name {
			t.Errorf("%q is called %q", name, got)
		}
	}
	if ByName("newreno")(Params{MSS: 1000}).Name() != "reno" || ByName("vegas") != nil || ByName("") != nil {
		t.Error("other names")
	}
}
