package tcp

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/golwip/lwip/ip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
)

// RFC 9293 §3.6 (MUST-12): one direction ends, the other goes on.
func TestHalfClose(t *testing.T) {
	p := newPair(t, Config{})
	c, s := p.establish()
	c.pcb.Shutdown(ShutWrite)
	p.run(time.Second)
	if s.eof != 1 || c.pcb.State() != FinWait2 || c.closed != 0 {
		t.Fatalf("%v, eof %d", c.pcb.State(), s.eof)
	}
	p.transfer(s, c, 300000, time.Minute)
	buf := p.a.pool.AllocBytes(0, 1)
	if err := c.pcb.Write(buf, 0); err != ErrClosed {
		t.Errorf("write after shutdown: %v", err)
	}
	buf.Free()
	p.run(10 * time.Minute) // nobody closed: FIN-WAIT-2 lasts
	s.pcb.Close()
	p.run(time.Second)
	if c.eof != 1 || c.pcb.State() != TimeWait || s.closed != 1 {
		t.Fatalf("%v, eof %d", c.pcb.State(), c.eof)
	}
	p.run(2 * time.Minute)
	p.end()
}

// RFC 9293 §3.6.1 (SHLD-3), §3.10.4: unread data makes Close a reset.
func TestCloseWithUnreadData(t *testing.T) {
	for _, s := range []State{Established, CloseWait} {
		r := newRig(t, Config{})
		r.enter(Established)
		r.up.hold = true
		r.send(ACK, 1, 1, 1, 2, 3)
		if s == CloseWait {
			r.send(FIN|ACK, 4, 1)
		}
		r.take()
		r.pcb.Close()
		r.tcp.Flush()
		r.expect(RST|ACK, 1, r.pcb.rcv.nxt.Sub(r.irs), 0)
		r.end()
	}
}

// RFC 9293 §3.6.1 (SHLD-3): data that arrives after Close is answered by a RST;
// what was received before is not new.
func TestDataAfterClose(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.send(ACK, 1, 1, 1, 2, 3)
	r.pcb.Close()
	r.tcp.Flush()
	r.take()
	r.send(FIN|ACK, 1, 2, 1, 2, 3) // the peer repeats, now with a FIN
	if r.pcb.State() != TimeWait || r.up.err != nil {
		t.Fatalf("%v: %v", r.pcb.State(), r.up.err)
	}
	r.end()
	r = newRig(t, Config{})
	r.enter(Established)
	r.pcb.Close()
	r.tcp.Flush()
	r.take()
	r.send(ACK, 1, 2, 9)
	if s := r.take(); len(s) != 1 || !s[0].flags.Has(RST) || s[0].seq != 2 || r.up.err != ErrReset {
		t.Errorf("sent %v, told %v", s, r.up.err)
	}
	if r.tcp.Stats().AfterClose != 1 {
		t.Error("not counted")
	}
	r.end()
}

// RFC 9293 §3.10.5: who aborts is not called back.
func TestAbort(t *testing.T) {
	for _, s := range []State{SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait} {
		r := newRig(t, Config{})
		if s == SynReceived { // of a simultaneous open
			r.dial()
			r.send(SYN, 0, 0)
			r.take()
		} else {
			r.enter(s)
		}
		r.pcb.Abort()
		sent := r.take()
		if rst := len(sent) == 1 && sent[0].flags.Has(RST); rst != (s != SynSent && s != TimeWait) {
			t.Errorf("%v: sent %v", s, sent)
		}
		if r.up != nil && r.up.closed != 0 {
			t.Errorf("%v: called back", s)
		}
		r.pcb.Abort()
		r.pcb.Close()
		r.silent()
		r.end()
	}
}

