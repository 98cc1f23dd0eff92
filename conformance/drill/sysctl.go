package drill

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/tcp/cc"
)

// setting applies the value of a sysctl. It reports false for a value that the
// configuration cannot express.
type setting func(c *lwip.Config, v string) bool

// numberSetting makes a setting of a number.
func numberSetting(f func(c *lwip.Config, n int)) setting {
	return func(c *lwip.Config, v string) bool {
		n, err := strconv.Atoi(v)
		if err != nil {
			return false
		}
		f(c, n)
		return true
	}
}

// memory makes a setting of Linux's three numbers of a buffer: least, default and
// most. The least is what a buffer falls to when memory is short: nothing here.
func memory(f func(c *lwip.Config) (size, limit *int)) setting {
	return func(c *lwip.Config, v string) bool {
		var n [3]int
		parts := strings.Fields(v)
		if len(parts) != len(n) {
			return false
		}
		for i, part := range parts {
			var err error
			if n[i], err = strconv.Atoi(part); err != nil || n[i] <= 0 {
				return false
			}
		}
		size, limit := f(c)
		*size, *limit = n[1], n[2]
		return true
	}
}

// lowat sets how much may wait unsent; the greatest number, Linux's default, is
// no bound.
func lowat(c *lwip.Config, n int) {
	if n < 0 || n >= 1<<31-1 {
		n = 0
	}
	c.TCP.NotSentLowat = n
}

// period makes a setting of a time in a unit.
func period(unit time.Duration, f func(c *lwip.Config) *time.Duration) setting {
	return numberSetting(func(c *lwip.Config, n int) { *f(c) = time.Duration(n) * unit })
}

// congestion sets the congestion controller by its name.
func congestion(c *lwip.Config, v string) bool {
	c.TCP.NewController = cc.ByName(v)
	return c.TCP.NewController != nil
}

// rfc1323 is FreeBSD's switch of window scaling (2), timestamps (3) or both (1).
func rfc1323(c *lwip.Config, n int) {
	c.TCP.NoWindowScale = n == 0 || n == 3
	c.TCP.NoTimestamps = n == 0 || n == 2
}

// ecnModes are the values of tcp_ecn on both systems: off, asked for, accepted.
func ecnModes(c *lwip.Config, v string) bool {
	mode, ok := map[string]tcp.ECNMode{"0": tcp.ECNOff, "1": tcp.ECNAsk, "2": tcp.ECNAccept}[v]
	if ok {
		c.TCP.ECN = mode
	}
	return ok
}

// mtuProbing is Linux's switch: off, after a black hole, always.
func mtuProbing(c *lwip.Config, v string) bool {
	mode, ok := map[string]tcp.MTUProbing{"0": tcp.ProbeOff, "1": tcp.ProbeBlackHole, "2": tcp.ProbeAlways}[v]
	if ok {
		c.TCP.MTUProbing = mode
	}
	return ok
}

// cookies is Linux's switch of SYN cookies: never, under pressure, always.
func cookies(c *lwip.Config, n int) {
	c.TCP.Cookies = [...]tcp.CookiePolicy{tcp.CookiesNever, tcp.CookiesUnderPressure, tcp.CookiesAlways}[min(max(n, 0), 2)]
}

