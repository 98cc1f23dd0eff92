package ping

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"github.com/golwip/lwip/sys_arch"
)

// fakeConn is a raw connection whose far end is a function. It runs in a
// synctest bubble, on the bubble's clock.
type fakeConn struct {
	answer func(c *fakeConn, msg []byte, dst net.Addr) error
	in     chan packet

	mu       sync.Mutex
	deadline *time.Timer
	expired  chan struct{}
}

type packet struct {
	b    []byte
	from net.Addr
}

func newFakeConn(answer func(c *fakeConn, msg []byte, dst net.Addr) error) *fakeConn {
	return &fakeConn{answer: answer, in: make(chan packet, 100), expired: make(chan struct{}, 1)}
}

// after delivers b from the address in d.
func (c *fakeConn) after(d time.Duration, b []byte, from net.Addr) {
	time.AfterFunc(d, func() { c.in <- packet{b, from} })
}

func (c *fakeConn) WriteTo(b []byte, dst net.Addr) (int, error) {
	return len(b), c.answer(c, bytes.Clone(b), dst)
}

func (c *fakeConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.mu.Lock()
	expired := c.expired
	c.mu.Unlock()
	select {
	case <-expired:
		return 0, nil, os.ErrDeadlineExceeded
	case p := <-c.in:
		if p.b == nil {
			return 0, nil, net.ErrClosed
		}
		return copy(b, p.b), p.from, nil
	}
}

// SetReadDeadline, unlike a real connection's, does not move the deadline of a
// read that is blocked already, except to the past.
func (c *fakeConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deadline != nil {
		c.deadline.Stop()
	}
	if d := time.Until(t); d > 0 {
		ch := make(chan struct{})
		c.expired = ch
		c.deadline = time.AfterFunc(d, func() { close(ch) })
		return nil
	}
	select {
	case <-c.expired:
	default:
		close(c.expired)
	}
	return nil
}

func (c *fakeConn) Close() error                     { return nil }
func (c *fakeConn) LocalAddr() net.Addr              { return nil }
func (c *fakeConn) SetDeadline(time.Time) error      { panic("unused") }
func (c *fakeConn) SetWriteDeadline(time.Time) error { panic("unused") }

var targets = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}

// judge decodes a request with golang.org/x/net and returns the reply.
func judge(t *testing.T, target netip.Addr, msg []byte) (echo *icmp.Echo, replyBytes []byte) {
	t.Helper()
	proto, req, rep := 1, icmp.Type(ipv4.ICMPTypeEcho), icmp.Type(ipv4.ICMPTypeEchoReply)
	if target.Is6() {
		proto, req, rep = 58, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply
	}
	m, err := icmp.ParseMessage(proto, msg)
	if err != nil || m.Type != req || m.Code != 0 {
		t.Fatalf("not an echo request: %+v, %v", m, err)
	}
	echo = m.Body.(*icmp.Echo)
	if target.Is4() { // x/net computes the checksum that we must have
		want, _ := (&icmp.Message{Type: req, Body: echo}).Marshal(nil)
		if !bytes.Equal(msg, want) {
			t.Fatalf("got % x, want % x", msg, want)
		}
	}
	b, err := (&icmp.Message{Type: rep, Body: echo}).Marshal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return echo, b
}

