package tcp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/timers"
)

// rig is one host whose peer is played by the test, segment by segment. Numbers
// are relative: seq to the peer's ISS, ack to ours.
type rig struct {
	*host
	pcb   *PCB
	up    *owner
	l     *Listener
	door  *door
	sent  []emitted
	peer  netip.Addr
	port  uint16 // the peer's
	mine  uint16
	iss   Seq // ours
	irs   Seq // the peer's
	wnd   uint16
	opts  []byte // of every segment that the peer sends
	now   timers.Time
	begun float64 // zero of times, in seconds

	foreign bool // segments come for an address that is not the host's
}

// emitted is a segment that the host sent.
type emitted struct {
	at    timers.Time
	flags Flags
	seq   int // relative
	ack   int
	wnd   int
	opt   options
	data  []byte
	raw   []byte
}

func (e emitted) String() string {
	return fmt.Sprintf("%v %d:%d ack %d win %d", e.flags, e.seq, e.seq+len(e.data), e.ack, e.wnd)
}

func newRig(t testing.TB, cfg Config) *rig {
	r := &rig{port: 5000, mine: 80, iss: 0xffffff00, irs: 0x7fffff80, wnd: 60000}
	r.peer = netip.MustParseAddr("10.0.0.2")
	cfg.ISN = func(AddrPort, AddrPort) uint32 { return uint32(r.iss) }
	r.host = newHost(t, "10.0.0.1", cfg)
	r.now = timers.Time(time.Second)
	r.out = func(p packet) {
		b := flat(p.buf)
		p.buf.Free()
		h, ok := ParseHeader(b)
		if !ok {
			t.Fatal("emitted a segment without a header")
		}
		sum := checksum.Add(ip.PseudoSum(p.Src, p.Dst, ip.TCP, len(b)), checksum.Sum(b))
		if sum != 0xffff {
			t.Fatal("emitted a segment with a wrong checksum")
		}
		e := emitted{at: r.now, flags: h.Flags(), seq: h.Seq().Sub(r.iss), ack: h.Ack().Sub(r.irs), wnd: int(h.Window()), data: b[h.Len():], raw: b}
		if !h.Flags().Has(ACK) {
			e.ack = int(h.Ack())
		}
		parseOptions(h.Options(), &e.opt)
		r.sent = append(r.sent, e)
	}
	return r
}

// segment builds a segment of the peer's.
func (r *rig) segment(f Flags, seq, ack, wnd int, opts []byte, data []byte) []byte {
	n := HeaderLen + (len(opts)+3)&^3
	b := make([]byte, n+len(data))
	a := Seq(0)
	if f.Has(ACK) {
		a = r.iss.Add(ack)
	}
	putHeader(b, r.port, r.mine, r.irs.Add(seq), a, n, f, uint16(wnd))
	copy(b[HeaderLen:], opts)
	copy(b[n:], data)
	r.seal(b)
	return b
}

// seal sets the checksum of a segment of the peer's.
func (r *rig) seal(b []byte) {
	binary.BigEndian.PutUint16(b[16:], 0)
	sum := checksum.Add(ip.PseudoSum(r.peer, r.addr, ip.TCP, len(b)), checksum.Sum(b))
	binary.BigEndian.PutUint16(b[16:], ^sum)
}

// deliver hands bytes to the host in elements cut at the given places, and
// flushes.
func (r *rig) deliver(b []byte, cuts ...int) {
	buf := r.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	if len(cuts) > 0 {
		buf.Free()
		head := r.pool.AllocBytes(0, cuts[0])
		copy(head.Bytes(), b)
		for i, c := range cuts {
			end := len(b)
			if i+1 < len(cuts) {
				end = cuts[i+1]
			}
			e := r.pool.AllocBytes(0, end-c)
			copy(e.Bytes(), b[c:end])
			head.Cat(e)
		}
		buf = head
	}
	r.input(packet{buf, r.info()})
	r.tcp.Flush()
}

// inject delivers bytes without flushing.
func (r *rig) inject(b []byte) {
	buf := r.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	r.input(packet{buf, r.info()})
}

// send delivers a segment of the peer's with its usual window and options.
func (r *rig) send(f Flags, seq, ack int, data ...byte) {
	r.deliver(r.segment(f, seq, ack, int(r.wnd), r.opts, data))
}

// take returns what was sent since the last call.
func (r *rig) take() []emitted {
	s := r.sent
	r.sent = nil
	return s
}

// expect takes what was sent and fails unless it is the one segment given.
func (r *rig) expect(f Flags, seq, ack, n int) emitted {
	r.t.Helper()
	s := r.take()
	if len(s) != 1 || s[0].flags&^PSH != f || s[0].seq != seq || f.Has(ACK) && s[0].ack != ack || len(s[0].data) != n {
		r.t.Fatalf("sent %v, want %v %d:%d ack %d", s, f, seq, seq+n, ack)
	}
	return s[0]
}

