package conformance

import (
	"fmt"
	"strings"

	"github.com/golwip/lwip/conformance/mutation"
)

const head = `# Conformance

What the RFCs ask of a host, and what proves that it is so here. This page is written by
` + "`go test ./conformance -update`" + ` from the tables in [conformance](../conformance) and is held to them, and the
tables to the tree, by the same package's tests. Departures from RFCs are in [gaps.md](gaps.md).

## How to run it

| what | command |
|---|---|
| every script, over IPv4, IPv4-mapped IPv6 and IPv6, in virtual time | ` + "`go test ./conformance/drill`" + ` |
| one script | ` + "`go run ./cmd/lwip drill conformance/testdata/rfc9293/nagle.pkt`" + ` |
| the matrix below, held to the tree | ` + "`go test ./conformance`" + ` |
| this page, anew | ` + "`go test ./conformance -update`" + ` |
| a few broken stacks, and whether they are noticed | ` + "`go test ./conformance/mutation`" + ` |
| all of them | ` + "`go run ./conformance/mutation/cmd`" + ` |
| random calls on random links | ` + "`go test ./conformance/property`" + ` |
| the judge of captures | ` + "`go test ./conformance/oracle`" + ` |
| against Linux, as root | ` + "`go test ./conformance/interop`" + ` |

A proof that ends in ` + "`.pkt`" + ` is a script below conformance/testdata; any other is a Go test: the directory of its
package (lwip is the root), the function, and a subtest.

## Totals

`

// Document returns docs/conformance.md.
func Document(families []Family, mutations []mutation.Mutation, results map[string]mutation.Result) string {
	var b strings.Builder
	b.WriteString(head)
	writeTotals(&b, families, len(mutations))
	for i := range families {
		writeFamily(&b, &families[i])
	}
	writeExemptions(&b, families)
	writeMutations(&b, mutations, results)
	return b.String()
}

func writeTotals(b *strings.Builder, families []Family, mutations int) {
	b.WriteString("| RFC | | requirements | proven | exempt |\n|---|---|---|---|---|\n")
	var sum Totals
	for i := range families {
		f := &families[i]
		t := f.Totals()
		fmt.Fprintf(b, "| [%d](#rfc-%d) | %s | %d | %d | %d |\n", f.RFC, f.RFC, f.Title, t.Rows, t.Proven, t.Exempt)
		sum.Rows += t.Rows
		sum.Proven += t.Proven
		sum.Exempt += t.Exempt
	}
	fmt.Fprintf(b, "| all | | %d | %d | %d |\n\n", sum.Rows, sum.Proven, sum.Exempt)
	fmt.Fprintf(b, "%d [mutations](#mutations): in each the stack is broken in one place, and each is noticed.\n", mutations)
}

func writeFamily(b *strings.Builder, f *Family) {
	fmt.Fprintf(b, "\n## RFC %d\n\n%s.\n\n| number | section | requirement | proof |\n|---|---|---|---|\n", f.RFC, f.Title)
	for i := range f.Rows {
		r := &f.Rows[i]
		proof := "exempt: " + r.Exempt
		if r.Proven() {
			proof = "`" + strings.Join(r.Proof, "`, `") + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", r.ID, place(r.section()), r.Text, proof)
	}
}

// place returns a section as it is cited: a number with its sign, a name as it is.
func place(section string) string {
	if section[0] >= '0' && section[0] <= '9' {
		return "§" + section
	}
	return section
}

func writeExemptions(b *strings.Builder, families []Family) {
	b.WriteString("\n## Exemptions\n\nBy reason.\n\n| reason | requirements |\n|---|---|\n")
	var reasons []string
	rows := make(map[string][]string)
	for _, f := range families {
		for i := range f.Rows {
			r := &f.Rows[i]
			if r.Proven() {
				continue
			}
			if rows[r.Exempt] == nil {
				reasons = append(reasons, r.Exempt)
			}
			id := r.ID
			if r.Section == "" && id[0] <= '9' {
				id = "§" + id
			}
			rows[r.Exempt] = append(rows[r.Exempt], fmt.Sprintf("RFC %d %s", f.RFC, id))
		}
	}
	for _, why := range reasons {
		fmt.Fprintf(b, "| %s | %s |\n", why, strings.Join(rows[why], ", "))
	}
}

func writeMutations(b *strings.Builder, mutations []mutation.Mutation, results map[string]mutation.Result) {
	b.WriteString("\n## Mutations\n\nThe stack that does what the second column says, by one changed snippet of the file named, fails the scripts or, for\n" +
		"the rules that scripts cannot see, the tests of the last column: how many, and the first of them.\n\n" +
		"| mutation | the broken stack | rule | file | noticed by |\n|---|---|---|---|---|\n")
	for i := range mutations {
		m := &mutations[i]
		noticed := "not run"
		if r, ok := results[m.Name]; ok && r.Hash == m.Hash() {
			noticed = fmt.Sprintf("%d: `%s`", r.Count, strings.Join(r.First, "`, `"))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", m.Name, m.Why, m.Rule, m.File, noticed)
	}
}
