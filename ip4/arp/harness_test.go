package arp_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip4/arp"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

var (
	ourHW   = ethernet.Addr{2, 0, 0, 0, 0, 1}
	peerHW  = ethernet.Addr{2, 0, 0, 0, 0, 2}
	otherHW = ethernet.Addr{2, 0, 0, 0, 0, 3}

	ourIP  = netip.MustParseAddr("10.0.0.1")
	peerIP = netip.MustParseAddr("10.0.0.2")
)

// frame is one frame that left, and when.
type frame struct {
	at time.Duration // since the host began
	b  []byte
}

// link is a driver that keeps what it is given.
type link struct {
	h    *host
	sent []frame
	keep bool
}

func (l *link) Properties() netif.Properties { return netif.Properties{HWAddr: ourHW} }
func (l *link) Attach(netif.Receiver) error  { return nil }
func (l *link) Detach() error                { return nil }
func (l *link) Transmit(frames []*pbuf.Buf) {
	for _, f := range frames {
		if l.keep {
			b := make([]byte, f.TotalLen())
			f.CopyPartial(b, 0)
			l.sent = append(l.sent, frame{l.h.q.Now().Sub(start), b})
		}
		f.Free()
	}
}

const start = timers.Time(time.Second)

// host is one interface with ARP, in virtual time.
type host struct {
	t    testing.TB
	q    timers.Queue
	pool *pbuf.Pool
	ifs  *netif.Protocol
	arp  *arp.Protocol
	link *link
	ifc  *netif.Interface
}

func newHost(t testing.TB, cfg arp.Config) *host {
	t.Helper()
	h := &host{t: t, pool: pbuf.NewPool(pbuf.Config{})}
	h.q.Advance(start)
	r := sysarch.NewSeededRand(1)
	h.ifs = netif.New(&h.q, r, h.pool)
	h.arp = arp.New(h.ifs, &h.q, r, cfg)
	h.link = &link{h: h, keep: true}
	ifc, err := h.ifs.Add(h.link, netif.Config{})
	if err != nil {
		t.Fatal(err)
	}
	h.ifc = ifc
	ifc.SetUp(true)
	ifc.SetAddr4(netip.MustParsePrefix("10.0.0.1/24"), netip.Addr{})
	h.transmit()
	h.link.sent = nil
	return h
}

func (h *host) transmit() {
	if batch, sender := h.ifc.Publish(); sender {
		h.ifc.Transmit(batch)
	}
}

// advance moves time by d, firing what is due on the way.
func (h *host) advance(d time.Duration) {
	end := h.q.Now().Add(d)
	for h.q.Next() <= end {
		h.q.Advance(h.q.Next())
		h.q.Run()
		h.transmit()
	}
	h.q.Advance(end)
}

// send outputs an IP packet with one byte of payload to dst.
func (h *host) send(dst netip.Addr, mark byte) error {
	buf := h.pool.Alloc(pbuf.Link, 21, pbuf.RAM)
	b := buf.Bytes()
	clear(b)
	b[0], b[20] = 0x45, mark
	err := h.arp.Output(h.ifc, buf, dst)
	h.transmit()
	return err
}

// receive takes in an ARP packet, split at the given places.
func (h *host) receive(b []byte, splits ...int) {
	h.arp.Input(h.ifc, chain(h.pool, b, splits...))
	h.transmit()
}

func chain(pool *pbuf.Pool, b []byte, splits ...int) *pbuf.Buf {
	var head *pbuf.Buf
	from := 0
	for _, to := range append(splits, len(b)) {
		e := pool.AllocBytes(0, to-from)
		copy(e.Bytes(), b[from:to])
		from = to
		if head == nil {
			head = e
		} else {
			head.Cat(e)
		}
	}
	return head
}

func packet(p arp.Packet) []byte {
	b := make([]byte, arp.PacketLen)
	p.Put(b)
	return b
}

func num(a netip.Addr) uint32 {
	b := a.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// answer takes in peerIP's reply.
func (h *host) answer() {
	h.receive(packet(arp.Packet{Op: arp.Reply, SenderHW: peerHW, Sender: num(peerIP), TargetHW: ourHW, Target: num(ourIP)}))
}

// take returns the frames sent since the last take.
func (h *host) take() []frame {
	s := h.link.sent
	h.link.sent = nil
	return s
}

// drained fails the test if a buffer is still held.
func (h *host) drained() {
	h.t.Helper()
	if s := h.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		h.t.Errorf("%d blocks and %d views still in use", s.BlocksInUse, s.ViewsInUse)
	}
}
