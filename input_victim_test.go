package lwip_test

import (
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
	"github.com/golwip/lwip/udp"
)

// victim is a stack on a wire that the test holds the other end of. It has a
// connection to the peer over each family, with data in flight, UDP endpoints,
// and the first half of a datagram over each family.
type victim struct {
	s     *lwip.Stack
	clock *sysarch.Manual
	rx    netif.Receiver
	ifc   *netif.Interface
	names []string

	conns    []*tcp.PCB
	iss      [2]uint32 // of the connections
	asked    [][]byte  // frames with datagrams to peer4, peer6 and offLink6
	answered [][]byte  // frames with segments that are in flight
	up       int       // upcalls
	sent     [][]byte  // frames
	closed   bool
}

// Properties, Attach, Transmit and Detach are those of the wire's end.
func (v *victim) Properties() netif.Properties {
	return netif.Properties{MTU: 1500, HWAddr: ethernet.Addr([]byte(victimHW))}
}
func (v *victim) Attach(r netif.Receiver) error { v.rx = r; return nil }
func (v *victim) Detach() error                 { return nil }
func (v *victim) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		b := make([]byte, f.TotalLen())
		f.CopyPartial(b, 0)
		v.sent = append(v.sent, b)
		f.Free()
	}
}

// witness counts upcalls.
type witness struct{ v *victim }

func (w witness) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	w.v.up++
	w.v.conns = append(w.v.conns, p)
	l.Accepted(p)
	return w
}
func (w witness) ListenerClosed(*tcp.Listener, error) {}
func (w witness) Connected(*tcp.PCB)                  { w.v.up++ }
func (w witness) Sent(*tcp.PCB, int)                  { w.v.up++ }
func (w witness) PeerClosed(*tcp.PCB)                 { w.v.up++ }
func (w witness) Closed(*tcp.PCB, error)              { w.v.up++ }
func (w witness) SoftError(*tcp.PCB, error)           { w.v.up++ }
func (w witness) Received(p *tcp.PCB, buf *pbuf.Buf) {
	w.v.up++
	p.Recved(buf.TotalLen())
	buf.Free()
}

// datagrams counts those of UDP endpoints, and errors.
type datagrams struct{ v *victim }

func (d datagrams) Received(_ *udp.PCB, buf *pbuf.Buf, _ netip.AddrPort, _ *ip.Info) {
	d.v.up++
	buf.Free()
}
func (d datagrams) Error(*udp.PCB, error) { d.v.up++ }

