package generate

import (
	"fmt"
	"slices"
	"strings"
)

// relation is how one interval lies to another (Allen's thirteen).
type relation uint8

const (
	before relation = iota
	after
	meets
	metBy
	overlaps
	overlappedBy
	starts
	during
	finishes
	equal
	startedBy
	contains
	finishedBy
)

var relationNames = [...]string{
	before: "before", after: "after", meets: "meets", metBy: "met-by", overlaps: "overlaps", overlappedBy: "overlapped-by",
	starts: "starts", during: "during", finishes: "finishes", equal: "equals",
	startedBy: "started-by", contains: "contains", finishedBy: "finished-by",
}

func (r relation) String() string { return relationNames[r] }

// relate returns how a lies to b.
func relate(a, b span) relation {
	switch {
	case a == b:
		return equal
	case a.end < b.at:
		return before
	case b.end < a.at:
		return after
	case a.end == b.at:
		return meets
	case b.end == a.at:
		return metBy
	case a.at == b.at && a.end < b.end:
		return starts
	case a.at == b.at:
		return startedBy
	case a.end == b.end && a.at > b.at:
		return finishes
	case a.end == b.end:
		return finishedBy
	case a.at > b.at && a.end < b.end:
		return during
	case a.at < b.at && a.end > b.end:
		return contains
	case a.at < b.at:
		return overlaps
	}
	return overlappedBy
}

// family is a group of relations that share a file.
func (r relation) family() string {
	switch r {
	case before, after:
		return "apart"
	case meets, metBy:
		return "touching"
	case overlaps, overlappedBy:
		return "crossing"
	case starts, during, finishes, equal:
		return "inside"
	case startedBy, contains, finishedBy:
	}
	return "around"
}

// triple is three segments in the order in which they come.
type triple [3]span

func (t triple) String() string {
	return fmt.Sprintf("A %v B, B %v C, A %v C", relate(t[0], t[1]), relate(t[1], t[2]), relate(t[0], t[2]))
}

// triples returns every way in which three intervals can lie to each other, once
// each, in the fewest octets: 409. Three intervals have six ends, so six places
// are enough.
func triples() (list []triple) {
	var spans []span
	for at := 0; at < 6; at++ {
		for end := at + 1; end < 6; end++ {
			spans = append(spans, span{at, end})
		}
	}
	seen := make(map[string]bool)
	for size := 1; size < 6; size++ {
		for _, a := range spans {
			for _, b := range spans {
				for _, c := range spans {
					t := triple{a, b, c}
					if min(a.at, b.at, c.at) != 0 || max(a.end, b.end, c.end) != size || seen[t.String()] {
						continue
					}
					seen[t.String()] = true
					list = append(list, t)
				}
			}
		}
	}
	return list
}

// overlapUnit is the octets of one place of a triple.
const overlapUnit = 100

// Overlaps returns a script for every group of ways in which three segments can
// overlap. Each triple comes twice: behind a gap, and where RCV.NXT is.
func Overlaps() (scripts []Script) {
	groups := make(map[string][]triple)
	for _, t := range triples() {
		path := fmt.Sprintf("overlap/%v-%s.pkt", relate(t[0], t[1]), relate(t[1], t[2]).family())
		groups[path] = append(groups[path], t)
	}
	paths := make([]string, 0, len(groups))
	for path := range groups {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		scripts = append(scripts, Script{path, overlapScript(groups[path])})
	}
	return scripts
}

// overlapScript plays triples on one connection, one after the other.
func overlapScript(list []triple) string {
	var b strings.Builder
	fmt.Fprintf(&b, `// RFC 9293 §3.10.7.4 (SHLD-31), RFC 5681 §4.2, RFC 2018 §4, RFC 2883 §4: three
// segments A, B and C, where A %v B and B lies %s C. Every octet is read
// once, and each ACK says what came twice and what waits.
`, relate(list[0][0], list[0][1]), map[string]string{
		"apart": "apart from", "touching": "next to", "crossing": "across", "inside": "inside of", "around": "around",
	}[relate(list[0][1], list[0][2]).family()])
	b.WriteString(passive("", "win 10000 <mss 1000,sackOK,nop,nop>", "<mss ...,nop,nop,sackOK>", "win 10000"))
	base := 1
	for _, t := range list {
		for _, gap := range []int{1, 0} {
			where := "behind a gap"
			if gap == 0 {
				where = "at RCV.NXT"
			}
			fmt.Fprintf(&b, "\n// %v; %s.\n", t, where)
			base = overlapEpisode(&b, t, base, gap)
		}
	}
	return b.String()
}

// overlapEpisode plays one triple, so many places behind base, fills what is
// missing, reads, and returns what comes next.
func overlapEpisode(b *strings.Builder, t triple, base, gap int) int {
	r := newReceiver(base, 4, 0)
	for _, s := range t {
		overlapSegment(b, r, span{base + (gap+s.at)*overlapUnit, base + (gap+s.end)*overlapUnit})
	}
	for g, ok := r.gap(); ok; g, ok = r.gap() {
		overlapSegment(b, r, g)
	}
	fmt.Fprintf(b, "+0  read(4, ..., 9999) = %d\n", r.next-base)
	return r.next
}

// overlapSegment plays one segment and what the model answers. A delayed ACK is
// waited for.
func overlapSegment(b *strings.Builder, r *receiver, s span) {
	a := r.arrive(s, 0)
	fmt.Fprintf(b, "+0  < . %d:%d(%d) ack 1 win 10000\n", s.at, s.end, s.end-s.at)
	when := "+0 "
	if !a.now {
		when = "+0~+.5"
		r.sent()
	}
	fmt.Fprintf(b, "%s > . 1:1(0) ack %d", when, a.ack)
	if o := sack(a.blocks); o != "" {
		fmt.Fprintf(b, " <%s>", o)
	}
	b.WriteString("\n")
}

// passive returns the events that open a connection to a listener, as
// descriptor 4: option lines, what the SYN carries, the options of the SYN,ACK,
// and what the last ACK carries.
func passive(options, syn, synack, ack string) string {
	return fmt.Sprintf(`%s0   socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0  bind(3, ..., ...) = 0
+0  listen(3, 5) = 0
+0  < S 0:0(0) %s
+0  > S. 0:0(0) ack 1 %s
+.1 < . 1:1(0) ack 1 %s
+0  accept(3, ..., ...) = 4
`, options, syn, synack, ack)
}
