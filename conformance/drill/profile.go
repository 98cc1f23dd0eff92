package drill

import (
	"fmt"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/tcp"
)

// Profile chooses the defaults of the stack under test. It is configuration and
// nothing else: what a profile cannot configure stays the stack's own way.
type Profile uint8

const (
	// LwIP is the stack's own defaults: the zero Config.
	LwIP Profile = iota
	// Linux is what scripts for Linux expect, with the buffers that the suites'
	// defaults.sh sets.
	Linux
	// FreeBSD is what scripts for FreeBSD expect, whose numbers of constants
	// also are FreeBSD's.
	FreeBSD
	// RFC is the letter of the standards where hosts are bolder.
	RFC
	// Upstream is lwIP's configuration (opt.h), ESPIDF that of ESP-IDF's edition.
	Upstream
	ESPIDF
)

var profileNames = [...]string{LwIP: "lwip", Linux: "linux", FreeBSD: "freebsd", RFC: "rfc", Upstream: "upstream", ESPIDF: "espidf"}

// String returns the name that --profile takes.
func (p Profile) String() string { return profileNames[p] }

// ParseProfile reads a value of --profile.
func ParseProfile(s string) (Profile, error) {
	for i, name := range profileNames {
		if s == name {
			return Profile(i), nil
		}
	}
	return 0, fmt.Errorf("bad --profile: %s", s)
}

// apply sets what the profile says in a stack's configuration.
func (p Profile) apply(c *lwip.Config) {
	t := &c.TCP
	switch p {
	case LwIP:
	case Upstream:
		*c = lwip.Upstream()
	case ESPIDF:
		*c = lwip.ESPIDF()
		c.IP6.RequireLinkLocal = false // the interface has the addresses of the options only
	case Linux:
		t.MTUProbing = tcp.ProbeOff // tcp_mtu_probing=0
		t.InitialWindow = 10
		t.InitialRTO = time.Second
		t.MinRTO = 200 * time.Millisecond
		t.MaxRTO = 2 * time.Minute
		t.DelayedACK = 40 * time.Millisecond
		t.MaxSYNRetransmits = 6
		t.MaxRetransmits = 15
		t.MSL = 30 * time.Second
		t.FinWait2 = time.Minute
		t.ReceiveBuffer, t.ReceiveBufferMax = 131072, 15728640
		t.SendBuffer, t.SendBufferMax = 262144, 4194304
	case FreeBSD:
		t.InitialWindow = 10
		t.InitialRTO = time.Second
		t.RTOMargin = -1
		t.MinRTO = 230 * time.Millisecond // rexmit_min plus the slop of 200 ms
		t.MaxRTO = 64 * time.Second
		t.DelayedACK = 40 * time.Millisecond
		t.MaxSYNRetransmits = 3
		t.MaxRetransmits = 12
		t.MSL = 30 * time.Second
		t.FinWait2 = time.Minute
		t.ReceiveBuffer, t.ReceiveBufferMax = 65536, 2<<20 // kern.ipc.maxsockbuf: wscale 6
		t.SendBuffer, t.SendBufferMax = 32768, 2<<20
	case RFC:
		t.InitialWindow = 3                   // RFC 5681 §3.1 for an MSS above 1095
		t.InitialRTO = time.Second            // RFC 6298 §2.1
		t.MinRTO = time.Second                // RFC 6298 §2.4
		t.RTOMargin = -1                      // §2.2, §2.3
		t.MaxRTO = time.Minute                // RFC 6298 §2.5
		t.DelayedACK = 500 * time.Millisecond // RFC 9293 §3.8.6.3 (MUST-40)
		t.MSL = 2 * time.Minute               // RFC 9293 §3.4.2
	}
}