// RFC 9293 §3.6.1 (MUST-13): a FIN that comes again restarts the wait; RFC 1337:
// a RST does not end it.
func TestTimeWait(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(TimeWait)
	r.pass(50 * time.Second)
	r.send(FIN|ACK, 1, 2)
	r.expect(ACK, 2, 2, 0)
	r.send(RST, 2, 0)
	r.pass(59 * time.Second)
	if r.pcb.State() != TimeWait {
		t.Fatal("ended early")
	}
	r.pass(2 * time.Second)
	if r.pcb.State() != Closed {
		t.Fatal("did not end")
	}
	r.end()
}

// RFC 6191 §2, RFC 9293 §3.6.1 (MAY-2): a newer SYN takes a tuple over from
// TIME-WAIT, if somebody listens for it.
func TestTimeWaitReuse(t *testing.T) {
	rows := []struct {
		name     string
		old, new []byte
		seq      int
		listen   bool
		reused   bool
	}{
		{"newer timestamp, older number", tsOption(100, 0), tsOption(101, 0), -5000, true, true},
		{"same timestamp, newer number", tsOption(100, 0), tsOption(100, 0), 5000, true, true},
		{"same timestamp, older number", tsOption(100, 0), tsOption(100, 0), -5000, true, false},
		{"older timestamp", tsOption(100, 0), tsOption(99, 0), 5000, true, false},
		{"timestamps gone, newer number", tsOption(100, 0), nil, 5000, true, true},
		{"newer number", nil, nil, 3, true, true},
		{"RCV.NXT", nil, nil, 2, true, false},
		{"older number", nil, nil, -1, true, false},
		{"nobody listens", nil, nil, 5000, false, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.opts = row.old
			r.establish(append([]byte{optNOP}, row.old...)...)
			r.pcb.Shutdown(ShutWrite)
			r.tcp.Flush()
			r.send(FIN|ACK, 1, 2)
			if r.pcb.State() != TimeWait {
				t.Fatal(r.pcb.State())
			}
			if row.listen {
				p, _ := r.tcp.NewPCB()
				p.Set(ReuseAddr)
				if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, r.mine), nil); err != nil {
					// The old one was bound without ReuseAddr; its port counts.
					r.pcb.Set(ReuseAddr)
					if err := p.Bind(netip.AddrPortFrom(netip.Addr{}, r.mine), nil); err != nil {
						t.Fatal(err)
					}
				}
				r.l, _ = p.Listen(5, new(door))
			}
			r.take()
			r.opts = row.new
			r.send(SYN, row.seq, 0)
			s := r.take()
			if row.reused != (len(s) == 1 && s[0].flags == SYN|ACK) {
				t.Errorf("sent %v", s)
			}
			if !row.reused && (len(s) != 1 || s[0].flags != ACK || r.pcb.State() != TimeWait) {
				t.Errorf("sent %v, %v", s, r.pcb.State())
			}
			r.end()
		})
	}
}

// Connect takes a tuple over from TIME-WAIT once the peer will see a newer
// timestamp, not before.
//
// RFC 6191 §3.
func TestConnectReusesTimeWait(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(tsOption(5, 0)...)
	r.pcb.Shutdown(ShutWrite)
	r.tcp.Flush()
	r.opts = tsOption(6, 0)
	r.send(FIN|ACK, 1, 2)
	r.pcb.Set(ReuseAddr)
	again := func() error {
		p, _ := r.tcp.NewPCB()
		p.Set(ReuseAddr)
		if err := p.Bind(netip.AddrPortFrom(r.addr, r.mine), nil); err != nil {
			t.Fatal(err)
		}
		err := p.Connect(netip.AddrPortFrom(r.peer, r.port), &owner{})
		if err != nil {
			p.Close()
		}
		return err
	}
	if err := again(); err != ErrInUse {
		t.Errorf("at once: %v", err)
	}
	r.pass(10 * time.Millisecond)
	if err := again(); err != nil {
		t.Errorf("later: %v", err)
	}
	r.end()
}