// newVictim makes a victim; all are alike.
func newVictim(t testing.TB) *victim {
	t.Helper()
	v := &victim{clock: sysarch.NewManual()}
	cfg := lwip.Config{Clock: v.clock, Rand: sysarch.NewSeededRand(1)}
	cfg.ND6.DADAttempts, cfg.ND6.StartDelay = -1, -1
	var err error
	if v.s, err = lwip.New(cfg); err != nil {
		t.Fatal(err)
	}
	v.ifc, err = v.s.AddInterface(v, netif.Config{
		Addr4:    netip.MustParsePrefix(victim4 + "/24"),
		Addrs6:   []netip.Prefix{netip.MustParsePrefix(victim6 + "/64")},
		Gateway6: netip.MustParseAddr(router6),
	})
	if err != nil {
		t.Fatal(err)
	}
	if v.ifc.Name() != wireName {
		t.Fatalf("the interface is called %s", v.ifc.Name())
	}
	v.s.Lock()
	p, err := v.s.TCP().NewPCB()
	check(t, err)
	check(t, p.Bind(netip.AddrPortFrom(netip.Addr{}, httpPort), nil))
	_, err = p.Listen(10, witness{v})
	check(t, err)
	u, err := v.s.UDP().NewPCB(datagrams{v})
	check(t, err)
	check(t, u.Bind(netip.AddrPortFrom(netip.Addr{}, udpPort), nil))
	v.s.Unlock()

	v.deliver(arpFrame(layers.ARPRequest, peerHW, peer4, victim4), 0)
	for _, addr := range []string{peer6, router6} {
		v.deliver(solicitation(addr), 0)
	}
	v.clock.Advance(time.Second)
	v.deliver(fragment4(waitingID, 0, 24, true), 0)
	v.deliver(fragment6(waitingID, 0, 24, 1), 0)
	for i, addr := range []string{peer4, peer6, offLink6} {
		v.s.Lock()
		u, err := v.s.UDP().NewPCB(datagrams{v})
		check(t, err)
		check(t, u.Bind(netip.AddrPortFrom(netip.Addr{}, uint16(2000+i)), nil))
		check(t, u.Connect(netip.AddrPortFrom(netip.MustParseAddr(addr), udpPeer)))
		check(t, u.Send(v.payload("question")))
		v.s.Unlock()
		v.asked = append(v.asked, v.sent[len(v.sent)-1])
	}
	for i := range v.iss {
		v.deliver(segment{six: i == 1, flags: "S", seq: peerISS, window: 5000, options: synOptions}.frame(), 0)
		v.iss[i] = lastSegment(t, v).Seq
		v.deliver(segment{six: i == 1, flags: "A", seq: peerISS + 1, ack: v.iss[i] + 1, window: 39, options: stamps}.frame(), 0)
		v.s.Lock()
		check(t, v.conns[i].Write(v.payload(strings.Repeat("answer ", answerLen/7)), 0))
		v.s.Unlock()
		v.answered = append(v.answered, v.sent[len(v.sent)-1])
	}
	if len(v.conns) != 2 || v.conns[1].State() != tcp.Established || v.s.TCP().Count(tcp.Established) != 2 {
		t.Fatal("no connections")
	}
	v.names = names(reflect.ValueOf(v.s.Stats()), "", nil)
	return v
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// payload returns a buffer with text.
func (v *victim) payload(text string) *pbuf.Buf {
	b := v.s.Pool().Alloc(pbuf.Transport, len(text), pbuf.RAM)
	copy(b.Bytes(), text)
	return b
}

// lastSegment returns the last segment sent.
func lastSegment(t testing.TB, v *victim) *layers.TCP {
	t.Helper()
	pkt := gopacket.NewPacket(v.sent[len(v.sent)-1], layers.LayerTypeEthernet, gopacket.Default)
	seg, ok := pkt.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok {
		t.Fatalf("not a segment: %v", pkt)
	}
	return seg
}

// deliver gives the stack a frame; in two elements if split is not 0.
func (v *victim) deliver(frame []byte, split int) {
	whole := func(b []byte) *pbuf.Buf {
		buf := v.rx.Pool().AllocBytes(0, len(b))
		copy(buf.Bytes(), b)
		return buf
	}
	if split == 0 {
		split = len(frame)
	}
	buf := whole(frame[:split])
	if split < len(frame) {
		buf.Cat(whole(frame[split:]))
	}
	v.rx.Deliver([]*pbuf.Buf{buf})
}

// close ends the victim and checks that nothing of it is left.
func (v *victim) close(t testing.TB) {
	t.Helper()
	if v.closed {
		return
	}
	v.closed = true
	v.s.Close()
	checkEmpty(t, v.s)
	if next := v.clock.Next(); next != timers.Never {
		t.Error("an alarm is left")
	}
}

// wireName is the interface's name; lo0 has the number 0.
const wireName = "en1"

// names lists the counters of a Stats: every uint64 in it, by path. Of the
// interfaces, the loopback is left out.
func names(x reflect.Value, path string, list []string) []string {
	switch x.Kind() {
	case reflect.Struct:
		for i := range x.NumField() {
			list = names(x.Field(i), path+"."+x.Type().Field(i).Name, list)
		}
	case reflect.Map:
		list = names(x.MapIndex(reflect.ValueOf(wireName)), path, list)
	case reflect.Uint64:
		list = append(list, path[1:])
	}
	return list
}

// values lists their values.
func values(x reflect.Value, list []uint64) []uint64 {
	switch x.Kind() {
	case reflect.Struct:
		for i := range x.NumField() {
			list = values(x.Field(i), list)
		}
	case reflect.Map:
		list = values(x.MapIndex(reflect.ValueOf(wireName)), list)
	case reflect.Uint64:
		list = append(list, x.Uint())
	}
	return list
}

func (v *victim) counters() []uint64 { return values(reflect.ValueOf(v.s.Stats()), nil) }

// counter returns the value of one.
func (v *victim) counter(name string) uint64 { return v.counters()[slices.Index(v.names, name)] }

// totals are the counters that say only that something came or went.
var totals = map[string]bool{
	"Interfaces.RxFrames": true, "Interfaces.RxBytes": true, "Interfaces.TxFrames": true, "Interfaces.TxBytes": true,
	"ARP.Received": true, "IP4.Received": true, "IP4.Delivered": true, "IP4.Sent": true, "IP4.ICMP.Received": true,
	"IP4.Fragments": true, "IP4.Trimmed": true, "IP4.OptionsIgnored": true,
	"IP6.Received": true, "IP6.Delivered": true, "IP6.Sent": true, "IP6.Fragments": true,
	"UDP.Received": true, "UDP.Delivered": true, "UDP.Trimmed": true, "TCP.Segments": true, "TCP.SegmentsOut": true,
}

// changed lists the counters that changed, without totals.
func (v *victim) changed(before []uint64) (list []string) {
	for i, x := range v.counters() {
		if x != before[i] && !totals[v.names[i]] {
			list = append(list, v.names[i])
		}
	}
	return list
}

// effects are what a frame can do that shows.
type effects struct {
	up, sent, blocks, entries int
	conns                     [2]tcp.Info
}

func (v *victim) effects() effects {
	e := effects{up: v.up, sent: len(v.sent), blocks: v.s.Pool().Stats().BlocksInUse}
	v.s.Lock()
	defer v.s.Unlock()
	e.entries = len(v.s.ARP().Entries()) + neighbors(v.s)
	for i := range e.conns {
		e.conns[i] = v.conns[i].Info()
	}
	return e
}
