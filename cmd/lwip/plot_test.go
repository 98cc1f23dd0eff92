package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlot(t *testing.T) {
	trace := demoTrace(t, "-loss", "2%")
	dir := t.TempDir()
	tests := []struct {
		name   string
		args   []string
		status int
		want   string // in the standard output
		file   string // that there is afterwards
		stderr string
	}{
		{"a drawing", []string{trace, "-o", filepath.Join(dir, "a.svg")}, 0, "connection 1, 10.0.0.2:", filepath.Join(dir, "a.svg"), ""},
		{"beside the trace", []string{trace, "-from", "10ms", "-to", "20ms"}, 0, "demo.svg: connection 1", strings.TrimSuffix(trace, ".pcapng") + ".svg", ""},
		{"to the standard output", []string{trace, "-o", "-", "-flow", "1"}, 0, "<svg", "", ""},
		{"a list", []string{trace, "-list"}, 0, "   1  10.0.0.", "", ""},
		{"no trace", nil, 2, "", "", "a trace is needed"},
		{"two traces", []string{trace, trace}, 2, "", "", "more than one trace"},
		{"standard input", []string{"-"}, 2, "", "", "must be a file"},
		{"a time that is over", []string{trace, "-from", "2s", "-to", "1s"}, 2, "", "", "-to must be after -from"},
		{"a tiny page", []string{trace, "-width", "10"}, 2, "", "", "width and height"},
		{"no such sender", []string{trace, "-sender", "10.0.0.9:1"}, 1, "", "", "sends nothing there"},
		{"a sender that is none", []string{trace, "-sender", "me"}, 2, "", "", "not an address with a port"},
		{"no such connection", []string{trace, "-flow", "7"}, 1, "", "", "no connection 7, only 1"},
		{"no such file", []string{"/nonexistent/x"}, 1, "", "", "no such file"},
		{"no capture", []string{"plot_test.go"}, 1, "", "", "not a pcap or pcapng file"},
		{"onto itself", []string{trace, "-o", trace}, 1, "", "", "would be overwritten"},
		{"into nowhere", []string{trace, "-o", "/nonexistent/x.svg"}, 1, "", "", "no such file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, status := lwipCommand(t, append([]string{"plot"}, tt.args...)...)
			if status != tt.status || !strings.Contains(stdout, tt.want) || !strings.Contains(stderr, tt.stderr) || (tt.stderr == "") != (stderr == "") {
				t.Errorf("status %d\n%s%s", status, stdout, stderr)
			}
			if tt.file == "" {
				return
			}
			if b, err := os.ReadFile(tt.file); err != nil || !strings.Contains(string(b), "</svg>") {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		})
	}
}

func TestPlotJSON(t *testing.T) {
	trace := demoTrace(t)
	stdout, _, status := lwipCommand(t, "plot", trace, "-list", "-json")
	var list []flowReport
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || status != 0 || len(list) != 1 || list[0].Number != 1 || list[0].BytesA+list[0].BytesB < 200<<10 {
		t.Errorf("status %d, %v\n%s", status, err, stdout)
	}
	stdout, _, status = lwipCommand(t, "plot", trace, "-json")
	var drawn drawnReport
	if err := json.Unmarshal([]byte(stdout), &drawn); err != nil || status != 0 || drawn.Bytes < 200<<10 || !strings.HasSuffix(drawn.File, "demo.svg") {
		t.Errorf("status %d, %v\n%s", status, err, stdout)
	}
}