func run(t *testing.T, c *fakeConn, target netip.Addr, cfg Config) (Profile, error) {
	t.Helper()
	s, err := New(c, sysarch.Real(), target, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s.Run(t.Context())
}

// TestSession is the table of what may happen to a request.
func TestSession(t *testing.T) {
	const ms = time.Millisecond
	tests := []struct {
		name   string
		cfg    Config
		answer func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr)
		want   Profile
	}{
		{
			name: "defaults: five requests, a second apart, 64 bytes",
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {
				c.after(time.Duration(10*e.Seq)*ms, reply, from)
			},
			want: Profile{Seq: 5, Size: 64, Sent: 5, Replies: 5, RTT: 50 * ms, Min: 10 * ms, Avg: 30 * ms, Max: 50 * ms,
				Deviation: 14142136, Duration: 4*time.Second + 50*ms},
		},
		{
			name:   "no reply: each times out, the interval goes on from the request",
			cfg:    Config{Count: 3, Timeout: 2500 * ms, Size: 10},
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {},
			want:   Profile{Seq: 3, Size: 10, Sent: 3, TimedOut: 3, Duration: 7500 * ms},
		},
		{
			name: "a reply after the timeout is late",
			cfg:  Config{Count: 2, Timeout: 100 * ms, Interval: 1000 * ms},
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {
				if e.Seq == 1 {
					c.after(150*ms, reply, from)
				} else {
					c.after(30*ms, reply, from)
				}
			},
			want: Profile{Seq: 2, Size: 64, Sent: 2, Replies: 1, TimedOut: 1, Late: 1, RTT: 30 * ms, Min: 30 * ms,
				Avg: 30 * ms, Max: 30 * ms, Duration: 1030 * ms},
		},
		{
			name: "a second reply is a duplicate",
			cfg:  Config{Count: 2},
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {
				c.after(20*ms, reply, from)
				c.after(25*ms, reply, from)
			},
			want: Profile{Seq: 2, Size: 64, Sent: 2, Replies: 2, Duplicates: 1, RTT: 20 * ms, Min: 20 * ms, Avg: 20 * ms,
				Max: 20 * ms, Duration: 1020 * ms},
		},
		{
			name: "a reply with other bytes is corrupt and answers nothing",
			cfg:  Config{Count: 1},
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {
				bad := bytes.Clone(reply)
				bad[20] ^= 1
				c.after(1*ms, bad, from)
				c.after(2*ms, reply[:len(reply)-1], from)
			},
			want: Profile{Seq: 1, Size: 64, Sent: 1, TimedOut: 1, Corrupt: 2, Duration: 1000 * ms},
		},
		{
			name: "strangers are ignored",
			cfg:  Config{Count: 1},
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {
				other := bytes.Clone(reply)
				binary.BigEndian.PutUint16(other[4:], uint16(e.ID)+1)
				c.after(1*ms, other, from)                                        // another session
				c.after(2*ms, reply, &net.IPAddr{IP: net.ParseIP("203.0.113.9")}) // another host
				c.after(3*ms, reply[:7], from)                                    // too short
				c.after(4*ms, append([]byte{200}, reply[1:]...), from)            // another type
				c.after(5*ms, append([]byte{reply[0], 1}, reply[2:]...), from)    // another code
				c.after(6*ms, nil2empty(nil), from)                               // nothing
			},
			want: Profile{Seq: 1, Size: 64, Sent: 1, TimedOut: 1, Duration: 1000 * ms},
		},
		{
			name: "an empty payload",
			cfg:  Config{Count: 1, Size: Empty},
			answer: func(c *fakeConn, e *icmp.Echo, reply []byte, from net.Addr) {
				c.after(ms, reply, from)
			},
			want: Profile{Seq: 1, Sent: 1, Replies: 1, RTT: ms, Min: ms, Avg: ms, Max: ms, Duration: ms},
		},
	}
	for _, tt := range tests {
		for _, target := range targets {
			t.Run(tt.name+"/"+target.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var replies, timeouts, ends int
					cfg := tt.cfg
					cfg.OnReply = func(r Reply) {
						replies++
						if r.From != target {
							t.Errorf("reply from %v", r.From)
						}
					}
					cfg.OnTimeout = func(uint16) { timeouts++ }
					cfg.OnEnd = func(Profile) { ends++ }
					c := newFakeConn(func(c *fakeConn, msg []byte, dst net.Addr) error {
						e, rep := judge(t, target, msg)
						tt.answer(c, e, rep, dst)
						return nil
					})
					got, err := run(t, c, target, cfg)
					if err != nil {
						t.Fatal(err)
					}
					// Floats round differently: a microsecond will do.
					got.Avg, got.Deviation = got.Avg.Round(time.Microsecond), got.Deviation.Round(time.Microsecond)
					want := tt.want
					want.Target = target
					want.Deviation = want.Deviation.Round(time.Microsecond)
					if got != want {
						t.Errorf("\ngot  %+v\nwant %+v", got, want)
					}
					if replies != want.Replies || timeouts != want.TimedOut || ends != 1 {
						t.Errorf("callbacks: %d replies, %d timeouts, %d ends", replies, timeouts, ends)
					}
				})
			})
		}
	}
}

func nil2empty(b []byte) []byte { return append([]byte{}, b...) }

