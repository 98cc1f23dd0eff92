package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/conformance/plot"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/sys_arch"
)

// recordings are captures of one transfer, beside the client and the server.
type recordings struct{ client, server bytes.Buffer }

const (
	uploaded   = 500_000
	downloaded = 100_000
)

// record lets a client at 10.0.0.1 send over a link that loses packets, answers
// it, and opens a second connection that is refused.
func record(t *testing.T) *recordings {
	t.Helper()
	var rec recordings
	synctest.Test(t, func(t *testing.T) {
		clock := sysarch.Real()
		a, b := memlink.New(memlink.Config{})
		link := impair.Profile{Delay: 10 * time.Millisecond, Loss: 0.02, Seed: 3}
		near, err := pcapng.New(impair.New(a, clock, impair.Config{Out: link, In: link}), &rec.client, clock, pcapng.Options{})
		if err != nil {
			t.Fatal(err)
		}
		far, err := pcapng.New(b, &rec.server, clock, pcapng.Options{SnapLen: 96})
		if err != nil {
			t.Fatal(err)
		}
		var s [2]*lwip.Stack
		for i, d := range []netif.Driver{near, far} {
			if s[i], err = lwip.New(lwip.Config{Clock: clock, Rand: sysarch.NewSeededRand(uint64(i))}); err != nil {
				t.Fatal(err)
			}
			if _, err = s[i].AddInterface(d, netif.Config{Addr4: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24)}); err != nil {
				t.Fatal(err)
			}
		}
		l, err := s[1].Listen("tcp", ":80")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			time.Sleep(5 * time.Second) // the window closes
			io.CopyN(io.Discard, c, uploaded)
			c.Write(make([]byte, downloaded))
			c.Close()
		})
		c, err := s[0].Dial("tcp", "10.0.0.2:80")
		if err != nil {
			t.Fatal(err)
		}
		c.Write(make([]byte, uploaded))
		io.Copy(io.Discard, c)
		c.Close()
		wg.Wait()
		l.Close()
		if c, err := s[0].Dial("tcp", "10.0.0.2:81"); err == nil {
			c.Close()
			t.Error("port 81 answers")
		}
		time.Sleep(time.Second)
		s[0].Close()
		s[1].Close()
	})
	return &rec
}

func TestList(t *testing.T) {
	rec := record(t)
	list, err := plot.List(bytes.NewReader(rec.client.Bytes()), nil)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	f := list[0]
	if f.Number != 1 || f.B.Port() != 80 || f.BytesA < uploaded || f.BytesA > uploaded*11/10 || f.BytesB != downloaded && f.BytesB > downloaded*11/10 {
		t.Errorf("%+v", f)
	}
	if g := list[1]; g.Number != 2 || g.Bytes() != 0 || g.B.Port() != 81 || g.First <= f.First {
		t.Errorf("%+v", g)
	}
}

// TestLoad: what is drawn is what was sent, as seen from either end.
func TestLoad(t *testing.T) {
	rec := record(t)
	for name, file := range map[string][]byte{"client": rec.client.Bytes(), "server": rec.server.Bytes()} {
		tr, err := plot.Load(bytes.NewReader(file), 1, netip.AddrPort{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if tr.From.Addr() != netip.MustParseAddr("10.0.0.1") || tr.Bytes != uploaded {
			t.Errorf("%s: %v sends %d octets", name, tr.From, tr.Bytes)
		}
		if near := name == "client"; near && (tr.Resent < 3 || tr.Late != 0) || !near && tr.Late < 3 {
			t.Errorf("%s: %d sent again, %d late", name, tr.Resent, tr.Late)
		}
		if last := tr.Acks[len(tr.Acks)-1].V; last != uploaded+1 {
			t.Errorf("%s: the last ACK is of %d", name, last)
		}
		if len(tr.Closed) != 1 || tr.Closed[0].Hi-tr.Closed[0].Lo < int64(3*time.Second) {
			t.Errorf("%s: the window is closed %v", name, tr.Closed)
		}
		if len(tr.SACKs) == 0 || len(tr.Edges) == 0 || len(tr.RTT) == 0 || tr.Flight[len(tr.Flight)-1].V != 0 {
			t.Errorf("%s: %d SACK blocks, %d windows, %d round trips, %v in flight at the end", name, len(tr.SACKs), len(tr.Edges), len(tr.RTT), tr.Flight[len(tr.Flight)-1])
		}
		for _, p := range tr.RTT {
			if d := time.Duration(p.V); name == "client" && d < 20*time.Millisecond || d > time.Second {
				t.Errorf("%s: a round trip of %v", name, d)
			}
		}
		back, err := plot.Load(bytes.NewReader(file), 1, tr.To, nil)
		if err != nil || back.From != tr.To || back.Bytes != downloaded {
			t.Errorf("%s: %+v, %v", name, back, err)
		}
	}
	if _, err := plot.Load(bytes.NewReader(rec.client.Bytes()), 3, netip.AddrPort{}, nil); !errors.Is(err, plot.ErrNoFlow) {
		t.Error(err)
	}
	if _, err := plot.Load(strings.NewReader("nothing"), 1, netip.AddrPort{}, nil); err == nil {
		t.Error("text is taken for a capture")
	}
}

var coordinate = regexp.MustCompile(`-?\d+(\.\d+)?`)

// TestSVG: a drawing is well-formed, holds all its parts, and its labels lie on
// the page; also of a connection with nothing in it, and of a part.
func TestSVG(t *testing.T) {
	rec := record(t)
	for _, flow := range []int{1, 2} {
		tr, err := plot.Load(bytes.NewReader(rec.client.Bytes()), flow, netip.AddrPort{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []plot.Options{{}, {Width: 600, Height: 500}, {From: 100 * time.Millisecond, To: 300 * time.Millisecond}, {From: time.Hour}} {
			var b bytes.Buffer
			if err := tr.SVG(&b, o); err != nil {
				t.Fatal(err)
			}
			text := page(t, &b)
			want := []string{"10.0.0.1:", "sequence number", "round trip", "in flight", "time, "}
			if flow == 1 {
				want = append(want, "segment", "sent again", "acknowledged", "window closed", "SACK", "SYN, FIN")
			} else {
				want = append(want, "no samples", "SYN, FIN")
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("connection %d, %+v: no %q in %q", flow, o, w, text)
				}
			}
			if b.Len() > 200_000 {
				t.Errorf("%d bytes", b.Len())
			}
		}
	}
}

// page parses a drawing and returns its text.
func page(t *testing.T, b *bytes.Buffer) string {
	t.Helper()
	var text strings.Builder
	var width, height float64
	d := xml.NewDecoder(bytes.NewReader(b.Bytes()))
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return text.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text.Write(tok)
		case xml.StartElement:
			at := make(map[string]float64)
			for _, a := range tok.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s %s=%q", tok.Name.Local, a.Name.Local, a.Value)
				}
				if n := coordinate.FindString(a.Value); n == a.Value && n != "" {
					at[a.Name.Local], _ = strconv.ParseFloat(n, 64)
				}
			}
			switch tok.Name.Local {
			case "svg":
				width, height = at["width"], at["height"]
			case "text":
				if x, y := at["x"], at["y"]; x < 0 || x > width || y < 0 || y > height {
					t.Errorf("a label at %v, %v on a page of %v × %v", x, y, width, height)
				}
			}
		}
	}
}