// settings returns the sysctls that mean something here, by their Linux and
// FreeBSD names.
func settings() map[string]setting {
	return map[string]setting{
		"net.ipv4.tcp_timestamps":                numberSetting(func(c *lwip.Config, n int) { c.TCP.NoTimestamps = n == 0 }),
		"net.ipv4.tcp_sack":                      numberSetting(func(c *lwip.Config, n int) { c.TCP.NoSACK = n == 0 }),
		"net.ipv4.tcp_mtu_probing":               mtuProbing,
		"net.inet.tcp.pmtud_blackhole_detection": mtuProbing,
		"net.ipv4.tcp_ecn":                       ecnModes,
		"net.inet.tcp.ecn.enable":                ecnModes,
		"net.ipv4.tcp_dsack":                     numberSetting(func(c *lwip.Config, n int) { c.TCP.NoDSACK = n == 0 }),
		"net.ipv4.tcp_window_scaling":            numberSetting(func(c *lwip.Config, n int) { c.TCP.NoWindowScale = n == 0 }),
		"net.ipv4.tcp_rmem":                      memory(func(c *lwip.Config) (_, _ *int) { return &c.TCP.ReceiveBuffer, &c.TCP.ReceiveBufferMax }),
		"net.ipv4.tcp_wmem":                      memory(func(c *lwip.Config) (_, _ *int) { return &c.TCP.SendBuffer, &c.TCP.SendBufferMax }),
		"net.ipv4.tcp_moderate_rcvbuf":           numberSetting(func(c *lwip.Config, n int) { c.TCP.NoReceiveTuning = n == 0 }),
		"net.ipv4.tcp_notsent_lowat":             numberSetting(lowat),
		"net.ipv4.tcp_syn_retries":               numberSetting(func(c *lwip.Config, n int) { c.TCP.MaxSYNRetransmits = n }),
		"net.ipv4.tcp_retries2":                  numberSetting(func(c *lwip.Config, n int) { c.TCP.MaxRetransmits = n }),
		"net.ipv4.tcp_keepalive_time":            period(time.Second, func(c *lwip.Config) *time.Duration { return &c.TCP.KeepIdle }),
		"net.ipv4.tcp_keepalive_intvl": period(time.Second, func(c *lwip.Config) *time.Duration {
			return &c.TCP.KeepInterval
		}),
		"net.ipv4.tcp_keepalive_probes":   numberSetting(func(c *lwip.Config, n int) { c.TCP.KeepCount = n }),
		"net.ipv4.tcp_fin_timeout":        period(time.Second, func(c *lwip.Config) *time.Duration { return &c.TCP.FinWait2 }),
		"net.ipv4.tcp_rto_min_us":         period(time.Microsecond, func(c *lwip.Config) *time.Duration { return &c.TCP.MinRTO }),
		"net.ipv4.tcp_rto_max_ms":         period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.MaxRTO }),
		"net.ipv4.tcp_max_tw_buckets":     numberSetting(func(c *lwip.Config, n int) { c.TCP.MaxTimeWait = n }),
		"net.ipv4.tcp_syncookies":         numberSetting(cookies),
		"net.ipv4.tcp_max_syn_backlog":    numberSetting(func(c *lwip.Config, n int) { c.TCP.SynQueue = n }),
		"net.ipv4.tcp_congestion_control": congestion,
		"net.ipv4.ip_default_ttl":         numberSetting(func(c *lwip.Config, n int) { c.IP4.TTL = uint8(n) }),
		"net.ipv4.ipfrag_time":            period(time.Second, func(c *lwip.Config) *time.Duration { return &c.IP4.ReassemblyTimeout }),
		"net.ipv4.icmp_ratelimit":         numberSetting(func(c *lwip.Config, n int) { c.IP4.ICMPRate = rate(n) }),

		"net.inet.tcp.rfc1323":                   numberSetting(rfc1323),
		"net.inet.tcp.sack.enable":               numberSetting(func(c *lwip.Config, n int) { c.TCP.NoSACK = n == 0 }),
		"net.inet.tcp.sack.dsack":                numberSetting(func(c *lwip.Config, n int) { c.TCP.NoDSACK = n == 0 }),
		"net.inet.tcp.delacktime":                period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.DelayedACK }),
		"net.inet.tcp.rexmit_min":                period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.MinRTO }),
		"net.inet.tcp.rexmit_initial":            period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.InitialRTO }),
		"net.inet.tcp.initcwnd_segments":         numberSetting(func(c *lwip.Config, n int) { c.TCP.InitialWindow = n }),
		"net.inet.tcp.keepidle":                  period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.KeepIdle }),
		"net.inet.tcp.keepintvl":                 period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.KeepInterval }),
		"net.inet.tcp.keepcnt":                   numberSetting(func(c *lwip.Config, n int) { c.TCP.KeepCount = n }),
		"net.inet.tcp.msl":                       period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.MSL }),
		"net.inet.tcp.finwait2_timeout":          period(time.Millisecond, func(c *lwip.Config) *time.Duration { return &c.TCP.FinWait2 }),
		"net.inet.tcp.sendspace":                 numberSetting(func(c *lwip.Config, n int) { c.TCP.SendBuffer = n }),
		"net.inet.tcp.recvspace":                 numberSetting(func(c *lwip.Config, n int) { c.TCP.ReceiveBuffer = n }),
		"net.inet.tcp.sendbuf_auto":              numberSetting(func(c *lwip.Config, n int) { c.TCP.NoSendTuning = n == 0 }),
		"net.inet.tcp.recvbuf_auto":              numberSetting(func(c *lwip.Config, n int) { c.TCP.NoReceiveTuning = n == 0 }),
		"net.inet.tcp.sendbuf_max":               numberSetting(func(c *lwip.Config, n int) { c.TCP.SendBufferMax = n }),
		"net.inet.tcp.recvbuf_max":               numberSetting(func(c *lwip.Config, n int) { c.TCP.ReceiveBufferMax = n }),
		"net.inet.tcp.maxtcptw":                  numberSetting(func(c *lwip.Config, n int) { c.TCP.MaxTimeWait = n }),
		"net.inet.tcp.cc.algorithm":              congestion,
		"net.inet.ip.ttl":                        numberSetting(func(c *lwip.Config, n int) { c.IP4.TTL = uint8(n) }),
		"net.inet6.ip6.hlim":                     numberSetting(func(c *lwip.Config, n int) { c.IP6.HopLimit = uint8(n) }),
		"net.inet.icmp.icmplim":                  numberSetting(func(c *lwip.Config, n int) { c.IP4.ICMPRate = rate(n) }),
		"net.inet.tcp.functions_default":         sameStack,
		"net.inet.tcp.reass.maxqueuelen":         numberSetting(func(c *lwip.Config, n int) { c.TCP.MaxOutOfOrder = n }),
		"net.inet.tcp.syncache.rexmtlimit":       numberSetting(func(c *lwip.Config, n int) { c.TCP.MaxSYNRetransmits = n }),
		"net.inet.udp.recvspace":                 numberSetting(func(c *lwip.Config, n int) { c.API.ReceiveBytes = n }),
		"net.inet.tcp.syncache.rst_on_sock_fail": alwaysOn,
	}
}