// quote builds an ICMP error about a request to target (RFC 792, RFC 4443 §3).
func quote(t *testing.T, target netip.Addr, msg []byte) []byte {
	t.Helper()
	var m icmp.Message
	if target.Is4() {
		h := &ipv4.Header{Version: 4, Len: 20, TotalLen: 20 + len(msg), Protocol: 1, Src: net.IPv4zero, Dst: target.AsSlice()}
		hb, err := h.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		m = icmp.Message{Type: ipv4.ICMPTypeDestinationUnreachable, Code: 1, Body: &icmp.DstUnreach{Data: append(hb, msg[:8]...)}}
	} else {
		hb := make([]byte, 40)
		hb[0], hb[6] = 0x60, 58
		copy(hb[24:], target.AsSlice())
		m = icmp.Message{Type: ipv6.ICMPTypeDestinationUnreachable, Code: 3, Body: &icmp.DstUnreach{Data: append(hb, msg...)}}
	}
	b, err := m.Marshal(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUnreachable(t *testing.T) {
	for _, target := range targets {
		t.Run(target.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				router := &net.IPAddr{IP: net.ParseIP("203.0.113.1")}
				c := newFakeConn(func(c *fakeConn, msg []byte, dst net.Addr) error {
					e, _ := judge(t, target, msg)
					switch e.Seq {
					case 1:
						c.after(5*time.Millisecond, quote(t, target, msg), router)
					case 2: // quotes a request to somebody else
						c.after(5*time.Millisecond, quote(t, target.Next(), msg), router)
					}
					return nil
				})
				var got []Unreachable
				p, err := run(t, c, target, Config{Count: 2, OnError: func(u Unreachable) { got = append(got, u) }})
				if err != nil || p.Errors != 1 || p.TimedOut != 1 || p.Duration != 2*time.Second {
					t.Errorf("%+v, %v", p, err)
				}
				if len(got) != 1 || got[0].Seq != 1 || got[0].From != netip.MustParseAddr("203.0.113.1") {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestSendFailureIsCountedAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := newFakeConn(func(c *fakeConn, msg []byte, dst net.Addr) error {
			if n++; n == 1 {
				return errors.New("no route")
			}
			_, rep := judge(t, targets[0], msg)
			c.after(time.Millisecond, rep, dst)
			return nil
		})
		p, err := run(t, c, targets[0], Config{Count: 2})
		if err != nil || p.Sent != 1 || p.SendFailed != 1 || p.Replies != 1 || p.TimedOut != 0 || p.Seq != 2 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// TestEndings: a session that would go on forever ends by Stop, by its context
// and with its connection.
func TestEndings(t *testing.T) {
	silent := func(*fakeConn, []byte, net.Addr) error { return nil }
	t.Run("stop from a callback", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var s *Session
			s, err := New(newFakeConn(silent), sysarch.Real(), targets[0], Config{Count: Forever,
				OnTimeout: func(seq uint16) {
					if seq == 3 {
						s.Stop()
					}
				}})
			if err != nil {
				t.Fatal(err)
			}
			p, err := s.Run(t.Context())
			if err != nil || p.Sent != 3 || p.TimedOut != 3 {
				t.Errorf("%+v, %v", p, err)
			}
			if _, err := s.Run(t.Context()); !errors.Is(err, ErrRunning) {
				t.Errorf("second Run: %v", err)
			}
		})
	})
	t.Run("context during the wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, err := New(newFakeConn(silent), sysarch.Real(), targets[0], Config{Count: Forever})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			p, err := s.Run(ctx)
			if err != nil || p.Sent != 2 || p.TimedOut != 1 || p.Duration != 1500*time.Millisecond {
				t.Errorf("%+v, %v", p, err)
			}
		})
	})
	t.Run("stopped before it starts", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, err := New(newFakeConn(silent), sysarch.Real(), targets[0], Config{Count: Forever})
			if err != nil {
				t.Fatal(err)
			}
			s.Stop()
			if p, err := s.Run(t.Context()); err != nil || p.Duration != 0 {
				t.Errorf("%+v, %v", p, err)
			}
		})
	})
	t.Run("connection closed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newFakeConn(silent)
			c.after(300*time.Millisecond, nil, nil)
			if p, err := run(t, c, targets[0], Config{}); !errors.Is(err, net.ErrClosed) || p.Sent != 1 {
				t.Errorf("%+v, %v", p, err)
			}
		})
	})
}

func TestProfileWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(newFakeConn(func(*fakeConn, []byte, net.Addr) error { return nil }), sysarch.Real(), targets[1], Config{Count: 2})
		if err != nil {
			t.Fatal(err)
		}
		half := make(chan Profile, 1)
		time.AfterFunc(1200*time.Millisecond, func() { half <- s.Profile() })
		if _, err := s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		mid := <-half
		if mid.Sent != 2 || mid.TimedOut != 1 || mid.Duration != 1200*time.Millisecond || mid.Loss() != 1 {
			t.Errorf("got %+v", mid)
		}
	})
}

func TestBadConfig(t *testing.T) {
	for name, c := range map[string]struct {
		target netip.Addr
		cfg    Config
	}{
		"no target": {},
		"count":     {targets[0], Config{Count: -2}},
		"interval":  {targets[0], Config{Interval: -1}},
		"timeout":   {targets[0], Config{Timeout: -1}},
		"size":      {targets[0], Config{Size: maxSize + 1}},
		"negative":  {targets[0], Config{Size: -2}},
	} {
		if _, err := New(nil, nil, c.target, c.cfg); !errors.Is(err, ErrBadConfig) {
			t.Errorf("%s: got %v, want ErrBadConfig", name, err)
		}
	}
}

func TestHeaderNeedsOurConnection(t *testing.T) {
	if _, err := New(&fakeConn{}, sysarch.Real(), targets[0], Config{TTL: 3}); !errors.Is(err, ErrNotOurs) {
		t.Errorf("got %v, want ErrNotOurs", err)
	}
}

func TestZeroAllocPerMessage(t *testing.T) {
	f := family4
	b := make([]byte, 72)
	fill(b[headerLen:])
	if n := testing.AllocsPerRun(100, func() {
		f.putRequest(b, 7, 8)
		if f.parse(b, 7).kind != other {
			t.Fatal("a request is not a reply")
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
