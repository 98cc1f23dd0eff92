package drill

import (
	"fmt"
	"time"
)

// resolve puts in what --define says for the cookies of a packet.
func (r *runner) resolve(k *Packet) error {
	for i := range k.TCP.Options {
		o := &k.TCP.Options[i]
		if !o.defined() {
			continue
		}
		name := string(o.Data[1:])
		value, ok := r.cfg.defines[name]
		if !ok {
			return r.failf("%s is not defined", name)
		}
		p := &parser{lex: lexer{name: r.script.File, src: value, line: r.line}}
		data, err := parseHex(p)
		if err != nil {
			return r.failf("%s is not a cookie: %s", name, value)
		}
		options := append([]TCPOption(nil), k.TCP.Options...)
		options[i].Data = data
		k.TCP.Options = options
		if n := optionsLen(options); n%4 != 0 || n > 40 {
			return r.failf("TCP options are %d bytes, which is no multiple of 4 up to 40", n)
		}
	}
	return nil
}

// parseHex reads the value of a definition.
func parseHex(p *parser) (b []byte, err error) {
	defer func() {
		if f, ok := recover().(failure); ok {
			err = f.err
		}
	}()
	p.advance()
	return p.hexBytes(16), nil
}

// outboundEvent waits for a packet and compares it. Where a script expects more
// in one segment than the stack puts in one, as a host with segmentation offload
// shows it, the parts are taken one after the other, unless --strict_segments.
func (r *runner) outboundEvent(e *Event, lo, hi time.Duration) error {
	want := *e.Packet
	if err := r.resolve(&want); err != nil {
		return err
	}
	limit := hi + max(maxWait, r.cfg.tolerance)
	if e.Time.Kind == Wildcard {
		limit = r.now() + maxWildcard
	}
	for {
		got, at, err := r.nextOutbound(limit)
		if err != nil {
			return err
		}
		if got == nil {
			f := r.failf("error handling packet: timed out waiting for packet")
			f.Script = r.show(hi, &want)
			return f
		}
		r.res.Packets++
		rest, err := r.compare(&want, got, at, e, lo, hi, want.TCP.Len < e.Packet.TCP.Len)
		if err != nil || rest == nil {
			if e.Time.Kind != Absolute && e.Time.Kind != Relative {
				r.base = at
			}
			return err
		}
		want = *rest
	}
}

// show formats a packet with a script time, as packetdrill prints it.
func (r *runner) show(at time.Duration, k *Packet) string { return stamp(at) + " " + k.String() }

// nextOutbound returns the next packet that the stack sends and its script time;
// nil if none comes by limit.
func (r *runner) nextOutbound(limit time.Duration) (*decoded, time.Duration, error) {
	for {
		for len(r.link.sent) > 0 {
			p := r.link.sent[0]
			r.link.sent = r.link.sent[1:]
			d, err := r.parts.decode(p.b)
			if err != nil {
				return nil, 0, r.failf("error handling packet: the stack sent a packet that cannot be read: %v", err)
			}
			if d != nil {
				return d, p.at.Sub(r.zero), nil
			}
		}
		if !r.step(r.live(limit)) {
			return nil, 0, nil
		}
		if err := r.poll(); err != nil {
			return nil, 0, err
		}
	}
}

