package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/golwip/lwip/conformance/plot"
)

// plotOptions are plot's flags.
type plotOptions struct {
	output, sender      string
	flow, width, height int
	from, to            time.Duration
	list, json          bool
}

func plotCommand() command {
	return command{
		name: "plot",
		args: "trace",
		what: "draw a TCP connection of a capture",
		long: `Plot draws a time-sequence diagram of one TCP connection of a pcap or pcapng
file, as SVG: segments, those sent again, acknowledgments, the window and SACK
blocks, and below them the round-trip times and the bytes in flight. The
connection that moves most is drawn, in the direction that moves most, unless
the flags say otherwise.

For example:

	lwip plot capture.pcapng -o capture.svg
	lwip plot capture.pcapng -list
	lwip plot capture.pcapng -flow 3 -from 1.2s -to 1.5s`,
		define: func(fs *flag.FlagSet) action {
			o := new(plotOptions)
			fs.StringVar(&o.output, "o", "", "the `file` to write, \"-\" for the standard output; default: the trace's name with .svg")
			fs.IntVar(&o.flow, "flow", 0, "the connection's `number`, as -list has it")
			fs.StringVar(&o.sender, "sender", "", "draw what this `address:port` sends")
			fs.DurationVar(&o.from, "from", 0, "begin at this time of the connection")
			fs.DurationVar(&o.to, "to", 0, "end at this time of the connection; 0 for its end")
			fs.IntVar(&o.width, "width", 1200, "width in `pixels`")
			fs.IntVar(&o.height, "height", 860, "height in `pixels`")
			fs.BoolVar(&o.list, "list", false, "list the connections and draw nothing")
			fs.BoolVar(&o.json, "json", false, "print the list, or what was drawn, as JSON")
			return o.run
		},
	}
}

// flowReport is a connection in plot's list.
type flowReport struct {
	Number  int    `json:"number"`
	A       string `json:"a"`
	B       string `json:"b"`
	First   int    `json:"first"`
	Packets int    `json:"packets"`
	BytesA  int64  `json:"bytes_a"`
	BytesB  int64  `json:"bytes_b"`
}

// drawnReport is what plot drew.
type drawnReport struct {
	File     string        `json:"file"`
	Flow     int           `json:"flow"`
	From     string        `json:"from"`
	To       string        `json:"to"`
	Span     time.Duration `json:"span_ns"`
	Bytes    int64         `json:"bytes"`
	Segments int           `json:"segments"`
	Resent   int           `json:"resent"`
}

func (o *plotOptions) run(ctx context.Context, t *terminal, args []string) error {
	var sender netip.AddrPort
	switch {
	case len(args) == 0:
		return &usageError{"plot", "a trace is needed"}
	case len(args) > 1:
		return &usageError{"plot", "more than one trace"}
	case args[0] == "-":
		return &usageError{"plot", "a trace is read twice and must be a file"}
	case o.flow < 0:
		return &usageError{"plot", "negative number of a connection"}
	case o.from < 0 || o.to != 0 && o.to <= o.from:
		return &usageError{"plot", "-to must be after -from"}
	case o.width < 480 || o.height < 480 || o.width > 20000 || o.height > 20000:
		return &usageError{"plot", "width and height must be in [480, 20000]"}
	case o.sender != "":
		var err error
		if sender, err = netip.ParseAddrPort(o.sender); err != nil {
			return &usageError{"plot", fmt.Sprintf("-sender %q is not an address with a port", o.sender)}
		}
	}
	flows, err := o.flows(ctx, t, args[0])
	if err != nil {
		return err
	}
	if o.list {
		return o.print(t, flows)
	}
	number, err := o.choose(flows, sender)
	if err != nil {
		return err
	}
	f, err := openTrace(ctx, t, args[0], o.json || o.output == "-")
	if err != nil {
		return err
	}
	trace, err := plot.Load(f, number, sender, nil)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return o.draw(t, args[0], number, trace)
}

// flows lists the connections of a capture.
func (o *plotOptions) flows(ctx context.Context, t *terminal, path string) ([]plot.Flow, error) {
	f, err := openTrace(ctx, t, path, o.json || o.output == "-")
	if err != nil {
		return nil, err
	}
	flows, err := plot.List(f, nil)
	return flows, errors.Join(err, f.Close())
}

// choose returns the number of the connection to draw.
func (o *plotOptions) choose(flows []plot.Flow, sender netip.AddrPort) (int, error) {
	if len(flows) == 0 {
		return 0, errors.New("there is no TCP connection in the trace")
	}
	if o.flow > len(flows) {
		return 0, fmt.Errorf("there is no connection %d, only %d of them", o.flow, len(flows))
	}
	best := -1
	for i := range flows {
		f := &flows[i]
		switch {
		case o.flow > 0 && f.Number != o.flow, sender.IsValid() && sender != f.A && sender != f.B:
		case best < 0, f.Bytes() > flows[best].Bytes():
			best = i
		}
	}
	if best < 0 {
		return 0, fmt.Errorf("%v sends nothing there", sender)
	}
	return flows[best].Number, nil
}

// print lists the connections.
func (o *plotOptions) print(t *terminal, flows []plot.Flow) error {
	if o.json {
		list := []flowReport{}
		for _, f := range flows {
			list = append(list, flowReport{f.Number, f.A.String(), f.B.String(), f.First, f.Packets, f.BytesA, f.BytesB})
		}
		return json.NewEncoder(t.out).Encode(list)
	}
	for _, f := range flows {
		fmt.Fprintf(t.out, "%4d  %v > %v  from packet %d: %s, %v and %v\n", f.Number, f.A, f.B, f.First, count(f.Packets, "packet"), size(f.BytesA), size(f.BytesB))
	}
	return nil
}

// draw writes the drawing.
func (o *plotOptions) draw(t *terminal, trace string, number int, tr *plot.Trace) (err error) {
	opts := plot.Options{Width: o.width, Height: o.height, From: o.from, To: o.to}
	if o.output == "-" {
		return tr.SVG(t.out, opts)
	}
	path := o.output
	if path == "" {
		path = strings.TrimSuffix(trace, filepath.Ext(trace)) + ".svg"
	}
	if path == trace {
		return fmt.Errorf("%s would be overwritten", path)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(tr.SVG(f, opts), f.Close()); err != nil {
		return err
	}
	if o.json {
		return json.NewEncoder(t.out).Encode(drawnReport{path, number, tr.From.String(), tr.To.String(), tr.Span, tr.Bytes, len(tr.Segments), tr.Resent})
	}
	fmt.Fprintf(t.out, "%s: connection %d, %v > %v, %v, %d segments, %d sent again\n", path, number, tr.From, tr.To, size(tr.Bytes), len(tr.Segments), tr.Resent)
	return nil
}
