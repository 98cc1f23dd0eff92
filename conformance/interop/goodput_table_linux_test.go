package interop

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// performance is the document that the long run writes its table into, between
// the two marks.
const (
	performance = "../../docs/PERFORMANCE.md"
	tableBegin  = "<!-- kernel: begin -->\n"
	tableEnd    = "<!-- kernel: end -->\n"
)

// The directions of a transfer, with the kernel and with us at the far end.
var directions = [2][2]string{{"kernel to kernel", "kernel to us"}, {"kernel to kernel, the other way", "us to kernel"}}

// goodputRow is what one path gave, by family, direction and far end.
type goodputRow [2][2][2]tally

// percent returns how much of the kernel's goodput we have in a direction.
func (r *goodputRow) percent(dir int) float64 {
	var sum [2]tally
	for fi := range families {
		for far := range sum {
			sum[far].bytes += r[fi][dir][far].bytes
			sum[far].took += r[fi][dir][far].took
		}
	}
	return 100 * sum[1].rate() / sum[0].rate()
}

// goodputTable returns the table of what the cases gave.
func goodputTable(cases []goodputCase, rows []goodputRow) string {
	var b strings.Builder
	b.WriteString("| Path | Device | Family | Transfers | Kernel to kernel | Kernel to us | Ratio | Kernel to kernel, back | Us to kernel | Ratio |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|\n")
	for i, c := range cases {
		for fi, f := range families {
			fmt.Fprintf(&b, "| %s | %s | %s | %d × %d MiB", c.name, c.link.name, f.name, c.seeds, c.big)
			for dir := range directions {
				theirs, ours := rows[i][fi][dir][0].rate(), rows[i][fi][dir][1].rate()
				fmt.Fprintf(&b, " | %.1f | %.1f | %.2f", theirs, ours, ours/theirs)
			}
			b.WriteString(" |\n")
		}
	}
	return b.String()
}

// writeTable puts the table into the document.
func writeTable(t *testing.T, table string) {
	t.Helper()
	doc, err := os.ReadFile(performance)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no %q and %q", performance, tableBegin, tableEnd)
	}
	if err := os.WriteFile(performance, []byte(before+tableBegin+table+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
