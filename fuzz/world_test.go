package fuzz

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// kind is what a stack under test is: a byte of the fuzzer's.
//
//	bits 0-1  configuration: zero, Upstream, ESPIDF, starved of memory
//	bit 2     a link of IP packets; else Ethernet
//	bit 3     its peer speaks IPv6
//	bit 4     the peer's segments have no options
//	bit 5     sequence numbers wrap soon
//	bit 6     addresses are probed for and made (DAD, SLAAC)
//	bit 7     it forwards
type kind byte

func (k kind) preset() int   { return int(k & 3) }
func (k kind) ip() bool      { return k&4 != 0 }
func (k kind) six() bool     { return k&8 != 0 }
func (k kind) plain() bool   { return k&16 != 0 }
func (k kind) wraps() bool   { return k&32 != 0 }
func (k kind) auto() bool    { return k&64 != 0 }
func (k kind) forward() bool { return k&128 != 0 }

// iss is the initial sequence number of everybody.
func (k kind) iss() uint32 {
	if k.wraps() {
		return 0xffff_fc00
	}
	return 0x1000_0000
}

// Limits of the stacks under test. The first is of memory that packets pin, for
// configurations that do not say otherwise.
const (
	poolBytes    = 4 << 20
	starvedBytes = 24 << 10
	bufferBytes  = 16 << 10
)

// Addresses.
const (
	host4, peer4, fresh4, far4 = "10.0.0.1", "10.0.0.2", "10.0.0.9", "192.0.2.7"
	host6, peer6, fresh6, far6 = "fd00::1", "fd00::2", "fd00::9", "2001:db8::7"
	router4, router6           = "10.0.0.254", "fe80::ff"
	hostHW                     = "\x02\x00\x00\x00\x00\x01"
	peerHW                     = "\x02\x00\x00\x00\x00\x02"
	freshHW                    = "\x02\x00\x00\x00\x00\x09"
	routerHW                   = "\x02\x00\x00\x00\x00\xff"
	everyHW                    = "\xff\xff\xff\xff\xff\xff"
)

// Ports of the stack under test.
const (
	tcpPort = 80
	udpPort = 53
)

// configs are the configurations that a kind chooses from.
func config(preset int) lwip.Config {
	switch preset {
	case 1:
		return lwip.Upstream()
	case 2:
		return lwip.ESPIDF()
	}
	var c lwip.Config
	c.TCP.SendBuffer, c.TCP.ReceiveBuffer, c.TCP.MaxOutOfOrder = bufferBytes, bufferBytes, 16
	c.IP4.ReassemblyBytes, c.IP4.ReassemblyDatagrams = 64<<10, 8
	if preset == 3 {
		c.Pbuf.MaxBytes, c.Pbuf.MaxViews = starvedBytes, 64
		c.ARP.Table, c.ND6.Neighbors, c.ND6.Destinations = 4, 4, 4
		c.TCP.MaxPCBs, c.TCP.MaxTimeWait = 6, 2
	}
	return c
}

// world is a stack on a link that the test holds the other end of.
type world struct {
	t     testing.TB
	kind  kind
	clock *clock
	s     *lwip.Stack
	rx    netif.Receiver
	ifc   *netif.Interface

	conns   []*conn
	peers   []*peer
	echo    *datagrams
	answers [][]byte // what peers answer by themselves, not yet delivered
	tap     func(frame []byte)
	input   tally // of the event that runs
	limit   int   // of packet memory, in bytes
	frames  int   // that the stack sent
	scratch []byte
	judge   *judge
	closed  bool
	// friendly makes a peer for every connection that the stack opens.
	friendly bool
	// spoofed says that somebody forged the sequence numbers of a SYN: what the
	// streams must hold is not known any more.
	spoofed bool
	forged  []piece // payload of forged segments
	// offered is the end of the peer's sequence space that was ever sent.
	offered int64
}

// tally counts what the stack sends because of one event.
type tally struct {
	rst      bool // the event is a RST
	icmp     bool // the event is an ICMP error
	frames   int
	data     int // bytes of TCP payload
	segments int // without payload
}