// silent fails if anything was sent.
func (r *rig) silent() {
	r.t.Helper()
	if s := r.take(); len(s) != 0 {
		r.t.Fatalf("sent %v, want nothing", s)
	}
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	end := r.now.Add(d)
	for {
		r.tcp.Flush()
		next := r.q.Next()
		if next > end {
			break
		}
		r.now = max(r.now, next)
		r.q.Advance(r.now)
		r.q.Run()
	}
	r.now = end
	r.q.Advance(end)
	r.tcp.Flush()
}

// dial connects to the peer and leaves the connection in SYN-SENT.
func (r *rig) dial() {
	r.t.Helper()
	p, err := r.tcp.NewPCB()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := p.Bind(netip.AddrPortFrom(r.addr, r.mine), nil); err != nil {
		r.t.Fatal(err)
	}
	r.up = &owner{pcb: p}
	r.pcb = p
	if err := p.Connect(netip.AddrPortFrom(r.peer, r.port), r.up); err != nil {
		r.t.Fatal(err)
	}
	r.tcp.Flush()
}

// establish connects actively; opts are those of the peer's SYN.
func (r *rig) establish(opts ...byte) {
	r.t.Helper()
	r.dial()
	r.take()
	r.deliver(r.segment(SYN|ACK, 0, 1, int(r.wnd), opts, nil))
	r.expect(ACK, 1, 1, 0)
	if r.up.connected != 1 {
		r.t.Fatal("not connected")
	}
}

// enter brings a connection to state s. What it was sent for it is forgotten.
func (r *rig) enter(s State) {
	r.t.Helper()
	switch s {
	case Closed:
	case Listen:
		r.l, r.door = r.listen()
	case SynSent:
		r.dial()
	case SynReceived:
		r.enter(Listen)
		r.send(SYN, 0, 0)
	case Established:
		r.establish(optMSS, 4, 1460>>8, 1460&255)
	case FinWait1:
		r.enter(Established)
		r.pcb.Shutdown(ShutWrite)
	case FinWait2:
		r.enter(FinWait1)
		r.tcp.Flush()
		r.send(ACK, 1, 2)
	case CloseWait:
		r.enter(Established)
		r.send(FIN|ACK, 1, 1)
	case Closing:
		r.enter(FinWait1)
		r.tcp.Flush()
		r.send(FIN|ACK, 1, 1)
	case LastAck:
		r.enter(CloseWait)
		r.pcb.Shutdown(ShutWrite)
	case TimeWait:
		r.enter(FinWait2)
		r.send(FIN|ACK, 1, 2)
	}
	r.tcp.Flush()
	r.take()
	if s == SynReceived {
		if r.tcp.syn.n != 1 {
			r.t.Fatal("not half-open")
		}
	} else if s > Listen && r.pcb.State() != s {
		r.t.Fatalf("in %v, want %v", r.pcb.State(), s)
	}
}

// only returns the only connection.
func (r *rig) only() (p *PCB) {
	r.tcp.conns.each(func(x *PCB) { p = x })
	return p
}

// end closes everything and checks that nothing is left behind.
func (r *rig) end() {
	r.t.Helper()
	r.tcp.Close()
	r.tcp.Flush()
	if s := r.pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		r.t.Errorf("%d blocks and %d views in use at the end", s.BlocksInUse, s.ViewsInUse)
	}
	if r.tcp.syn.n != 0 || r.tcp.pcbs != 0 || r.tcp.listeners != 0 || r.q.Len() != 0 || r.tcp.conns.n != 0 || len(r.tcp.bound) != 0 || len(r.tcp.stalled) != 0 {
		r.t.Errorf("%d PCBs, %d listeners, %d timers, %d ports left", r.tcp.pcbs, r.tcp.listeners, r.q.Len(), len(r.tcp.bound))
	}
}

// write queues n octets of payload.
func (r *rig) write(n int) {
	r.t.Helper()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	if rest := r.up.write(b); len(rest) > 0 {
		r.t.Fatalf("%d octets did not fit", len(rest))
	}
	r.tcp.Flush()
}

// info is what the network layer says of the peer's segments.
func (r *rig) info() ip.Info {
	return ip.Info{Src: r.peer, Dst: r.addr, Proto: ip.TCP, TTL: 64, Foreign: r.foreign}
}

// peerAddr is where the peer listens.
func (r *rig) peerAddr() AddrPort { return netip.AddrPortFrom(r.peer, r.port) }