// Without timestamps nothing tells the incarnations apart.
//
// RFC 6191 §2.
func TestConnectKeepsTimeWait(t *testing.T) {
	r := newRig(t, Config{})
	r.establish()
	r.pcb.Shutdown(ShutWrite)
	r.tcp.Flush()
	r.send(FIN|ACK, 1, 2)
	r.pcb.Set(ReuseAddr)
	r.pass(10 * time.Millisecond)
	if r.pcb.State() != TimeWait {
		t.Fatal(r.pcb.State())
	}
	p, _ := r.tcp.NewPCB()
	p.Set(ReuseAddr)
	if err := p.Bind(netip.AddrPortFrom(r.addr, r.mine), nil); err != nil {
		t.Fatal(err)
	}
	if err := p.Connect(netip.AddrPortFrom(r.peer, r.port), &owner{}); err != ErrInUse {
		t.Errorf("got %v", err)
	}
	p.Close()
	r.end()
}

// The same after a simultaneous close, where our last segment is the ACK of the
// peer's FIN in CLOSING.
func TestConnectAfterSimultaneousClose(t *testing.T) {
	r := newRig(t, Config{})
	r.establish(tsOption(5, 0)...)
	r.pcb.Shutdown(ShutWrite)
	r.tcp.Flush()
	r.pass(10 * time.Millisecond)
	r.opts = tsOption(6, 0)
	r.send(FIN|ACK, 1, 1)
	r.send(ACK, 2, 2)
	if r.pcb.State() != TimeWait || r.pcb.recyclable() {
		t.Errorf("%v, recyclable %v", r.pcb.State(), r.pcb.recyclable())
	}
	r.pass(10 * time.Millisecond)
	if !r.pcb.recyclable() {
		t.Error("not recyclable later")
	}
	r.end()
}

// The oldest TIME-WAIT makes room, at MaxTimeWait and at MaxPCBs.
func TestTimeWaitMakesRoom(t *testing.T) {
	r := newRig(t, Config{MaxTimeWait: 3, MaxPCBs: 8})
	for i := range 6 {
		r.port = uint16(6000 + i)
		r.mine = uint16(100 + i)
		r.enter(TimeWait)
	}
	if n := r.tcp.Count(TimeWait); n != 3 || r.tcp.Stats().TimeWaitFull != 3 {
		t.Fatalf("%d in TIME-WAIT", n)
	}
	var made []*PCB
	for {
		p, err := r.tcp.NewPCB()
		if err != nil {
			if err != ErrNoMemory {
				t.Fatal(err)
			}
			break
		}
		made = append(made, p)
	}
	if len(made) != 8 || r.tcp.Count(TimeWait) != 0 {
		t.Errorf("%d made, %d in TIME-WAIT", len(made), r.tcp.Count(TimeWait))
	}
	for _, p := range made {
		p.Close()
	}
	r.end()
}

// Connections that wait for acceptance fill the backlog, in lwIP's way from the
// SYN on.
func TestBacklog(t *testing.T) {
	r := newRig(t, Config{SynQueue: -1})
	p, _ := r.tcp.NewPCB()
	p.Bind(netip.AddrPortFrom(netip.Addr{}, 80), nil)
	h := &lazyDoor{}
	l, err := p.Listen(2, h)
	if err != nil {
		t.Fatal(err)
	}
	syn := func(port uint16) int {
		r.port = port
		r.send(SYN, 0, 0)
		return len(r.take())
	}
	if syn(1) != 1 || syn(2) != 1 || syn(3) != 0 {
		t.Fatal("backlog of 2 not kept")
	}
	r.port = 1
	r.send(ACK, 1, 1)
	if len(h.got) != 1 || syn(3) != 0 {
		t.Fatal("an established connection that was not accepted counts")
	}
	l.Accepted(h.got[0])
	l.Accepted(h.got[0])
	if syn(3) != 1 || syn(4) != 0 {
		t.Fatal("accepted: one more")
	}
	r.port = 2
	r.send(RST, 1, 0)
	if syn(4) != 1 {
		t.Fatal("a reset one makes room")
	}
	l.SetBacklog(3)
	if syn(5) != 1 || syn(6) != 0 {
		t.Fatal("the backlog grew by one")
	}
	l.Close()
	if s := r.take(); len(s) != 3 || r.tcp.conns.n != 1 || r.tcp.syn.n != 0 {
		t.Errorf("closing: %d RSTs, %d connections left", len(s), r.tcp.conns.n)
	}
	r.end()
}

