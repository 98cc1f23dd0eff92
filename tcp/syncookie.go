package tcp

import (
	"time"

	"github.com/golwip/lwip/internal/siphash"
	"github.com/golwip/lwip/ip"
)

// CookiePolicy says when a listener answers SYNs without remembering them.
type CookiePolicy uint8

const (
	// CookiesUnderPressure: when as many connections are half-open as may be.
	CookiesUnderPressure CookiePolicy = iota
	// CookiesNever: SYNs beyond that are dropped.
	CookiesNever
	// CookiesAlways: every SYN, for tests and for hosts under constant attack.
	CookiesAlways
)

// A cookie is our initial sequence number, made such that the peer's ACK brings
// back all that we must know:
//
//	 31                                             4  3  2  0
//	┌──────────────────────────────────────────────┬──┬──────┐
//	│ MAC of tuple, IRS, epoch, MSS, options       │ e│ MSS  │  bits 3–0 masked by the MAC's
//	└──────────────────────────────────────────────┴──┴──────┘
//
// e is the epoch's last bit: a cookie is good in the epoch in which it was made and
// in the next. Each epoch has a secret of its own. Window scale, SACK-permitted
// and ECN travel in the low bits of our timestamp; a peer without timestamps has
// none of them.
//
// RFC 4987 §3.6.
type synCookies struct {
	secret  [2]siphash.Key // by the epoch's last bit
	epoch   [2]uint64      // of the secret
	scratch halfOpen
}

// cookieEpoch is how long a secret makes cookies. They are good for one to two
// epochs: a peer answers within seconds, and a guess has no longer to live.
const cookieEpoch = 64 * time.Second

// cookieMSS are the segment sizes that a cookie can tell. RFC 4987 §3.6: the
// largest that does not exceed the peer's.
var cookieMSS = [8]uint16{minMSS, 536, 1024, 1220, 1360, 1440, 1460, 8940}

// Low bits of the timestamp that comes with a cookie.
const (
	cookieScale   = 0xf // 15: no window scale
	cookieSACK    = 1 << 4
	cookieECN     = 1 << 5
	cookieOptions = 1<<6 - 1
	cookieNoScale = cookieScale
)

// cookieSecret returns the secret of an epoch, or false if there is none, or not
// any more.
func (t *Protocol) cookieSecret(epoch uint64) (siphash.Key, bool) {
	c := &t.cookies
	return c.secret[epoch&1], c.epoch[epoch&1] == epoch && c.secret[epoch&1] != siphash.Key{}
}

// nowEpoch returns the epoch, and sees to it that it has a secret.
func (t *Protocol) nowEpoch() uint64 {
	c := &t.cookies
	e := uint64(t.q.Now()) / uint64(cookieEpoch)
	if _, ok := t.cookieSecret(e); !ok {
		c.secret[e&1] = siphash.Key{t.rand.Uint64() | 1, t.rand.Uint64()}
		c.epoch[e&1] = e
	}
	return e
}

// cookieMAC authenticates what a cookie tells.
func cookieMAC(key siphash.Key, id *tuple, irs Seq, epoch uint64, mss, options uint32) uint32 {
	h := id.hasher(key)
	h.Word(uint64(irs)<<32 | uint64(options)<<8 | uint64(mss))
	h.Word(epoch)
	return uint32(h.Sum())
}

// noCookieOptions stands for a cookie without timestamp.
const noCookieOptions = 1 << 6

// sendCookie answers the SYN seg for l with a cookie.
func (t *Protocol) sendCookie(l *Listener, seg *Segment, info *ip.Info, id *tuple) {
	h := &t.cookies.scratch
	*h = t.newHalfOpen(l, seg, info, id)
	options := uint32(noCookieOptions)
	if h.options&hasTimestamp != 0 && !t.cfg.NoTimestamps {
		options = h.cookieOptions()
		h.tsOffset = cookieStamp(uint32(t.q.Now()/1e6)+h.tsOffset, options) - uint32(t.q.Now()/1e6)
	} else {
		h.options &= hasMSS
		h.flags = 0
	}
	peer := uint16(defaultMSS4)
	if id.remote.Is6() {
		peer = defaultMSS6
	}
	if h.options&hasMSS != 0 {
		peer = max(h.mss, minMSS)
	}
	i := uint32(len(cookieMSS) - 1)
	for i > 0 && cookieMSS[i] > peer {
		i--
	}
	epoch := t.nowEpoch()
	key, _ := t.cookieSecret(epoch)
	mac := cookieMAC(key, id, h.irs, epoch, i, options)
	h.iss = Seq(mac&^15 | (uint32(epoch&1)<<3 | i) ^ t.cookieMask(id))
	l.cookies = t.q.Now()
	t.stats.CookiesSent++
	t.sendSYNACK(h)
}

