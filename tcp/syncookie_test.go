package tcp

import (
	"net/netip"
	"testing"
	"time"
)

// synOpts is a SYN's options as hosts send them.
func synOpts(mss uint16, sack bool, ts uint32, scale int8) []byte {
	o := synOptions{mss: mss, sackOK: sack, ts: ts != 0, val: ts, scale: scale}
	b := make([]byte, o.len())
	o.put(b)
	return b
}

// tsOpt is a timestamp option.
func tsOpt(val, ecr uint32) []byte {
	b := make([]byte, lenTimestamp)
	putTimestamp(b, val, ecr)
	return b
}

// cookieRig is a rig that answers every SYN with a cookie.
func cookieRig(t *testing.T) (*rig, *lazyDoor) {
	r := newRig(t, Config{Cookies: CookiesAlways})
	_, h := r.listenWith(8, nil)
	return r, h
}

// A cookie brings back what the SYN offered: everything with timestamps, the
// segment size alone without.
//
// RFC 4987 §3.6.
func TestCookie(t *testing.T) {
	for _, c := range []struct {
		name        string
		mss         uint16
		sack        bool
		ts          uint32
		scale       int8
		wantMSS     uint16
		wantScale   uint8
		wantFeature features
	}{
		{"everything", 1460, true, 77777, 7, 1460, 7, useTimestamps | useSACK | useScale},
		{"timestamps alone", 1400, false, 5, -1, 1360, 0, useTimestamps},
		{"scale of zero", 1400, false, 5, 0, 1360, 0, useTimestamps | useScale},
		{"no timestamps", 1460, true, 0, 7, 1460, 0, 0},
		{"no MSS", 0, false, 0, -1, 536, 0, 0},
		{"small", 100, false, 0, -1, 64, 0, 0},
		{"jumbo beyond our link", 9000, false, 0, -1, 1460, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, h := cookieRig(t)
			opts := synOpts(c.mss, c.sack, c.ts, c.scale)
			if c.mss == 0 {
				opts = nil
			}
			r.deliver(r.segment(SYN, 0, 0, 60000, opts, nil))
			s := r.take()
			if len(s) != 1 || s[0].flags != SYN|ACK || s[0].ack != 1 || r.tcp.Count(SynReceived) != 0 {
				t.Fatalf("sent %v, %d half-open", s, r.tcp.Count(SynReceived))
			}
			r.iss = r.iss.Add(s[0].seq)
			if c.ts != 0 {
				now := uint32(r.now/1e6) + r.tcp.timestampOffset(&tuple{local: r.addr, remote: r.peer, lport: 80, rport: r.port})
				if d := now - s[0].opt.tsval; d > 127 {
					t.Errorf("timestamp %d before its time", d)
				}
				r.opts = tsOpt(c.ts+1, s[0].opt.tsval)
			}
			r.pass(time.Second)
			r.send(ACK, 1, 1, 'x')
			if len(h.got) != 1 {
				t.Fatal("not accepted")
			}
			p := h.got[0]
			if p.State() != Established || p.features != c.wantFeature || p.snd.mss != c.wantMSS || p.snd.scale != c.wantScale || p.rcv.nxt != r.irs.Add(2) {
				t.Errorf("%v, features %b, MSS %d, scale %d", p.State(), p.features, p.snd.mss, p.snd.scale)
			}
			if p.Info().RTT != 0 {
				t.Error("a round trip was taken from a timestamp that carries options")
			}
			if s := r.tcp.Stats(); s.CookiesSent != 1 || s.CookiesTaken != 1 || s.CookiesBad != 0 || s.PassiveOpens != 1 {
				t.Errorf("%+v", s)
			}
			r.end()
		})
	}
}

// A cookie is good for its own tuple and sequence number, unchanged, and for one
// to two epochs.
func TestCookieForged(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(r *rig)
		good bool
	}{
		{"untouched", func(*rig) {}, true},
		{"at the end of the next epoch", func(r *rig) { r.pass(126 * time.Second) }, true},
		{"another port", func(r *rig) { r.port++ }, false},
		{"another address", func(r *rig) { r.peer = netip.MustParseAddr("10.0.0.3") }, false},
		{"another sequence number", func(r *rig) { r.irs++ }, false},
		{"another segment size", func(r *rig) { r.iss ^= 1 }, false},
		{"another epoch", func(r *rig) { r.iss ^= 8 }, false},
		{"another MAC", func(r *rig) { r.iss ^= 1 << 20 }, false},
		{"other options", func(r *rig) { r.opts[len(r.opts)-1] ^= cookieSACK }, false},
		{"no timestamp", func(r *rig) { r.opts = nil }, false},
		{"too late", func(r *rig) { r.pass(128 * time.Second) }, false},
		{"much too late", func(r *rig) { r.pass(time.Hour) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, h := cookieRig(t)
			r.deliver(r.segment(SYN, 0, 0, 60000, synOpts(1460, true, 9, 7), nil))
			s := r.take()
			r.iss = r.iss.Add(s[0].seq)
			r.opts = tsOpt(10, s[0].opt.tsval)
			c.do(r)
			r.send(ACK, 1, 1)
			if got := len(h.got) == 1; got != c.good {
				t.Errorf("accepted: %v", got)
			}
			if s := r.take(); (len(s) == 1 && s[0].flags == RST) == c.good {
				t.Errorf("sent %v", s)
			}
			r.end()
		})
	}
}

// Secrets change with each epoch, and no cookie is looked for unless one is out.
func TestCookieSecrets(t *testing.T) {
	r, _ := cookieRig(t)
	r.send(ACK, 1, 1)
	r.expect(RST, 1, 0, 0)
	if r.tcp.Stats().CookiesBad != 0 {
		t.Error("a cookie was looked for though none is out")
	}
	seen := map[[2]uint64]bool{}
	for range 5 {
		r.send(SYN, 0, 0)
		key, ok := r.tcp.cookieSecret(r.tcp.nowEpoch())
		if !ok || seen[key] {
			t.Fatal("no secret, or an old one")
		}
		seen[key] = true
		r.pass(cookieEpoch)
	}
	r.take()
	r.end()
}

// A full accept queue leaves the cookie unused; it is good for a later ACK.
func TestCookieAcceptQueueFull(t *testing.T) {
	r := newRig(t, Config{Cookies: CookiesAlways})
	l, h := r.listenWith(1, nil)
	isn := map[uint16]Seq{}
	for port := uint16(1); port <= 2; port++ {
		r.port = port
		r.send(SYN, 0, 0)
		isn[port] = r.iss.Add(r.take()[0].seq)
	}
	for port := uint16(1); port <= 2; port++ {
		r.port, r.iss = port, isn[port]
		r.send(ACK, 1, 1)
	}
	r.silent()
	if len(h.got) != 1 || r.tcp.Stats().AcceptFull != 1 {
		t.Fatal("the accept queue is not kept")
	}
	l.Accepted(h.got[0])
	r.send(ACK, 1, 1, 'x')
	if len(h.got) != 2 {
		t.Error("the cookie was spent")
	}
	r.end()
}