// lazyDoor accepts but leaves connections on the backlog.
type lazyDoor struct {
	got  []*PCB
	gone error
}

func (d *lazyDoor) Accept(_ *Listener, p *PCB) Handler {
	d.got = append(d.got, p)
	return &owner{pcb: p}
}
func (d *lazyDoor) ListenerClosed(_ *Listener, err error) { d.gone = err }

func TestBindConflicts(t *testing.T) {
	mine := netip.MustParseAddr("10.0.0.1")
	any4, any6 := netip.IPv4Unspecified(), netip.IPv6Unspecified()
	rows := []struct {
		name         string
		a, b         netip.Addr
		ao, bo       Option
		want, listen error // of Bind, and of Listen if that succeeded
	}{
		{"same address", mine, mine, 0, 0, ErrInUse, nil},
		{"any and one", any4, mine, 0, 0, ErrInUse, nil},
		{"one and any", mine, any4, 0, 0, ErrInUse, nil},
		{"any of both families", any4, any6, 0, 0, ErrInUse, nil},
		{"V6Only leaves IPv4", any4, any6, 0, V6Only, nil, nil},
		{"V6Only first", any6, any4, V6Only, 0, nil, nil},
		{"no address at all", netip.Addr{}, any4, 0, 0, ErrInUse, nil},
		{"only one allows reuse", mine, mine, ReuseAddr, 0, ErrInUse, nil},
		{"ReuseAddr, same endpoint", mine, mine, ReuseAddr, ReuseAddr, nil, ErrInUse},
		{"ReuseAddr, other endpoint", any4, mine, ReuseAddr, ReuseAddr, nil, nil},
		{"ReusePort", mine, mine, ReusePort, ReusePort, nil, nil},
		{"one of each", mine, mine, ReusePort, ReuseAddr, ErrInUse, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, Config{})
			a, _ := r.tcp.NewPCB()
			a.Set(row.ao)
			if err := a.Bind(netip.AddrPortFrom(row.a, 80), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Listen(1, new(door)); err != nil {
				t.Fatal(err)
			}
			b, _ := r.tcp.NewPCB()
			b.Set(row.bo)
			err := b.Bind(netip.AddrPortFrom(row.b, 80), nil)
			if err != row.want {
				t.Fatalf("Bind: %v, want %v", err, row.want)
			}
			if err == nil {
				if _, err := b.Listen(1, new(door)); err != row.listen {
					t.Errorf("Listen: %v, want %v", err, row.listen)
				}
			}
			b.Close()
			r.end()
		})
	}
	r := newRig(t, Config{})
	p, _ := r.tcp.NewPCB()
	if err := p.Bind(netip.MustParseAddrPort("10.9.9.9:80"), nil); err != ErrNoAddress {
		t.Errorf("foreign address: %v", err)
	}
	if err := p.Bind(netip.MustParseAddrPort("10.0.0.1:0"), nil); err != nil || p.Local().Port() < ip.FirstEphemeral {
		t.Errorf("port 0: %v, %v", p.Local(), err)
	}
	if err := p.Bind(netip.MustParseAddrPort("10.0.0.1:81"), nil); err != ErrBadState {
		t.Errorf("twice: %v", err)
	}
	p.Close()
	r.end()
}

// Every ephemeral port to one destination can be used, once.
func TestEphemeralPortExhaustion(t *testing.T) {
	r := newRig(t, Config{})
	dst := netip.AddrPortFrom(r.peer, 80)
	const n = ip.LastEphemeral - ip.FirstEphemeral + 1
	for i := range n {
		p, _ := r.tcp.NewPCB()
		if err := p.Connect(dst, &owner{}); err != nil {
			t.Fatal(i, err)
		}
	}
	p, _ := r.tcp.NewPCB()
	if err := p.Connect(dst, &owner{}); err != ErrNoPort {
		t.Errorf("one more: %v", err)
	}
	if err := p.Connect(netip.AddrPortFrom(r.peer, 81), &owner{}); err != nil {
		t.Errorf("to another port: %v", err)
	}
	r.end()
}

