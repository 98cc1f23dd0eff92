package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// source is a module in memory: path and content by turns.
func source(t *testing.T, files ...string) *module {
	t.Helper()
	fsys := fstest.MapFS{"go.mod": {Data: []byte("module " + modulePath)}}
	for i := 0; i < len(files); i += 2 {
		fsys[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	m, err := load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// found returns "file:line what" for each violation of the rule.
func found(m *module, rule string) []string {
	broken, _ := m.check(nil)
	var list []string
	for _, v := range broken {
		if v.rule == rule {
			list = append(list, fmt.Sprintf("%s:%d %s", v.pos.Filename, v.pos.Line, v.what))
		}
	}
	slices.Sort(list)
	return list
}

// imports is a file that imports the given packages.
func imports(paths ...string) string {
	s := "package x\nimport (\n"
	for _, p := range paths {
		s += "\t" + `"` + strings.Replace(p, "~", modulePath, 1) + `"` + "\n"
	}
	return s + ")\n"
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name  string
		rule  string
		files []string
		want  []string
	}{
		{"imports point down", "direction", []string{
			"tcp/a.go", imports("~/ip", "~/tcp/cc", "~/netif", "~/pbuf", "~/timers", "~/internal/siphash"),
			"sys_arch/a.go", imports("~/timers"),
			"ip4/a.go", imports("~/ip4/arp", "~/ip4/autoip"),
			"dns/a.go", imports("~/udp"),
			"a.go", imports("~/sockets", "~/netif/loopback"),
			"cmd/lwip/a.go", imports("~", "~/conformance/oracle", "~/apps/ping"),
		}, nil},
		{"an import that points up", "direction", []string{"pbuf/a.go", imports("fmt", "~/netif")}, []string{"pbuf/a.go:4 netif"}},
		{"an import from the same layer", "direction", []string{"udp/a.go", imports("~/raw")}, []string{"udp/a.go:3 raw"}},
		{"a cycle through the part of a package", "direction", []string{"ip4/arp/a.go", imports("~/ip4")}, []string{"ip4/arp/a.go:3 ip4"}},
		{"the library imports the root", "direction", []string{"api/a.go", imports("~")}, []string{"api/a.go:3 ."}},
		{"the root imports an application", "direction", []string{"a.go", imports("~/apps/ping")}, []string{"a.go:3 apps/ping"}},
		{"a leaf imports", "direction", []string{"internal/checksum/a.go", imports("~/pbuf")}, []string{"internal/checksum/a.go:3 pbuf"}},
		{"a package that is on no layer", "direction", []string{"quic/a.go", imports()}, []string{"quic/a.go:1 layer"}},
		{"a transport imports a family", "direction", []string{"tcp/a.go", imports("~/ip6", "~/ip4/arp")},
			[]string{"tcp/a.go:3 ip6", "tcp/a.go:4 ip4/arp"}},
		{"one family imports the other", "direction", []string{"ip4/a.go", imports("~/ip6/nd6"), "ip6/a.go", imports("~/ip4/arp")},
			[]string{"ip4/a.go:3 ip6/nd6", "ip6/a.go:3 ip4/arp"}},
		{"drivers import one another", "direction", []string{"netif/impair/a.go", imports("~/netif", "~/netif/ethernet", "~/netif/internal/gate", "~/sys_arch")}, nil},
		{"a driver imports a protocol", "direction", []string{"netif/ppp/a.go", imports("~/ip")}, []string{"netif/ppp/a.go:3 ip"}},
		{"netif imports a driver", "direction", []string{"netif/a.go", imports("~/netif/loopback")}, []string{"netif/a.go:3 netif/loopback"}},
		{"a protocol imports a driver", "direction", []string{"ip4/a.go", imports("~/netif/loopback")}, []string{"ip4/a.go:3 netif/loopback"}},
		{"tests import what they like", "direction", []string{"pbuf/a.go", imports(), "pbuf/a_test.go", imports("~/tcp")}, nil},

		{"a library package imports a module", "dependency", []string{"tcp/a.go", imports("fmt", "golang.org/x/net/ipv4")},
			[]string{"tcp/a.go:4 golang.org/x/net/ipv4"}},
		{"an application is a library package", "dependency", []string{"apps/ping/a.go", imports("golang.org/x/net/icmp")},
			[]string{"apps/ping/a.go:3 golang.org/x/net/icmp"}},
		{"harnesses and tests import modules", "dependency", []string{
			"cmd/lwip/a.go", imports("golang.org/x/net/ipv4"), "conformance/a.go", imports("pgregory.net/rapid"),
			"fuzz/a.go", imports("github.com/google/gopacket"), "tcp/a_test.go", imports("pgregory.net/rapid"),
		}, nil},
		{"a nested module is another matter", "dependency", []string{
			"tcp/peer/go.mod", "module peer", "tcp/peer/a.go", imports("gvisor.dev/gvisor"), "tcp/peer/x/a.go", imports("gvisor.dev/gvisor"),
		}, nil},

		{"locks and logs in a protocol package", "purity", []string{"tcp/a.go", imports("sync", "sync/atomic", "log", "os", "errors")},
			[]string{"tcp/a.go:3 sync", "tcp/a.go:4 sync/atomic", "tcp/a.go:5 log", "tcp/a.go:6 os"}},
		{"locks in packages that deal with the host", "purity", []string{
			"a.go", imports("sync"), "api/a.go", imports("sync"), "sockets/a.go", imports("sync"), "sys_arch/a.go", imports("sync"),
			"netif/tuntap/a.go", imports("sync"), "apps/ping/a.go", imports("sync"), "cmd/lwip/a.go", imports("sync"),
		}, nil},
		{"framing is a protocol", "purity", []string{"netif/ethernet/a.go", imports("sync"), "netif/a.go", imports("sync")},
			[]string{"netif/a.go:3 sync", "netif/ethernet/a.go:3 sync"}},
		{"goroutines and channels", "purity", []string{"ip/a.go", `package ip
func f(c chan int) {
	go f(nil)
	c <- 1
	<-c
	select {}
	_ = make(<-chan bool)
}`},
			[]string{"ip/a.go:2 chan", "ip/a.go:3 go", "ip/a.go:4 chan", "ip/a.go:5 chan", "ip/a.go:6 chan", "ip/a.go:7 chan"}},
		{"the clock", "purity", []string{"ip/a.go", `package ip
import "time"

var f = time.Now
func g(time T) {
	time.Now()
	_ = 0
}
func h(d time.Duration) time.Duration { time.Sleep(d); return time.Second }`},
			[]string{"ip/a.go:4 time.Now", "ip/a.go:9 time.Sleep"}},
		{"the clock by another name", "purity", []string{"ip/a.go", `package ip
import clock "time"
var _ = clock.NewTicker
func f(clock T) { clock.Now() }`}, []string{"ip/a.go:3 time.NewTicker"}},

		{"what is allowed at package level", "globals", []string{"tcp/a.go", `package tcp
import "errors"
import "fmt"
import "net/netip"
import "` + modulePath + `/netif"
type Flag uint8
type Addr [6]byte
const c = 1
var ErrReset = errors.New("tcp: reset")
var (
	errFull    = netif.ErrQueueFull
	ErrSame    = ErrReset
	errWrapped = fmt.Errorf("tcp: %w", ErrReset)
	errTyped   = &typed{1}
)
var names = [...]string{"a", "b"}
var table = map[Flag][]int{Flag(1): {1, -2, c + 3}}
var rows = []struct{ f func(); e error }{{func() {}, errors.New("x")}, {f: g}}
var unspecified = netip.AddrFrom4([4]byte{})
var prefixes = [...]netip.Prefix{netip.MustParsePrefix("::/0"), netip.PrefixFrom(unspecified, 0)}
var broadcast = Addr{0xff}
var magic = []byte("magic")
var _ I = (*typed)(nil)
func f() {
	names := []string{}
	names[0] = "local"
	for table := range 3 { table++ }
}`}, nil},
		{"mutable variables", "globals", []string{"tcp/a.go", `package tcp
import "sync"
var count int
var limit = 10
var pool sync.Pool
var cache = make(map[string]int)
var shared = &table{1}
var made = makeTable()
var inTable = []*int{&limit}
var called = []int{makeInt()}
var a, b = pair()
var err error
var erratic = New()
func init() {}`},
			[]string{"tcp/a.go:10 called", "tcp/a.go:11 a", "tcp/a.go:11 b", "tcp/a.go:12 err", "tcp/a.go:13 erratic", "tcp/a.go:14 init",
				"tcp/a.go:3 count", "tcp/a.go:4 limit", "tcp/a.go:5 pool", "tcp/a.go:6 cache", "tcp/a.go:7 shared", "tcp/a.go:8 made", "tcp/a.go:9 inTable"}},
		{"a method called init", "globals", []string{"tcp/a.go", "package tcp\nfunc (p *PCB) init() {}"}, nil},
		{"dot and blank imports", "globals", []string{"tcp/a.go", "package tcp\nimport . \"fmt\"\nimport _ \"embed\"\nimport ok \"errors\""},
			[]string{"tcp/a.go:2 fmt", "tcp/a.go:3 embed"}},
		{"tables that are written to", "globals", []string{
			"tcp/a.go", `package tcp
var Table = []int{1}
var rows = []struct{ n int; m map[int]int }{{1, nil}}
func f() {
	Table = nil
	Table[0]++
	(Table)[1:][0] += 2
	rows[0].n = 1
	delete(rows[0].m, 1)
	clear(Table)
	copy(Table[1:], Table)
	for Table[0], rows[0].n = range Table {}
	rows, x := g()
	rows = x
}`,
			"tcp/b.go", "package tcp\nfunc h() { Table[2] = 1 }\nfunc i(Table []int) { Table[0] = 1 }",
			"udp/a.go", "package udp\nimport \"" + modulePath + "/tcp\"\nfunc f() { tcp.Table[0] = 1; tcp.Other = 2 }",
			"tcp/a_test.go", "package tcp\nfunc t() { Table = nil }",
		}, []string{"tcp/a.go:10 Table", "tcp/a.go:11 Table", "tcp/a.go:12 Table", "tcp/a.go:12 rows", "tcp/a.go:5 Table", "tcp/a.go:6 Table",
			"tcp/a.go:7 Table", "tcp/a.go:8 rows", "tcp/a.go:9 rows", "tcp/b.go:2 Table", "udp/a.go:3 Table"}},

		{"unsafe, reflect and cgo", "unsafe", []string{"tcp/a.go", imports("unsafe", "reflect", "C"), "tcp/a_test.go", imports("reflect")},
			[]string{"tcp/a.go:3 unsafe", "tcp/a.go:4 reflect", "tcp/a.go:5 C"}},
		{"linkname", "unsafe", []string{"tcp/a.go", "package tcp\n\n//go:linkname now runtime.nanotime\nfunc now() int64"}, []string{"tcp/a.go:3 linkname"}},
		{"assembly", "unsafe", []string{"tcp/a.go", "package tcp", "tcp/sum_amd64.s", "TEXT sum"}, []string{":0 tcp/sum_amd64.s"}},

		{"documented, with an Example", "docs", []string{"tcp/doc.go", "// Package tcp is TCP.\npackage tcp", "tcp/a.go", "package tcp",
			"tcp/example_test.go", "package tcp_test\nfunc ExamplePCB() {}"}, nil},
		{"no package comment", "docs", []string{"cmd/lwip/a.go", "package main"}, []string{"cmd/lwip/a.go:1 package comment"}},
		{"no Example", "docs", []string{"tcp/doc.go", "// Package tcp is TCP.\npackage tcp", "tcp/a_test.go", "package tcp\nfunc (x T) Example() {}"},
			[]string{"tcp/doc.go:2 Example"}},
		{"a package of tests", "docs", []string{"conformance/a_test.go", "package conformance"}, nil},

		{"directories of one machine", "paths", []string{"docs/a.md", "one\nsee " + local[0] + "x and " + local[0] + "y\n\n" + local[1] + ".0/1",
			"tcp/testdata/a.pkt", local[0], "bin", "\x00" + local[0], "ok.md", "network/a, the work/life balance"},
			[]string{"docs/a.md:2 " + local[0], "docs/a.md:2 " + local[0], "docs/a.md:4 " + local[1], "tcp/testdata/a.pkt:1 " + local[0]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := found(source(t, c.files...), c.rule); !slices.Equal(got, c.want) {
				t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.want, "\n\t"))
			}
		})
	}
}