// cookieMask hides the bits of a cookie that are not part of the MAC.
func (t *Protocol) cookieMask(id *tuple) uint32 { return uint32(id.prf(t.isnKey)) & 15 }

// cookieOptions packs the options of a SYN.
func (h *halfOpen) cookieOptions() uint32 {
	o := uint32(cookieNoScale)
	if h.options&hasScale != 0 {
		o = uint32(h.scale)
	}
	if h.options&hasSACKOK != 0 {
		o |= cookieSACK
	}
	if h.flags&(ECE|CWR) == ECE|CWR {
		o |= cookieECN
	}
	return o
}

// cookieStamp returns the latest timestamp, not after now, that tells options.
func cookieStamp(now, options uint32) uint32 {
	ts := now&^cookieOptions | options
	if ts > now {
		ts -= cookieOptions + 1
	}
	return ts
}

// cookieArrives takes a segment for l that may bring a cookie back, and reports
// whether it did. It was then the last of a handshake, and there is a connection
// unless the accept queue is full or memory short; the peer then sends again.
//
// Cookies are looked for only in the time in which they are good after the last
// one was made, so that nobody can try them out at other times.
func (t *Protocol) cookieArrives(l *Listener, seg *Segment, info *ip.Info, id *tuple) bool {
	if l.cookies == 0 || t.q.Now().Sub(l.cookies) > 2*cookieEpoch {
		return false
	}
	h, ok := t.openCookie(l, seg, info, id)
	if !ok {
		t.stats.CookiesBad++
		return false
	}
	if l.full() {
		t.stats.AcceptFull++
		return true
	}
	p, err := t.newPCB(l.prio)
	if err != nil {
		return true
	}
	t.stats.CookiesTaken++
	t.stats.PassiveOpens++
	seg.opt.tsecr = 0 // its low bits are no time
	t.adopt(p, &h, seg)
	return true
}

// openCookie checks the cookie that seg acknowledges, and returns what it tells.
func (t *Protocol) openCookie(l *Listener, seg *Segment, info *ip.Info, id *tuple) (h halfOpen, ok bool) {
	iss, irs := seg.Ack.Add(-1), seg.Seq.Add(-1)
	low := uint32(iss)&15 ^ t.cookieMask(id)
	epoch := t.nowEpoch()
	if epoch&1 != uint64(low>>3) {
		epoch--
	}
	options := uint32(noCookieOptions)
	if seg.opt.has(hasTimestamp) && !t.cfg.NoTimestamps {
		options = seg.opt.tsecr & cookieOptions
	}
	key, ok := t.cookieSecret(epoch)
	if !ok || cookieMAC(key, id, irs, epoch, low&7, options)&^15 != uint32(iss)&^15 {
		return h, false
	}
	syn := Segment{Seq: irs, Wnd: seg.Wnd, Flags: SYN}
	syn.opt = unpackOptions(options, cookieMSS[low&7], seg.opt.tsval)
	if options != noCookieOptions && options&cookieECN != 0 {
		syn.Flags |= ECE | CWR
	}
	h = t.newHalfOpen(l, &syn, info, id)
	h.iss, h.tries, h.again = iss, 1, true
	return h, true
}

// unpackOptions returns the options of the SYN that a cookie was made for.
func unpackOptions(packed uint32, mss uint16, tsval uint32) options {
	o := options{set: hasMSS, mss: mss}
	if packed == noCookieOptions {
		return o
	}
	o.set |= hasTimestamp
	o.tsval = tsval
	if s := packed & cookieScale; s != cookieNoScale {
		o.set |= hasScale
		o.scale = uint8(s)
	}
	if packed&cookieSACK != 0 {
		o.set |= hasSACKOK
	}
	return o
}