// icmp delivers an ICMP error about a segment of ours with the given number.
func (r *rig) icmp(k ip.ErrorKind, seq int, mtu int) {
	q := r.pool.AllocBytes(0, 8)
	h := make([]byte, HeaderLen)
	putHeader(h, r.mine, r.port, r.iss.Add(seq), 0, HeaderLen, 0, 0)
	copy(q.Bytes(), h)
	r.tcp.Error(q, &ip.Error{Kind: k, Src: r.addr, Dst: r.peer, MTU: mtu})
	q.Free()
	r.tcp.Flush()
}

// RFC 9293 §3.9.2.2 (MUST-55, MUST-56), RFC 5461, RFC 5927 §4.
func TestICMPErrors(t *testing.T) {
	for _, s := range []State{SynSent, Established, FinWait1, CloseWait, LastAck} {
		for k := ip.NetUnreachable; k <= ip.ParameterProblem; k++ {
			r := newRig(t, Config{})
			r.enter(s)
			if s == Established || s == CloseWait {
				r.write(10)
			}
			seq := r.pcb.snd.una.Sub(r.iss)
			r.icmp(k, seq-1, 600)
			r.icmp(k, r.pcb.snd.nxt.Sub(r.iss), 600)
			if r.up.soft != nil || r.up.closed != 0 || r.tcp.Stats().BadAck != 2 {
				t.Errorf("%v, kind %d: a number not in flight counts", s, k)
			}
			r.icmp(k, seq, 600)
			hard := k == ip.PortRefused || k == ip.ProtoUnreachable
			if refused := r.up.closed == 1 && r.up.err == ErrRefused; refused != (hard && s == SynSent) {
				t.Errorf("%v, kind %d: closed %v", s, k, r.up.err)
			}
			if soft := r.up.soft != nil; soft != (k != ip.PacketTooBig && r.up.closed == 0) {
				t.Errorf("%v, kind %d: soft error %v", s, k, r.up.soft)
			}
			r.end()
		}
	}
}

// RFC 1191 §6.4: what was too big goes again, smaller; no lower than 576.
func TestPathMTU(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.pcb.Set(NoDelay)
	r.write(3000)
	r.take()
	r.icmp(ip.PacketTooBig, 1, 1000)
	var n int
	for _, e := range r.take() {
		if len(e.data) > 960 {
			t.Errorf("sent %v", e)
		}
		n += len(e.data)
	}
	if n != 2920 || r.pcb.SegmentPayload() != 960 { // the third was small enough
		t.Errorf("%d octets again, MSS %d", n, r.pcb.SegmentPayload())
	}
	r.icmp(ip.PacketTooBig, 1, 68)
	if r.pcb.SegmentPayload() != 536 {
		t.Errorf("MSS %d", r.pcb.SegmentPayload())
	}
	r.icmp(ip.PacketTooBig, 1, 9000)
	if r.pcb.SegmentPayload() != 536 {
		t.Errorf("MSS %d: an error cannot raise it", r.pcb.SegmentPayload())
	}
	r.checkAll()
	r.send(ACK, 1, 3001)
	if r.pcb.sendq.head != nil {
		t.Error("data left")
	}
	r.end()
}

// A FIN ahead of a gap is one segment, however much comes with it: one ACK.
//
// RFC 5681 §4.2.
func TestFINOutOfOrderACK(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.send(ACK|FIN, 101, 1, 10)
	if n := len(r.take()); n != 1 {
		t.Errorf("%d ACKs of a FIN with payload", n)
	}
	r.send(ACK|FIN, 111, 1)
	if n := len(r.take()); n != 1 {
		t.Errorf("%d ACKs of a FIN alone", n)
	}
	r.end()
}

