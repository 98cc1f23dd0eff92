package archtest

import (
	"os"
	"testing"
)

func TestArchitecture(t *testing.T) {
	m, err := load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.packages) < 10 || m.packages["."] == nil || m.packages["pbuf"] == nil {
		t.Fatalf("only %d packages found", len(m.packages))
	}
	broken, idle := m.check(exceptions)
	for _, v := range broken {
		t.Error(v)
	}
	for _, e := range idle {
		t.Errorf("exceptions_test.go: nothing breaks [%s] in %s with %s any more", e.rule, e.dir, e.what)
	}
}
