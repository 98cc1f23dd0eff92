package plot

import (
	"fmt"
	"math"
)

// panel is one of the diagrams above each other, which share the time axis.
type panel struct {
	x           scale
	top, bottom float64
	last        bool // the time axis is labelled
	id          string
}

// axes draws frame, grid and labels. u is the unit of the values.
func (p panel) axes(c *canvas, y scale, u unit, name string) {
	shown := scale{y.lo / u.size, y.hi / u.size, y.a, y.b}
	for _, v := range shown.ticks(max(int((p.bottom-p.top)/40), 4)) {
		at := shown.at(v)
		c.line(p.x.a, at, p.x.b, at, grid, 1)
		c.text(p.x.a-7, at+4, 11, "end", ink, number(v))
	}
	t := seconds(p.x.hi)
	time := scale{p.x.lo / t.size, p.x.hi / t.size, p.x.a, p.x.b}
	for _, v := range time.ticks(max(int((p.x.b-p.x.a)/110), 2)) {
		at := time.at(v)
		c.line(at, p.top, at, p.bottom, grid, 1)
		if p.last {
			c.text(at, p.bottom+17, 11, "middle", ink, number(v))
		}
	}
	c.line(p.x.a, p.top, p.x.a, p.bottom, frame, 1)
	c.line(p.x.a, p.bottom, p.x.b, p.bottom, frame, 1)
	px := 12
	if p.bottom-p.top < 100 {
		px = 10
	}
	c.upright(p.x.a-62, (p.top+p.bottom)/2, px, ink, name+", "+u.name)
	if p.last {
		c.text((p.x.a+p.x.b)/2, p.bottom+36, 12, "middle", ink, "time, "+t.name)
	}
}

// clip keeps what follows within the panel.
func (p panel) clip(c *canvas) func() {
	return c.clip(p.id, p.x.a, p.top-1, p.x.b-p.x.a, p.bottom-p.top+2)
}

// stairs draws values that hold until the next one.
func (p panel) stairs(list []Point, y scale, from float64) *pen {
	var s pen
	lastX, lastY := "", ""
	for i, v := range list {
		px, py := px1(p.x.at(float64(v.At))), px1(y.at(float64(v.V)))
		switch {
		case i == 0:
			s.shape("M%s %s", px, py)
		case py == lastY:
			continue
		default:
			if px != lastX {
				s.shape("H%s", px)
			}
			s.shape("V%s", py)
		}
		lastX, lastY = px, py
	}
	if len(list) > 0 {
		s.shape("H%s", px1(from))
	}
	return &s
}

// within reports whether a time is drawn.
func (p panel) within(at float64) bool { return at >= p.x.lo && at <= p.x.hi }

