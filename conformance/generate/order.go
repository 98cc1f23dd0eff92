package generate

import (
	"fmt"
	"strings"
)

// orderSegment is the payload of one segment of an order: a full one.
const orderSegment = 1000

// permutations returns every order of 1 to n, the smaller first.
func permutations(n int) (list [][]int) {
	var extend func(head []int, used uint)
	extend = func(head []int, used uint) {
		if len(head) == n {
			list = append(list, append([]int(nil), head...))
			return
		}
		for i := 1; i <= n; i++ {
			if used&(1<<i) == 0 {
				extend(append(head, i), used|1<<i)
			}
		}
	}
	extend(nil, 0)
	return list
}

// Orders returns a script for every order in which five segments can come, half
// of them over IPv4, half of them, with timestamps, over IPv6.
func Orders() (scripts []Script) {
	for _, order := range permutations(5) {
		name := strings.Trim(strings.ReplaceAll(fmt.Sprint(order), " ", ""), "[]")
		// Whether a permutation is even shares them out evenly among all beginnings.
		scripts = append(scripts, Script{fmt.Sprintf("order/%s.pkt", name), orderScript(order, odd(order))})
	}
	return scripts
}

// odd reports whether a permutation is odd.
func odd(order []int) bool {
	n := 0
	for i, a := range order {
		for _, b := range order[i+1:] {
			if a > b {
				n++
			}
		}
	}
	return n%2 != 0
}

// orderScript plays five segments in an order. With stamps it runs over IPv6, and
// the segments have timestamps.
func orderScript(order []int, stamps bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, `// RFC 9293 §3.10.7.4 (SHLD-31), RFC 5681 §4.2, RFC 2018 §4%s: five segments
// come in the order %v.
`, map[bool]string{true: ", RFC 7323 §4.3"}[stamps], strings.Trim(fmt.Sprint(order), "[]"))
	most := 4
	if stamps {
		most = 3
		b.WriteString(passive("--ip_version=ipv6\n", "win 10000 <mss 1012,sackOK,TS val 100 ecr 0>",
			"<mss 1440,sackOK,TS val 50 ecr 100>", "win 10000 <nop,nop,TS val 101 ecr 50>"))
	} else {
		b.WriteString(passive("--ip_version=ipv4\n", "win 10000 <mss 1000,sackOK,nop,nop>",
			"<mss 1460,nop,nop,sackOK>", "win 10000"))
	}
	r := newReceiver(1, most, 101)
	last := acknowledgment{now: true}
	for i, n := range order {
		s := span{1 + (n-1)*orderSegment, 1 + n*orderSegment}
		stamp := 102 + i
		opt := ""
		if stamps {
			opt = fmt.Sprintf(" <nop,nop,TS val %d ecr 50>", stamp)
		}
		fmt.Fprintf(&b, "+0  < . %d:%d(%d) ack 1 win 10000%s\n", s.at, s.end, s.end-s.at, opt)
		if last = r.arrive(s, stamp); last.now {
			orderACK(&b, "+0 ", last, stamps)
		}
	}
	if !last.now {
		orderACK(&b, "+0~+.5", last, stamps)
	}
	fmt.Fprintf(&b, "+0  read(4, ..., 9999) = %d\n", 5*orderSegment)
	return b.String()
}

// orderACK writes the ACK that is expected.
func orderACK(b *strings.Builder, when string, a acknowledgment, stamps bool) {
	var opts []string
	if stamps {
		opts = append(opts, fmt.Sprintf("nop,nop,TS val ... ecr %d", a.echo))
	}
	if o := sack(a.blocks); o != "" {
		opts = append(opts, o)
	}
	fmt.Fprintf(b, "%s > . 1:1(0) ack %d", when, a.ack)
	if len(opts) > 0 {
		fmt.Fprintf(b, " <%s>", strings.Join(opts, ","))
	}
	b.WriteString("\n")
}
