package archtest

import (
	"slices"
	"strings"
)

// layers are the packages from the bottom up. A package imports only from the
// lines above its own, and what peers lists.
var layers = [][]string{
	{"internal/assert", "internal/checksum", "internal/siphash", "internal/archtest", "internal/doctest"},
	{"pbuf", "timers"},
	{"sys_arch"},
	{"netif/ethernet"},
	{"netif/gso"},
	{"netif"},
	{"netif/*"}, // the drivers
	{"ip"},
	{"ip4/arp", "ip6/nd6", "tcp/cc"},
	{"ip4/autoip"},
	{"ip4", "ip6"},
	{"igmp", "mld6", "udp", "raw", "tcp"},
	{"dns", "dhcp", "dhcp6"},
	{"api"},
	{"sockets"},
	{"."},
	{"apps/*"},
	{"conformance/*"},
	{"conformance"},
	{"fuzz", "fuzz/*"},
	{"cmd/*"},
}

// peers are the groups whose members may import one another.
var peers = []string{"netif/*", "apps/*", "conformance/*", "fuzz/*"}

// apart are imports that would point down, but are not to be: transports are
// written once for both families, the families do not know each other, and
// protocols do not know drivers.
var apart = []struct {
	from, to []string
	why      string
}{
	{[]string{"tcp", "udp", "raw"}, []string{"ip4", "ip6"}, "transports are written once, against package ip"},
	{[]string{"ip4", "igmp", "dhcp"}, []string{"ip6"}, "IPv4 does not know IPv6"},
	{[]string{"ip6", "mld6", "dhcp6"}, []string{"ip4"}, "IPv6 does not know IPv4"},
	{[]string{"ip", "ip4", "ip6", "igmp", "mld6", "udp", "raw", "tcp", "dns", "dhcp", "dhcp6", "api", "sockets"}, []string{"netif/*"}, "only the stack's owner knows drivers"},
	{[]string{"netif/*"}, []string{"internal/siphash"}, "drivers hash no flows"},
}

// matches reports whether the pattern of layers stands for dir.
func matches(pattern, dir string) bool {
	if root, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(dir, root+"/")
	}
	return pattern == dir
}

// layerOf returns the line of layers that dir is on, and the pattern; -1 if it
// is on none. An exact name goes before a pattern.
func layerOf(dir string) (line int, pattern string) {
	line = -1
	for i, l := range layers {
		for _, p := range l {
			if p == dir {
				return i, p
			}
			if matches(p, dir) {
				line, pattern = i, p
			}
		}
	}
	return line, pattern
}

// direction holds imports to layers, peers and apart.
func direction(p *pkg, r report) {
	if len(p.files) == 0 {
		return
	}
	line, pattern := layerOf(p.dir)
	if line < 0 {
		r.add(p.files[0].Package, "layer", "package %s is not in the table of layers", p.dir)
		return
	}
	for _, f := range p.files {
		for _, s := range f.Imports {
			to, ok := ownDir(importPath(s))
			if !ok {
				continue
			}
			toLine, toPattern := layerOf(to)
			peer := pattern == toPattern && slices.Contains(peers, pattern)
			if toLine >= line && !peer {
				r.add(s.Pos(), to, "%s imports %s, which is not below it", p.dir, to)
				continue
			}
			for _, a := range apart {
				if isOneOf(a.from, p.dir, pattern) && isOneOf(a.to, to, toPattern) {
					r.add(s.Pos(), to, "%s imports %s: %s", p.dir, to, a.why)
				}
			}
		}
	}
}

// isOneOf reports whether dir is in the list, by its pattern or as the package
// or a part of it.
func isOneOf(list []string, dir, pattern string) bool {
	for _, l := range list {
		if l == pattern || !strings.HasSuffix(l, "*") && within(dir, l) {
			return true
		}
	}
	return false
}

// isLibrary reports whether the package is for importing: not a program, not
// the harnesses around the library.
func isLibrary(dir string) bool {
	return !within(dir, "cmd") && !within(dir, "conformance") && !within(dir, "fuzz")
}

// dependency holds a library package to the standard library, whose paths have
// no dot in their first element, and this module.
func dependency(p *pkg, r report) {
	if !isLibrary(p.dir) {
		return
	}
	for _, f := range p.files {
		for _, s := range f.Imports {
			path := importPath(s)
			if _, ok := ownDir(path); ok {
				continue
			}
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
				r.add(s.Pos(), path, "library package %s imports %s", p.dir, path)
			}
		}
	}
}