// newWorld makes a stack. All of a kind are alike.
func newWorld(t testing.TB, k kind) *world {
	t.Helper()
	w := &world{t: t, kind: k, clock: newClock(), judge: judgeOf(k)}
	cfg := config(k.preset())
	cfg.Clock, cfg.Rand = w.clock, sysarch.NewSeededRand(1)
	cfg.NoLoopback = true
	cfg.TCP.ISN = func(_, _ tcp.AddrPort) uint32 { return k.iss() }
	if !k.auto() {
		cfg.ND6.DADAttempts, cfg.ND6.StartDelay = -1, -1
	} else {
		cfg.ND6.Autoconf = true
	}
	if w.limit = poolBytes; cfg.Pbuf.MaxBytes == 0 {
		cfg.Pbuf.MaxBytes = poolBytes
	} else {
		w.limit = cfg.Pbuf.MaxBytes
	}
	cfg.IP4.ForwardSameInterface = k.forward()
	var err error
	if w.s, err = lwip.New(cfg); err != nil {
		t.Fatal(err)
	}
	w.ifc, err = w.s.AddInterface(w, netif.Config{
		Addr4:    netip.MustParsePrefix(host4 + "/24"),
		Gateway4: netip.MustParseAddr(router4),
		Addrs6:   []netip.Prefix{netip.MustParsePrefix(host6 + "/64")},
		Gateway6: netip.MustParseAddr(router6),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.s.Lock()
	w.ifc.SetForwarding(k.forward())
	w.s.Unlock()
	w.settle()
	if k.auto() {
		w.pass(3 * time.Second)
	}
	return w
}

// Properties, Attach and Detach are those of the link's driver.
func (w *world) Properties() netif.Properties {
	p := netif.Properties{MTU: 1500}
	if w.kind.ip() {
		p.Framing = netif.IP
	} else {
		p.HWAddr = ethernet.Addr([]byte(hostHW))
	}
	return p
}
func (w *world) Attach(r netif.Receiver) error { w.rx = r; return nil }
func (w *world) Detach() error                 { return nil }

// Transmit judges what the stack sends.
func (w *world) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		n := f.TotalLen()
		if n > cap(w.scratch) {
			w.scratch = make([]byte, n+2048)
		}
		b := w.scratch[:n]
		f.CopyPartial(b, 0)
		f.Free()
		w.emitted(b)
	}
}

// deliver gives the stack a frame, in pieces if cuts says where.
func (w *world) deliver(frame []byte, cuts ...int) {
	w.t.Helper()
	w.input = w.tallyOf(frame)
	w.follow(frame)
	pool := w.rx.Pool()
	var chain *pbuf.Buf
	for from := 0; ; {
		to := len(frame)
		if len(cuts) > 0 {
			to, cuts = min(max(cuts[0], from), len(frame)), cuts[1:]
		}
		if part := pool.AllocBytes(0, to-from); part == nil {
			if chain != nil {
				chain.Free()
			}
			return // the driver drops it
		} else {
			copy(part.Bytes(), frame[from:to])
			if chain == nil {
				chain = part
			} else {
				chain.Cat(part)
			}
		}
		if from = to; from == len(frame) {
			break
		}
	}
	w.rx.Deliver([]*pbuf.Buf{chain})
	w.checkTally()
	w.settle()
}

// settle delivers what the peers answer to requests for their addresses.
func (w *world) settle() {
	for n := 0; len(w.answers) > 0; n++ {
		if n > 200 {
			w.t.Fatal("the stack and its peers keep asking each other")
		}
		f := w.answers[0]
		w.answers = w.answers[1:]
		w.input = tally{}
		if buf := w.rx.Pool().AllocBytes(0, len(f)); buf != nil {
			copy(buf.Bytes(), f)
			w.rx.Deliver([]*pbuf.Buf{buf})
		}
	}
}

// do runs f within the core lock.
func (w *world) do(f func()) {
	w.input = tally{}
	w.s.Lock()
	f()
	w.s.Unlock()
	w.settle()
}

// budget is how often alarms may fire within d: timers that repeat do it every
// 40 ms at most for the first minutes, and back off.
func (w *world) budget(d time.Duration) int {
	return 200 + 8*len(w.conns) + int(min(d, time.Minute)/(20*time.Millisecond)) + int(d/time.Second)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.input = tally{}
	target := w.clock.now.Add(d)
	if !w.clock.runTo(target, w.budget(d)) {
		w.t.Fatalf("more than %d alarms in %v", w.budget(d), d)
	}
	w.settle()
}

// jump lets time pass while the host is suspended.
func (w *world) jump(d time.Duration) {
	w.t.Helper()
	w.input = tally{}
	if !w.clock.jump(d, w.budget(0)) {
		w.t.Fatalf("more than %d alarms at one instant", w.budget(0))
	}
	w.settle()
}

// close ends the stack and checks that nothing of it is left.
func (w *world) close() {
	w.t.Helper()
	if w.closed {
		return
	}
	w.closed = true
	w.input = tally{}
	if err := w.s.Close(); err != nil {
		w.t.Fatal(err)
	}
	if st := w.s.Pool().Stats(); st.BlocksInUse != 0 || st.ViewsInUse != 0 {
		w.t.Fatalf("packet memory is left: %+v", st)
	}
	if a := w.clock.next(); a != nil {
		w.t.Fatal("an alarm is left")
	}
}