// drawSequence draws the time-sequence diagram.
func (t *Trace) drawSequence(c *canvas, p panel) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range t.Segments {
		if p.within(float64(s.At)) && s.Mark != RST {
			lo, hi = min(lo, float64(s.Lo)), max(hi, float64(s.Hi))
		}
	}
	for _, a := range t.Acks {
		if p.within(float64(a.At)) {
			lo, hi = min(lo, float64(a.V)), max(hi, float64(a.V))
		}
	}
	if lo > hi {
		lo, hi = 0, 1
		c.text((p.x.a+p.x.b)/2, (p.top+p.bottom)/2, 12, "middle", faint, "nothing is sent or acknowledged in this time")
	}
	// The window is shown as far as it does not press the segments flat.
	room := hi
	for _, e := range t.Edges {
		if p.within(float64(e.At)) {
			room = max(room, float64(e.V))
		}
	}
	hi = min(room, hi+0.5*(hi-lo))
	margin := max((hi-lo)*0.03, 1)
	y := scale{lo - margin, hi + margin, p.bottom, p.top}
	for _, r := range t.Closed {
		a, b := max(p.x.at(float64(r.Lo)), p.x.a), min(p.x.at(float64(r.Hi)), p.x.b)
		if b > a {
			c.rect(a, p.top, max(b-a, 1), p.bottom-p.top, cClosed)
		}
	}
	p.axes(c, y, octets(hi-lo), "sequence number")
	if v, ok := t.least(p, t.Edges); ok && v > y.hi {
		c.text(p.x.b-6, p.top+14, 11, "end", cWindow, fmt.Sprintf("window: from %s on", size(int64(v))))
	}
	defer p.clip(c)()

	end := p.x.at(float64(t.Span))
	c.path(p.stairs(t.Edges, y, end), cWindow, 1.3, "none")
	c.path(p.stairs(t.Acks, y, end), cAck, 1.3, "none")
	var sacks, dups pen
	for _, s := range t.SACKs {
		sacks.bar(p.x.at(float64(s.At)), y.at(float64(s.Lo)), y.at(float64(s.Hi)))
	}
	sacks.flush()
	c.path(&sacks, cSACK, 1.2, "none")
	for _, d := range t.Duplicates {
		x, v := p.x.at(float64(d.At)), y.at(float64(d.V))
		dups.bar(x, v-3.5, v+3.5)
	}
	dups.flush()
	c.path(&dups, cAck, 1, "none")

	width := t.stroke(p)
	var marks [RST + 1]pen
	marks[Resent].least, marks[Late].least = 7, 5
	for _, s := range t.Segments {
		x := p.x.at(float64(s.At))
		switch s.Mark {
		case New, Resent, Late:
			marks[s.Mark].bar(x, y.at(float64(s.Lo)), y.at(float64(s.Hi)))
		case SYN, FIN:
			diamond(&marks[s.Mark], x, y.at(float64(s.Lo)))
		case RST:
			cross(&marks[s.Mark], x, min(max(y.at(float64(s.Lo)), p.top+5), p.bottom-5))
		}
	}
	marks[New].flush()
	marks[Late].flush()
	marks[Resent].flush()
	c.path(&marks[New], cSegment, width, "none")
	c.path(&marks[Late], cLate, max(width, 2.4), "none")
	c.path(&marks[Resent], cResent, max(width, 2.8), "none")
	c.path(&marks[SYN], cControl, 0, cControl)
	c.path(&marks[FIN], cControl, 0, cControl)
	c.path(&marks[RST], cResent, 2, "none")
}

// least returns the least of the values that hold in the time that is drawn.
func (t *Trace) least(p panel, list []Point) (v float64, ok bool) {
	for i, e := range list {
		if float64(e.At) > p.x.hi || i+1 < len(list) && float64(list[i+1].At) < p.x.lo {
			continue
		}
		if !ok || float64(e.V) < v {
			v, ok = float64(e.V), true
		}
	}
	return v, ok
}

// stroke is how wide a segment is drawn: wider where there are few.
func (t *Trace) stroke(p panel) float64 {
	n := 0
	for _, s := range t.Segments {
		if p.within(float64(s.At)) {
			n++
		}
	}
	switch per := float64(n) / (p.x.b - p.x.a); {
	case per < 0.1:
		return 3
	case per < 0.5:
		return 2
	}
	return 1.4
}

// drawRTT draws the round-trip times.
func (t *Trace) drawRTT(c *canvas, p panel) {
	hi := 0.0
	for _, s := range t.RTT {
		if p.within(float64(s.At)) {
			hi = max(hi, float64(s.V))
		}
	}
	if hi == 0 {
		hi = 1e6
	}
	y := scale{0, hi * 1.08, p.bottom, p.top}
	p.axes(c, y, seconds(hi), "round trip")
	defer p.clip(c)()
	var dots pen
	for _, s := range t.RTT {
		if p.within(float64(s.At)) {
			dots.dot(p.x.at(float64(s.At)), y.at(float64(s.V)))
		}
	}
	c.path(&dots, cAck, 2.6, "none")
	if dots.b.Len() == 0 {
		c.text((p.x.a+p.x.b)/2, (p.top+p.bottom)/2+4, 12, "middle", faint, "no samples")
	}
}

// drawFlight draws what is in flight.
func (t *Trace) drawFlight(c *canvas, p panel) {
	hi := 0.0
	for _, s := range t.Flight {
		if p.within(float64(s.At)) {
			hi = max(hi, float64(s.V))
		}
	}
	y := scale{0, max(hi*1.08, 1), p.bottom, p.top}
	p.axes(c, y, octets(hi), "in flight")
	defer p.clip(c)()
	end := p.x.at(float64(t.Span))
	bed := p.stairs(t.Flight, y, end)
	if len(t.Flight) > 0 {
		bed.shape("V%sH%sz", px1(p.bottom), px1(p.x.at(float64(t.Flight[0].At))))
	}
	c.path(bed, "none", 0, cFlightBed)
	c.path(p.stairs(t.Flight, y, end), cFlight, 1.1, "none")
}