// A router that does not say its MTU is taken to have the next usual one.
//
// RFC 1191 §7.1.
func TestPathMTUPlateau(t *testing.T) {
	r := newRig(t, Config{})
	r.enter(Established)
	r.write(3000)
	for _, want := range []int{1452, 966, 536, 536} {
		r.icmp(ip.PacketTooBig, 1, 0)
		if got := r.pcb.SegmentPayload(); got != want {
			t.Fatalf("MSS %d, want %d", got, want)
		}
	}
	r.end()
}

// lwIP: tcp_netif_ip_addr_changed; ESP-IDF's option keeps the connections.
func TestAddressChange(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := newRig(t, Config{KeepOnAddressChange: keep})
		r.enter(Established)
		r.tcp.onNetif(netif.Event{Kind: netif.Addr4Changed, Ifc: r.ifc, OldAddr: r.addr, NewAddr: netip.MustParseAddr("10.0.0.77")})
		if gone := r.up.err == ErrAddressChanged; gone == keep {
			t.Errorf("keep %v: told %v", keep, r.up.err)
		}
		r.end()
	}
	r := newRig(t, Config{})
	p, _ := r.tcp.NewPCB()
	p.Bind(netip.AddrPortFrom(r.addr, 80), nil)
	h := &lazyDoor{}
	l, _ := p.Listen(1, h)
	r.tcp.onNetif(netif.Event{Kind: netif.Addr4Changed, Ifc: r.ifc, OldAddr: r.addr, NewAddr: r.peer})
	if l.Addr().Addr() != r.peer || h.gone != nil {
		t.Errorf("the listener is on %v", l.Addr())
	}
	r.end()
}

// A segment from another link is not the connection's, and opens none beside it.
func TestOtherInterface(t *testing.T) {
	r := newRig(t, Config{})
	other, err := r.ifs.Add(nullDriver{}, netif.Config{})
	if err != nil {
		t.Fatal(err)
	}
	p, _ := r.tcp.NewPCB()
	if err := p.Bind(netip.AddrPortFrom(r.addr, 80), r.ifc); err != nil {
		t.Fatal(err)
	}
	o := &owner{}
	p.Connect(netip.AddrPortFrom(r.peer, r.port), o)
	r.tcp.Flush()
	r.take()
	b := r.segment(SYN|ACK, 0, 1, 1000, nil, nil)
	buf := r.pool.AllocBytes(0, len(b))
	copy(buf.Bytes(), b)
	r.tcp.Input(buf, &ip.Info{Ifc: other, Src: r.peer, Dst: r.addr, Proto: ip.TCP})
	r.tcp.Flush()
	r.silent()
	if p.State() != SynSent {
		t.Error(p.State())
	}
	r.tcp.interfaceRemoved(r.ifc)
	if !errors.Is(o.err, ErrAddressChanged) {
		t.Error(o.err)
	}
	r.end()
}

// saboteur ends its connection, or another's, inside one of the callbacks.
type saboteur struct {
	owner
	when string
	do   func(p *PCB)
}

func (s *saboteur) at(when string, p *PCB) {
	if s.when == when {
		s.when = ""
		s.do(p)
	}
}
func (s *saboteur) Connected(p *PCB) { s.owner.Connected(p); s.at("Connected", p) }
func (s *saboteur) Received(p *PCB, b *pbuf.Buf) {
	s.at("Received, before reading", p)
	s.owner.Received(p, b)
	s.at("Received", p)
}
func (s *saboteur) PeerClosed(p *PCB)        { s.owner.PeerClosed(p); s.at("PeerClosed", p) }
func (s *saboteur) Sent(p *PCB, n int)       { s.owner.Sent(p, n); s.at("Sent", p) }
func (s *saboteur) Closed(p *PCB, err error) { s.owner.Closed(p, err); s.at("Closed", p) }

type badDoor struct {
	when string
	do   func(l *Listener, p *PCB)
	s    *saboteur
}

