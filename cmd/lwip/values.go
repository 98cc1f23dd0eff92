package main

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// unit is a suffix and what it multiplies by.
type unit struct {
	suffix string
	factor float64
}

// parseUnits reads a number with one of the suffixes, the longest that fits, or
// none.
func parseUnits(s string, units []unit) (float64, error) {
	num, factor := s, 1.0
	best := 0
	for _, u := range units {
		if len(u.suffix) > best && len(s) > len(u.suffix) && strings.EqualFold(s[len(s)-len(u.suffix):], u.suffix) {
			num, factor, best = s[:len(s)-len(u.suffix)], u.factor, len(u.suffix)
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(num), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0, fmt.Errorf("not a number with a unit")
	}
	return v * factor, nil
}

// size is a number of bytes as a flag: 1500, 64KiB, 1.5MB.
type size int64

var sizeUnits = []unit{
	{"B", 1}, {"k", 1 << 10}, {"KiB", 1 << 10}, {"M", 1 << 20}, {"MiB", 1 << 20}, {"G", 1 << 30}, {"GiB", 1 << 30},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9},
}

func (s *size) Set(v string) error {
	n, err := parseUnits(v, sizeUnits)
	if err != nil {
		return err
	}
	if n > 1<<50 {
		return fmt.Errorf("too large")
	}
	*s = size(n)
	return nil
}

func (s size) String() string {
	for _, u := range []unit{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if float64(s) >= u.factor {
			return strconv.FormatFloat(math.Round(float64(s)/u.factor*10)/10, 'f', -1, 64) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10) + "B"
}

// probability is a share in [0, 1] as a flag: 0.5% or 0.005.
type probability float64

func (p *probability) Set(v string) error {
	n, err := parseUnits(v, []unit{{"%", 0.01}})
	if err != nil {
		return err
	}
	if n > 1 {
		return fmt.Errorf("more than 100%%")
	}
	*p = probability(n)
	return nil
}

func (p probability) String() string {
	return strconv.FormatFloat(math.Round(float64(p)*1e6)/1e4, 'f', -1, 64) + "%"
}

// rate is a number of bits per second as a flag: 100Mbit, 1G; 0 is unlimited.
type rate int64

var rateUnits = []unit{
	{"k", 1e3}, {"kbit", 1e3}, {"kbit/s", 1e3}, {"M", 1e6}, {"Mbit", 1e6}, {"Mbit/s", 1e6},
	{"G", 1e9}, {"Gbit", 1e9}, {"Gbit/s", 1e9}, {"bit", 1}, {"bit/s", 1},
}

func (r *rate) Set(v string) error {
	n, err := parseUnits(v, rateUnits)
	if err != nil {
		return err
	}
	if n > 1e15 {
		return fmt.Errorf("too large")
	}
	*r = rate(n)
	return nil
}

func (r rate) String() string {
	for _, u := range []unit{{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}} {
		if float64(r) >= u.factor {
			return strconv.FormatFloat(math.Round(float64(r)/u.factor*10)/10, 'f', -1, 64) + u.suffix
		}
	}
	if r == 0 {
		return "unlimited"
	}
	return strconv.FormatInt(int64(r), 10) + "bit/s"
}

// cidr is an address with its prefix length, of one family, as a flag.
type cidr struct {
	netip.Prefix
	six bool
}

func (c *cidr) Set(v string) error {
	p, err := netip.ParsePrefix(v)
	if err != nil {
		return fmt.Errorf("want an address with a prefix length, such as %s", c.example())
	}
	if p.Addr().Is6() != c.six {
		return fmt.Errorf("the other family's address is wanted, such as %s", c.example())
	}
	c.Prefix = p
	return nil
}

func (c *cidr) example() string {
	if c.six {
		return "fd00::2/64"
	}
	return "10.0.0.2/24"
}

func (c *cidr) String() string {
	if !c.IsValid() {
		return ""
	}
	return c.Prefix.String()
}

// addr is an IP address of either family as a flag.
type addr struct{ netip.Addr }

func (a *addr) Set(v string) (err error) {
	a.Addr, err = netip.ParseAddr(v)
	if err != nil {
		return fmt.Errorf("not an IP address")
	}
	return nil
}

func (a *addr) String() string {
	if !a.IsValid() {
		return ""
	}
	return a.Addr.String()
}
