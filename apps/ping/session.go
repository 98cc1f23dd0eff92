package ping

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/golwip/lwip/raw"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// Session sends echo requests to one target.
//
// ESP-IDF: esp_ping_handle_t.
type Session struct {
	conn   net.PacketConn
	clock  sysarch.Clock
	target netip.Addr
	dst    net.Addr
	cfg    Config
	family family
	out    []byte // the request
	in     []byte

	stopped context.Context
	stop    context.CancelFunc

	mu      sync.Mutex // guards what follows
	ran     bool
	profile Profile
	rtts    rtts
	started timers.Time
	ended   bool
}

// New returns a session with target over conn, which listens on
// Network(target) and gives ICMP messages without an IP header, as net.IPConn
// does. clock is the stack's; the deadlines of conn are on its calendar. The
// caller closes conn after the session's end, and leaves its read deadline to
// the session until then.
//
// ESP-IDF: esp_ping_new_session.
func New(conn net.PacketConn, clock sysarch.Clock, target netip.Addr, cfg Config) (*Session, error) {
	target = target.Unmap()
	cfg, err := cfg.withDefaults(target)
	if err != nil {
		return nil, err
	}
	if cfg.ID == 0 {
		cfg.ID = uint16(1 + rand.N(65535))
	}
	if cfg.TTL != 0 || cfg.TOS != 0 {
		if err := setHeader(conn, cfg.TTL, cfg.TOS); err != nil {
			return nil, err
		}
	}
	s := &Session{
		conn: conn, clock: clock, target: target, cfg: cfg, family: familyOf(target),
		dst:     &net.IPAddr{IP: target.AsSlice(), Zone: target.Zone()},
		out:     make([]byte, headerLen+cfg.Size),
		in:      make([]byte, 65536),
		profile: Profile{Target: target, Size: cfg.Size},
	}
	fill(s.out[headerLen:])
	s.stopped, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// setHeader sets what requests have in their IP header; zero leaves a default.
func setHeader(conn net.PacketConn, ttl, tos uint8) error {
	c, ok := conn.(interface{ Control(func(*raw.PCB)) error })
	if !ok {
		return ErrNotOurs
	}
	return c.Control(func(p *raw.PCB) {
		if ttl != 0 {
			p.SetTTL(ttl)
			p.SetMulticastTTL(ttl)
		}
		if tos != 0 {
			p.SetTOS(tos)
		}
	})
}

// Run sends the requests and waits for the replies. It blocks, and returns when
// all are answered or timed out, when ctx is done or Stop is called, or when
// the connection fails; only the last is an error. Callbacks run within it.
//
// ESP-IDF: esp_ping_start.
func (s *Session) Run(ctx context.Context) (Profile, error) {
	s.mu.Lock()
	if s.ran {
		s.mu.Unlock()
		return s.Profile(), ErrRunning
	}
	s.ran = true
	s.started = s.clock.Now()
	s.mu.Unlock()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()
	// A deadline in the past wakes the reader; see wait.
	defer context.AfterFunc(ctx, func() { s.conn.SetReadDeadline(time.Unix(1, 0)) })()

	err := s.exchange(ctx)
	s.mu.Lock()
	s.profile.Duration = s.clock.Now().Sub(s.started)
	s.ended = true
	p := s.profile
	s.mu.Unlock()
	if s.cfg.OnEnd != nil {
		s.cfg.OnEnd(p)
	}
	return p, err
}

// Stop ends Run soon. It may be called from a callback.
//
// ESP-IDF: esp_ping_stop.
func (s *Session) Stop() { s.stop() }

// Profile returns what the session has done so far.
func (s *Session) Profile() Profile {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.profile
	if s.ran && !s.ended {
		p.Duration = s.clock.Now().Sub(s.started)
	}
	return p
}

// phase is how a request stands while wait reads.
type phase uint8

const (
	pending phase = iota // no answer yet
	replied              // the reply came
	givenUp              // timed out, failed or never sent
)

// request is the latest request.
type request struct {
	seq   uint16
	sent  timers.Time
	phase phase
}

// exchange is the session: send, wait for the reply, wait out the interval.
func (s *Session) exchange(ctx context.Context) error {
	for n := 1; !s.over(ctx) && (s.cfg.Count == Forever || n <= s.cfg.Count); n++ {
		seq := uint16(n)
		req := request{seq: seq, sent: s.clock.Now()}
		switch err := s.send(seq); {
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			req.phase = givenUp
		default:
			if err := s.wait(ctx, &req, req.sent.Add(s.cfg.Timeout)); err != nil || s.over(ctx) {
				return err
			}
		}
		if req.phase == pending {
			req.phase = givenUp
			s.count(func(p *Profile) { p.TimedOut++ })
			if s.cfg.OnTimeout != nil {
				s.cfg.OnTimeout(seq)
			}
		}
		if n == s.cfg.Count {
			return nil
		}
		if err := s.wait(ctx, &req, req.sent.Add(s.cfg.Interval)); err != nil || s.over(ctx) {
			return err
		}
	}
	return nil
}

// over reports whether the session is to end. Stop counts at once, before ctx
// hears of it.
func (s *Session) over(ctx context.Context) bool {
	return ctx.Err() != nil || s.stopped.Err() != nil
}

// send sends request seq. A request that the stack cannot send, for want of a
// route or memory, is counted and the session goes on.
func (s *Session) send(seq uint16) error {
	s.family.putRequest(s.out, s.cfg.ID, seq)
	_, err := s.conn.WriteTo(s.out, s.dst)
	s.count(func(p *Profile) {
		p.Seq = seq
		if err != nil {
			p.SendFailed++
		} else {
			p.Sent++
		}
	})
	return err
}

// wait reads messages until the deadline or until a pending request is answered,
// by a reply or an ICMP error; of one that is not pending it counts the stray
// replies.
func (s *Session) wait(ctx context.Context, req *request, deadline timers.Time) error {
	wasPending := req.phase == pending
	if err := s.conn.SetReadDeadline(s.clock.Wall(deadline)); err != nil {
		return err
	}
	// If ctx ended before the line above, its deadline was overwritten.
	for !s.over(ctx) && (req.phase == pending || !wasPending) {
		n, from, err := s.conn.ReadFrom(s.in)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		switch m := s.family.parse(s.in[:n], s.cfg.ID); m.kind {
		case reply:
			s.takeReply(m, addrOf(from), req)
		case failure:
			s.takeFailure(m, addrOf(from), req)
		case other:
		}
	}
	return nil
}

// takeReply counts a reply with our identifier; it may answer req.
func (s *Session) takeReply(m message, from netip.Addr, req *request) {
	var count func(*Profile)
	switch {
	case from.WithZone("") != s.target.WithZone("") && !s.target.IsMulticast():
		return
	case !bytes.Equal(m.payload, s.out[headerLen:]):
		count = func(p *Profile) { p.Corrupt++ }
	case m.seq != req.seq || req.phase == givenUp:
		count = func(p *Profile) { p.Late++ }
	case req.phase == replied:
		count = func(p *Profile) { p.Duplicates++ }
	default:
		rtt := s.clock.Now().Sub(req.sent)
		req.phase = replied
		s.count(func(p *Profile) {
			p.Replies++
			s.rtts.add(p, rtt)
		})
		if s.cfg.OnReply != nil {
			s.cfg.OnReply(Reply{From: from, Seq: m.seq, Size: len(m.payload), RTT: rtt})
		}
		return
	}
	s.count(count)
}

// takeFailure ends the wait for a pending request that an ICMP error quotes.
func (s *Session) takeFailure(m message, from netip.Addr, req *request) {
	if m.quotedDst != s.target.WithZone("") || m.seq != req.seq || req.phase != pending {
		return
	}
	req.phase = givenUp
	s.count(func(p *Profile) { p.Errors++ })
	if s.cfg.OnError != nil {
		s.cfg.OnError(Unreachable{From: from, Seq: m.seq, Type: m.typ, Code: m.code})
	}
}

// count changes the profile.
func (s *Session) count(f func(*Profile)) {
	s.mu.Lock()
	f(&s.profile)
	s.mu.Unlock()
}

// addrOf returns the address of a raw connection's peer.
func addrOf(a net.Addr) netip.Addr {
	if ip, ok := a.(*net.IPAddr); ok {
		addr, _ := netip.AddrFromSlice(ip.IP)
		return addr.Unmap().WithZone(ip.Zone)
	}
	return netip.Addr{}
}
