package plot

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// canvas writes SVG. The first error is kept by the writer.
type canvas struct{ w *bufio.Writer }

// escape makes text safe within an element or an attribute.
func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// newCanvas begins a page.
func newCanvas(w io.Writer, width, height int, title string) *canvas {
	c := &canvas{bufio.NewWriter(w)}
	fmt.Fprintf(c.w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="DejaVu Sans, Verdana, sans-serif">`+"\n",
		width, height, width, height)
	fmt.Fprintf(c.w, "<title>%s</title>\n<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", escape(title), width, height)
	return c
}

// end finishes the page.
func (c *canvas) end() error {
	fmt.Fprintln(c.w, "</svg>")
	return c.w.Flush()
}

// text writes a line; anchor is start, middle or end.
func (c *canvas) text(x, y float64, px int, anchor, colour, s string) {
	fmt.Fprintf(c.w, `<text x="%s" y="%s" font-size="%d" text-anchor="%s" fill="%s">%s</text>`+"\n", px1(x), px1(y), px, anchor, colour, escape(s))
}

// upright writes a line that is read from below.
func (c *canvas) upright(x, y float64, px int, colour, s string) {
	fmt.Fprintf(c.w, `<text transform="translate(%s,%s) rotate(-90)" font-size="%d" text-anchor="middle" fill="%s">%s</text>`+"\n", px1(x), px1(y), px, colour, escape(s))
}

// rect fills a rectangle.
func (c *canvas) rect(x, y, w, h float64, colour string) {
	fmt.Fprintf(c.w, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", px1(x), px1(y), px1(w), px1(h), colour)
}

// line draws a straight line.
func (c *canvas) line(x1, y1, x2, y2 float64, colour string, width float64) {
	fmt.Fprintf(c.w, `<path d="M%s %sL%s %s" stroke="%s" stroke-width="%s" fill="none"/>`+"\n", px1(x1), px1(y1), px1(x2), px1(y2), colour, px1(width))
}

// clip begins a group of which nothing is drawn outside of a rectangle, and
// returns what ends it.
func (c *canvas) clip(id string, x, y, w, h float64) (end func()) {
	fmt.Fprintf(c.w, `<clipPath id="%s"><rect x="%s" y="%s" width="%s" height="%s"/></clipPath><g clip-path="url(#%s)">`+"\n",
		id, px1(x), px1(y), px1(w), px1(h), id)
	return func() { fmt.Fprintln(c.w, "</g>") }
}

// path draws what a pen has put down.
func (c *canvas) path(p *pen, colour string, width float64, fill string) {
	if p.b.Len() == 0 {
		return
	}
	fmt.Fprintf(c.w, `<path d="%s" stroke="%s" stroke-width="%s" fill="%s" stroke-linejoin="round"/>`+"\n", p.b.String(), colour, px1(width), fill)
}

// px1 is a coordinate to a tenth of a pixel.
func px1(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// pen collects a path. What would fall on the same tenth of a pixel is put down
// once, so that a drawing's size is bounded by its area, not by its packets.
type pen struct {
	b        strings.Builder
	least    float64 // the least height of a bar; default 1.6
	lx       string  // the last bar's column, and its ends
	top, low float64
	last     string
}

// bar is a vertical stroke from y1 to y2.
func (p *pen) bar(x, y1, y2 float64) {
	least := max(p.least, 1.6)
	if y1 > y2 {
		y1, y2 = y2, y1
	}
	if y2-y1 < least {
		m := (y1 + y2) / 2
		y1, y2 = m-least/2, m+least/2
	}
	if column := px1(x); column != p.lx {
		p.flush()
		p.lx, p.top, p.low = column, y1, y2
	} else if y1 <= p.low+0.5 && y2 >= p.top-0.5 {
		p.top, p.low = min(p.top, y1), max(p.low, y2)
	} else {
		p.flush()
		p.lx, p.top, p.low = column, y1, y2
	}
}

// flush puts the last bar down.
func (p *pen) flush() {
	if p.lx != "" {
		if s := "M" + p.lx + " " + px1(p.top) + "V" + px1(p.low); s != p.last {
			p.b.WriteString(s)
			p.last = s
		}
		p.lx = ""
	}
}

// dot is a short dash.
func (p *pen) dot(x, y float64) {
	if s := "M" + px1(x-1.3) + " " + px1(y) + "h2.6"; s != p.last {
		p.b.WriteString(s)
		p.last = s
	}
}

// shape puts down a figure as it is.
func (p *pen) shape(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }
