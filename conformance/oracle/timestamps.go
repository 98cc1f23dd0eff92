package oracle

import "time"

var timestampRules = []Rule{
	{ID: "ts-missing", Title: "no timestamp although agreed on", Section: "RFC 7323 §3.2", Severity: Error},
	{ID: "ts-unasked", Title: "a timestamp that was not agreed on", Section: "RFC 7323 §3.2", Severity: Error},
	{ID: "ts-back", Title: "the timestamp clock goes back", Section: "RFC 7323 §5.3 (a), §5.4", Severity: Error, Vantage: AtHost},
	{ID: "ts-echo", Title: "echoes a timestamp that was never sent", Section: "RFC 7323 §3.2, §4.3", Severity: Error},
	{ID: "ts-rate", Title: "the timestamp clock is not between 1 ms and 1 s a tick", Section: "RFC 7323 §5.4", Severity: Warning},
}

// clock is a host's timestamp clock, unwrapped.
type clock struct {
	ticking  bool
	firstTS  int64
	lastTS   int64
	lastTSAt time.Duration
	lastTSNo int
	lastRaw  uint32
	step     int64 // from the timestamp before to the last
	// Where the measurement of its rate begins, behind the SYNs.
	rateTS int64
	rateAt time.Duration
	timed  bool
	rated  bool
}

// Bounds on the timestamp clock. A rate is told from enough time and ticks.
const (
	tsRateTime = 5 * time.Second
	tsFastest  = 1200.0 // per second
	tsSlowest  = 0.8
	// tsHeld is how long a packet may have waited after it got its timestamp, as
	// a SYN does until the neighbour's address is known.
	tsHeld = 2 * time.Second
	// tsAhead is by how many ticks an echo may be ahead of the newest timestamp
	// captured besides what its clock may have run: the capture may lack some.
	tsAhead = 1000
)

// checkTimestamps judges the Timestamps option.
func (f *flow) checkTimestamps(s *segment) {
	x, y := s.x, s.y
	o := &s.Options
	if s.Flags.Has(RST) || !o.Whole && !o.Timestamps {
		return
	}
	if x.agreed() && !s.Flags.Has(SYN) && o.Malformed == "" {
		agreed := x.syn.Timestamps && y.syn.Timestamps
		switch {
		case agreed && !o.Timestamps:
			f.find(x, "ts-missing", s.Packet, nil, "the SYNs agree on timestamps")
		case !agreed && o.Timestamps:
			f.find(x, "ts-unasked", s.Packet, nil, "the SYNs do not agree on timestamps")
		}
	}
	if !o.Timestamps {
		return
	}
	f.checkEcho(s)
	c := &x.clock
	if !c.ticking {
		*c = clock{ticking: true, firstTS: 1 << 32, lastTS: 1 << 32, lastTSAt: s.At, lastTSNo: s.Number, lastRaw: o.TSval}
		return
	}
	ts := c.lastTS + int64(int32(o.TSval-c.lastRaw))
	if ts < c.lastTS {
		most := int64((f.j.opts.Slack + raceLimit).Seconds() * tsFastest)
		if s.hi <= x.nxt && (!s.Flags.Has(ACK) || s.ack <= x.ack) || c.lastTS-ts <= most {
			// Nothing in it is new, or it is hardly older: it was overtaken on the
			// way.
			x.upstream = true
			c.firstTS = min(c.firstTS, ts)
			return
		}
		f.find(x, "ts-back", s.Packet, []int{c.lastTSNo}, "its timestamp is %d less than the one before", c.lastTS-ts)
		return
	}
	c.step = ts - c.lastTS
	c.lastTS, c.lastTSAt, c.lastTSNo, c.lastRaw = ts, s.At, s.Number, o.TSval
	f.checkRate(s)
}

// checkRate judges how fast a timestamp clock runs.
func (f *flow) checkRate(s *segment) {
	c := &s.x.clock
	if s.Flags.Has(SYN) || f.j.disturbance.during(s.Packet, s.At) {
		return
	}
	if !c.timed {
		c.timed, c.rateTS, c.rateAt = true, c.lastTS, c.lastTSAt
	}
	d := c.lastTSAt - c.rateAt
	if c.rated || d < tsRateTime {
		return
	}
	c.rated = true
	ticks := float64(c.lastTS - c.rateTS)
	if ticks > (d+tsHeld).Seconds()*tsFastest || ticks < (d-tsHeld).Seconds()*tsSlowest {
		f.find(s.x, "ts-rate", s.Packet, nil, "its timestamps run at %.1f ticks a second", ticks/d.Seconds())
	}
}

// checkEcho judges the timestamp that a segment echoes.
func (f *flow) checkEcho(s *segment) {
	c := &s.y.clock
	if !c.ticking || !s.Flags.Has(ACK) || s.Options.TSecr == 0 {
		return
	}
	echo := c.lastTS + int64(int32(s.Options.TSecr-c.lastRaw))
	run := int64((s.At - c.lastTSAt).Seconds() * tsFastest)
	switch {
	case echo > c.lastTS+run+tsAhead:
		f.find(s.x, "ts-echo", s.Packet, nil, "it echoes a timestamp %d ticks ahead of the newest one", echo-c.lastTS)
	case echo < c.firstTS && s.y.synSeen:
		f.find(s.x, "ts-echo", s.Packet, nil, "it echoes a timestamp %d ticks older than the connection", c.firstTS-echo)
	}
}