// compare compares a packet with what the script expects. It returns what is
// left to expect if the packet is the beginning of it. The last of several parts
// may lack the PSH that a host sets on what it hands to its hardware.
func (r *runner) compare(want *Packet, got *decoded, at time.Duration, e *Event, lo, hi time.Duration, last bool) (rest *Packet, err error) {
	f := r.outboundFlow(want, got)
	live := got.Packet
	expected := *want
	if got.Proto == TCP {
		f.learn(&want.TCP, &live.TCP)
		live.TCP.Options = append([]TCPOption(nil), live.TCP.Options...)
		f.toScript(&live.TCP)
		expected.TCP = f.absolute(expected.TCP)
	}
	if q := live.ICMP.Quote; q != nil && q.Proto == TCP {
		live.ICMP.Quote = q
	}
	fail := func(err error) error {
		x := r.failf("%v", err)
		shown := live
		if want.Src.Port < 0 {
			shown.Src.Port = -1
		}
		x.Script, x.Actual = r.show(hi, want), r.show(at, &shown)
		return x
	}
	if got.bad != "" {
		return nil, fail(fmt.Errorf("error handling packet: bad %s", got.bad))
	}
	if s, a := &expected.TCP, &live.TCP; !r.cfg.strict && want.Proto == TCP && got.Proto == TCP &&
		s.Seq.Given && a.Len > 0 && s.Len > a.Len && s.Seq.Value == a.Seq.Value && a.Flags&(FIN|SYN|RST) == 0 {
		part := *want
		part.TCP.Seq.Value += uint32(a.Len)
		part.TCP.Len -= a.Len
		rest = &part
		s.Len = a.Len
		s.Flags = s.Flags&^(PSH|FIN) | a.Flags&PSH
	} else if last && got.Proto == TCP {
		s.Flags &= a.Flags | ^PSH
	}
	if err := match(&expected, &live, f); err != nil {
		return nil, fail(fmt.Errorf("error handling packet: %w", err))
	}
	if err := r.content(f, got, &live); err != nil {
		return nil, fail(fmt.Errorf("error handling packet: %w", err))
	}
	if err := r.stampCheck(f, want, &live); err != nil {
		return nil, fail(err)
	}
	if err := r.onTime("outbound packet", e.Time.Kind, lo, hi, at); err != nil {
		return nil, fail(err)
	}
	return rest, nil
}

// absolute returns the segment with numbers that a script gave as on the wire
// translated as those that the stack sends are.
func (f *flow) absolute(s Segment) Segment {
	if s.Seq.Absolute {
		s.Seq.Value -= f.offset()
	}
	return s
}

// content compares the payload with what was written.
func (r *runner) content(f *flow, got *decoded, live *Packet) error {
	if got.Proto != TCP || !f.known || len(got.payload) == 0 {
		return nil
	}
	off := int(got.TCP.Seq.Value - f.liveISN - 1)
	if got.TCP.Flags&SYN != 0 {
		off = 0
	}
	for i, b := range got.payload {
		// A keep-alive probe may carry an octet from before the window.
		if k := off + i; k >= 0 && k < len(f.sent) && f.sent[k] != b {
			return fmt.Errorf("live packet payload: byte %d of the stream is 0x%02x, but 0x%02x was written", k, b, f.sent[k])
		}
	}
	return nil
}

// stampCheck compares the value of a timestamp if --tcp_ts_tick_usecs says how
// long a tick is.
func (r *runner) stampCheck(f *flow, want, live *Packet) error {
	s, a := want.TCP.option(optTS), live.TCP.option(optTS)
	if r.cfg.tick == 0 || s == nil || a == nil || !s.Val.Given {
		return nil
	}
	diff := int64(int32(a.Val.Value - s.Val.Value))
	if time.Duration(max(diff, -diff))*r.cfg.tick > r.cfg.tolerance {
		return fmt.Errorf("bad outbound TCP timestamp value, tolerance %d: expected %d vs actual %d", r.cfg.tolerance.Microseconds(), s.Val.Value, a.Val.Value)
	}
	return nil
}

// onTime checks a script time against the one that is expected.
func (r *runner) onTime(what string, kind TimeKind, lo, hi, at time.Duration) error {
	if kind == Wildcard || kind == Untimed {
		return nil
	}
	tolerance := max(r.cfg.tolerance, time.Duration(float64(max(hi-r.base, 0))*r.cfg.percent/100))
	if at >= lo-tolerance && at <= hi+tolerance {
		return nil
	}
	if kind == AbsoluteRange || kind == RelativeRange {
		return fmt.Errorf("timing error: expected %s in time range %.6f~%.6f sec but happened at %.6f sec; tolerance %.6f sec",
			what, lo.Seconds(), hi.Seconds(), at.Seconds(), tolerance.Seconds())
	}
	return fmt.Errorf("timing error: expected %s at %.6f sec but happened at %.6f sec; tolerance %.6f sec",
		what, lo.Seconds(), at.Seconds(), tolerance.Seconds())
}