func TestExceptions(t *testing.T) {
	m := source(t, "pbuf/a.go", imports("sync", "log"), "pbuf/a_test.go", "package pbuf\nfunc Example() {}", "pbuf/doc.go", "// Package pbuf is.\npackage pbuf")
	needed := exception{"purity", "pbuf", "sync", ""}
	broken, idle := m.check([]exception{needed, {"purity", "tcp", "sync", ""}, {"globals", "pbuf", "sync", ""}})
	if len(broken) != 1 || broken[0].String() != "pbuf/a.go:4:2: [purity] protocol package pbuf imports log" {
		t.Errorf("broken: %v", broken)
	}
	if len(idle) != 2 || idle[0].dir != "tcp" || idle[1].rule != "globals" {
		t.Errorf("not needed: %v", idle)
	}
}

func TestExceptionsHaveReasons(t *testing.T) {
	for _, e := range exceptions {
		if e.reason == "" {
			t.Errorf("%s in %s: no reason", e.what, e.dir)
		}
	}
}

func TestLayersNameEachPackageOnce(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range layers {
		for _, p := range l {
			if seen[p] {
				t.Errorf("%s is on two layers", p)
			}
			seen[p] = true
		}
	}
}

func TestBrokenSourceIsAnError(t *testing.T) {
	if _, err := load(fstest.MapFS{"a.go": {Data: []byte("package")}}); err == nil {
		t.Error("no error for a file that does not parse")
	}
}