func (d *badDoor) Accept(l *Listener, p *PCB) Handler {
	if d.when == "Accept" {
		d.do(l, p)
	} else {
		l.Accepted(p)
	}
	return d.s
}
func (d *badDoor) ListenerClosed(*Listener, error) {}

// Each callback may end the connection, its listener or another connection.
func TestEndInsideCallbacks(t *testing.T) {
	deeds := map[string]func(l *Listener, p *PCB){
		"close":    func(_ *Listener, p *PCB) { p.Close() },
		"abort":    func(_ *Listener, p *PCB) { p.Abort() },
		"both":     func(_ *Listener, p *PCB) { p.Close(); p.Abort(); p.Close() },
		"shutdown": func(_ *Listener, p *PCB) { p.Shutdown(ShutRead | ShutWrite) },
		"listener": func(l *Listener, p *PCB) { l.Close() },
		"all":      func(_ *Listener, p *PCB) { p.t.Close() },
		"write": func(_ *Listener, p *PCB) {
			b := p.t.pool.AllocBytes(0, 5000)
			if p.Write(b, 0) != nil {
				b.Free()
			}
			p.Close()
		},
	}
	for _, when := range []string{"Accept", "Connected", "Received, before reading", "Received", "Sent", "PeerClosed", "Closed"} {
		for name, deed := range deeds {
			for _, side := range []string{"client", "server"} {
				t.Run(when+"/"+name+"/"+side, func(t *testing.T) {
					p := newPair(t, Config{})
					lp, _ := p.b.tcp.NewPCB()
					lp.Bind(netip.AddrPortFrom(netip.Addr{}, 80), nil)
					var l *Listener
					do := func(q *PCB) { deed(l, q) }
					d := &badDoor{do: deed, s: &saboteur{do: do}}
					c := &saboteur{do: do}
					if side == "client" {
						c.when = when
					} else {
						d.when, d.s.when = when, when
					}
					l, _ = lp.Listen(5, d)
					cp, _ := p.a.tcp.NewPCB()
					cp.Connect(addrPort(p.b, 80), c)
					c.pcb = cp
					p.check = true
					p.run(100 * time.Millisecond)
					if len(p.b.tcp.bound) > 0 || p.b.tcp.conns.n > 0 {
						c.write(make([]byte, 20000))
						// Three segments of which the first is lost, so that several
						// are handed over at once.
						lost := false
						p.pass = func(from *host, h Header, _ int) bool {
							if from == p.a && !lost {
								lost = true
								return false
							}
							return true
						}
						p.b.tcp.conns.each(func(q *PCB) { d.s.owner.pcb = q; d.s.write(make([]byte, 20000)) })
						p.run(3 * time.Second)
						cp.Close()
						p.run(3 * time.Second)
						p.b.tcp.conns.each(func(q *PCB) { q.Close() })
					}
					p.run(5 * time.Minute)
					if len(p.a.tcp.ready)+len(p.b.tcp.ready) != 0 {
						t.Error("payload left in the hand-over list")
					}
					if c.closed > 1 || d.s.closed > 1 {
						t.Errorf("Closed called %d and %d times", c.closed, d.s.closed)
					}
					p.end()
				})
			}
		}
	}
}

// Two owners that end each other.
func TestEndOthersInsideCallback(t *testing.T) {
	p := newPair(t, Config{})
	_, d := p.b.listen()
	var all []*saboteur
	for range 5 {
		s := &saboteur{when: "Received"}
		s.do = func(*PCB) {
			for _, o := range all {
				o.owner.pcb.Abort()
			}
		}
		q, _ := p.a.tcp.NewPCB()
		s.owner.pcb = q
		q.Connect(addrPort(p.b, 80), s)
		all = append(all, s)
	}
	p.until(time.Second, func() bool { return len(d.got) == 5 })
	for _, s := range d.got {
		s.write(make([]byte, 3000))
	}
	p.run(time.Second)
	if p.a.tcp.conns.n != 0 {
		t.Errorf("%d left", p.a.tcp.conns.n)
	}
	p.end()
}