// rate returns a limit a second as a Config has it: 0 is no limit.
func rate(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// sameStack accepts the name of FreeBSD's base stack: there is one here.
func sameStack(_ *lwip.Config, v string) bool { return v == "freebsd" || v == "rack" }

// alwaysOn accepts what this stack does anyhow.
func alwaysOn(_ *lwip.Config, v string) bool { return v == "1" }

// shell does what a command line means for the stack's configuration. It returns
// how long a sleep takes, and remarks on what does not apply.
func shell(c *lwip.Config, text, file string, depth int) (sleep time.Duration, notes []string) {
	for _, line := range strings.FieldsFunc(strings.ReplaceAll(text, "\\\n", " "), func(r rune) bool { return r == '\n' || r == ';' }) {
		for _, cmd := range strings.Split(line, "&&") {
			cmd = strings.TrimSpace(cmd)
			if cmd == "" || strings.HasPrefix(cmd, "#") {
				continue
			}
			d, n := command(c, cmd, file, depth)
			sleep += d
			notes = append(notes, n...)
		}
	}
	return sleep, notes
}

// command does one command: sysctl, sleep, "ip route … initcwnd", or a script of
// these.
func command(c *lwip.Config, cmd, file string, depth int) (sleep time.Duration, notes []string) {
	words := splitWords(cmd)
	for len(words) > 1 && (words[0] == "sudo" || filepath.Base(words[0]) == "env") {
		words = words[1:]
	}
	na := func(what string) []string { return []string{what + ": not applicable"} }
	if len(words) == 0 {
		return 0, nil
	}
	switch name := filepath.Base(words[0]); {
	case name == "sysctl":
		return 0, sysctls(c, words[1:])
	case name == "set_sysctls.py":
		return 0, sysctls(c, words[1:])
	case name == "sleep" && len(words) == 2:
		if f, err := strconv.ParseFloat(strings.TrimSuffix(words[1], "s"), 64); err == nil && f >= 0 && f < 1e6 {
			return time.Duration(f * 1e9), nil
		}
	case name == "true", name == ":", name == "set", name == "exit", name == "echo" && !strings.Contains(cmd, ">"):
		return 0, nil
	case name == "ip" && len(words) > 1 && strings.HasPrefix(words[1], "ro"):
		for i, w := range words[:len(words)-1] {
			if n, err := strconv.Atoi(words[i+1]); w == "initcwnd" && err == nil && n > 0 {
				c.TCP.InitialWindow = n
				return 0, nil
			}
		}
	case strings.HasSuffix(name, ".sh") && depth < 4:
		path := words[0]
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(file), path)
		}
		if b, err := os.ReadFile(path); err == nil && len(b) < maxScript {
			return shell(c, string(b), path, depth+1)
		}
	}
	return 0, na(fmt.Sprintf("command `%s`", cmd))
}

// splitWords cuts a command line at blanks outside of quotes.
func splitWords(s string) (words []string) {
	var b strings.Builder
	quote, in := byte(0), false
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, in = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if in {
				words = append(words, b.String())
				b.Reset()
				in = false
			}
		default:
			b.WriteByte(c)
			in = true
		}
	}
	if in {
		words = append(words, b.String())
	}
	return words
}

// sysctls applies "name=value" words. Names may be paths below /proc/sys.
func sysctls(c *lwip.Config, words []string) (notes []string) {
	table := settings()
	for i := 0; i < len(words); i++ {
		w := words[i]
		if strings.HasPrefix(w, "-") || strings.HasPrefix(w, ">") {
			continue
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok { // name = value
			if i+2 < len(words) && words[i+1] == "=" {
				value = words[i+2]
				i += 2
			} else {
				continue // reading
			}
		}
		if rest, is := strings.CutPrefix(name, "/proc/sys/"); is {
			name = strings.ReplaceAll(rest, "/", ".")
		}
		name = strings.TrimSpace(name)
		set, known := table[name]
		switch {
		case !known:
			notes = append(notes, fmt.Sprintf("sysctl %s: not applicable", name))
		case !set(c, strings.TrimSpace(value)):
			notes = append(notes, fmt.Sprintf("sysctl %s: value '%s' not applicable", name, value))
		}
	}
	return notes
}
