package plot

import (
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// ErrNoFlow says that a capture has no such connection.
var ErrNoFlow = errors.New("plot: no such connection in the capture")

// Options say how a Trace is drawn. The zero value suits a screen.
type Options struct {
	// Width and Height are in pixels. Default 1200 × 860, at least 480 × 480.
	Width, Height int
	// From and To bound the time that is drawn. Default: all of it.
	From, To time.Duration
}

func (o Options) withDefaults(t *Trace) Options {
	if o.Width == 0 {
		o.Width = 1200
	}
	if o.Height == 0 {
		o.Height = 860
	}
	o.Width, o.Height = max(o.Width, 480), max(o.Height, 480)
	if o.To <= o.From {
		o.To = t.Span
	}
	if o.To <= o.From {
		o.To = o.From + time.Millisecond
	}
	return o
}

// Colours, told apart also by people who do not see all of them.
const (
	ink        = "#222222"
	faint      = "#777777"
	grid       = "#e6e6e6"
	frame      = "#bbbbbb"
	cSegment   = "#1f4e8c"
	cResent    = "#d62728"
	cLate      = "#00a3c7"
	cAck       = "#2a9d4a"
	cWindow    = "#e39a1c"
	cSACK      = "#9b3fb5"
	cControl   = "#111111"
	cClosed    = "#fdf1d6"
	cFlight    = "#1f4e8c"
	cFlightBed = "#dfe9f5"
)

// Margins around the panels and between them.
const (
	left, right  = 86.0, 24.0
	top, bottom  = 78.0, 46.0
	between      = 30.0
	rowHeight    = 16.0 // of the legend
	shareOfSeq   = 0.62
	shareOfOther = 0.19
)

// SVG draws the trace.
func (t *Trace) SVG(w io.Writer, o Options) error {
	o = o.withDefaults(t)
	title := fmt.Sprintf("%v → %v", t.From, t.To)
	c := newCanvas(w, o.Width, o.Height, title)
	c.text(left, 26, 17, "start", ink, title)
	c.text(left, 46, 12, "start", faint, fitting(t.summary(), float64(o.Width)-left-right))
	rows := legend(c, left, 66, float64(o.Width)-right, t)

	pad := float64(o.To-o.From) / 100
	x := scale{float64(o.From) - pad, float64(o.To) + pad, left, float64(o.Width) - right}
	y := top + rowHeight*float64(rows-1)
	h := float64(o.Height) - y - bottom - 2*between
	for i, draw := range []func(*canvas, panel){t.drawSequence, t.drawRTT, t.drawFlight} {
		share := shareOfOther
		if i == 0 {
			share = shareOfSeq
		}
		draw(c, panel{x: x, top: y, bottom: y + h*share, last: i == 2, id: fmt.Sprintf("p%d", i)})
		y += h*share + between
	}
	return c.end()
}

// fitting joins as many parts of a line as there is room for in so many pixels.
func fitting(parts []string, room float64) string {
	const perRune = 6.9
	s := parts[0]
	for _, p := range parts[1:] {
		if float64(utf8.RuneCountInString(s)+2+utf8.RuneCountInString(p))*perRune > room {
			break
		}
		s += ", " + p
	}
	return s
}

// summary is the line below the title, in parts.
func (t *Trace) summary() []string {
	s := fmt.Sprintf("%s in %s", size(t.Bytes), duration(t.Span))
	if t.Span > 0 {
		s += fmt.Sprintf(" (%s/s)", size(int64(float64(t.Bytes)/t.Span.Seconds())))
	}
	n := 0
	for _, g := range t.Segments {
		if g.Mark == New || g.Mark == Resent || g.Mark == Late {
			n++
		}
	}
	parts := []string{s, fmt.Sprintf("%d segments with data", n), fmt.Sprintf("%d sent again", t.Resent)}
	if t.Late > 0 {
		parts = append(parts, fmt.Sprintf("%d late", t.Late))
	}
	if len(t.RTT) > 0 {
		lo, hi, sum := t.RTT[0].V, t.RTT[0].V, 0.0
		for _, p := range t.RTT {
			lo, hi, sum = min(lo, p.V), max(hi, p.V), sum+float64(p.V)
		}
		parts = append(parts, fmt.Sprintf("round trip %s / %s / %s (min / mean / max, at the capture)", duration(time.Duration(lo)),
			duration(time.Duration(sum/float64(len(t.RTT)))), duration(time.Duration(hi))))
	}
	return parts
}

// legend names what the trace has, in as many rows as it takes between x and
// end, and returns their number.
func legend(c *canvas, x, y, end float64, t *Trace) (rows int) {
	begin, rows := x, 1
	marks := make(map[Mark]bool)
	for _, s := range t.Segments {
		marks[s.Mark] = true
	}
	for _, e := range []struct {
		there  bool
		colour string
		name   string
		line   bool
	}{
		{marks[New], cSegment, "segment", false},
		{marks[Resent], cResent, "sent again", false},
		{marks[Late], cLate, "late: fills a gap", false},
		{len(t.Acks) > 0, cAck, "acknowledged", true},
		{len(t.Duplicates) > 0, cAck, "duplicate ACK", false},
		{len(t.Edges) > 0, cWindow, "window", true},
		{len(t.SACKs) > 0, cSACK, "SACK", false},
		{marks[SYN] || marks[FIN], cControl, "SYN, FIN", false},
		{marks[RST], cResent, "RST", false},
		{len(t.Closed) > 0, cClosed, "window closed", false},
	} {
		if !e.there {
			continue
		}
		width := 19 + 6.6*float64(len([]rune(e.name)))
		if x+width > end && x > begin {
			x, y = begin, y+rowHeight
			rows++
		}
		switch {
		case e.name == "duplicate ACK":
			c.line(x+3, y-4, x+11, y-4, e.colour, 2)
			c.line(x+7, y-8, x+7, y, e.colour, 1)
		case e.name == "SYN, FIN":
			var p pen
			diamond(&p, x+7, y-4)
			c.path(&p, e.colour, 0, e.colour)
		case e.name == "RST":
			var p pen
			cross(&p, x+7, y-4)
			c.path(&p, e.colour, 2, "none")
		case e.line:
			c.line(x, y-4, x+14, y-4, e.colour, 2)
		case e.colour == cClosed:
			c.rect(x, y-9, 14, 11, e.colour)
			c.line(x, y-9, x+14, y-9, cWindow, 0.6)
		default:
			c.line(x+7, y-9, x+7, y+1, e.colour, 3)
		}
		c.text(x+19, y, 11, "start", ink, e.name)
		x += width + 20
	}
	return rows
}

func diamond(p *pen, x, y float64) {
	p.shape("M%s %sl4.5 4.5l-4.5 4.5l-4.5 -4.5z", px1(x), px1(y-4.5))
}

func cross(p *pen, x, y float64) {
	p.shape("M%s %sl8 8m0 -8l-8 8", px1(x-4), px1(y-4))
}
