package property

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/tcp"
)

// maxConns is the most connections of one run.
const maxConns = 12

// TestStacks runs the machine, rapid's number of checks several times over since
// they are quick.
func TestStacks(t *testing.T) {
	rounds := 20
	if testing.Short() {
		rounds = 5
	}
	for i := range rounds {
		t.Run(fmt.Sprint(i), rapid.MakeCheck(func(t *rapid.T) { run(t) }))
	}
}

// run is one run: several stretches of calls, so that it gets somewhere.
func run(t *rapid.T) *world {
	w, err := newWorld(rapid.Uint64().Draw(t, "seed"))
	if err != nil {
		t.Fatal(err)
	}
	w.steady = rapid.Bool().Draw(t, "steady")
	m := &machine{w}
	for range rapid.IntRange(1, 4).Draw(t, "connections at first") {
		m.Dial(t)
	}
	w.clock.Advance(10 * time.Millisecond)
	for range rapid.IntRange(1, 10).Draw(t, "stretches") {
		t.Repeat(m.actions())
	}
	w.finish(t)
	return w
}

// actions are the machine's methods, some more likely than others.
func (m *machine) actions() map[string]func(*rapid.T) {
	list := map[string]func(*rapid.T){"": func(t *rapid.T) { m.w.check(t) }}
	for _, a := range []struct {
		name   string
		weight int
		call   func(*rapid.T)
	}{
		{"dial", 2, m.Dial},
		{"write", 8, m.Write},
		{"stall", 2, m.Stall},
		{"read", 2, m.Read},
		{"shutdown", 1, m.ShutdownWrite},
		{"close in order", 1, m.CloseInOrder},
		{"set options", 2, m.SetOptions},
		{"send datagram", 3, m.SendDatagram},
		{"wait", 8, m.Wait},
		{"wait longer", 1, m.WaitLonger},
		{"weather", 3, m.Weather},
		{"fair weather", 1, m.FairWeather},
		{"interface or cable", 1, m.Interface},
		{"path MTU", 1, m.PathMTU},
		{"trouble", 1, m.Trouble},
	} {
		for i := range a.weight {
			list[fmt.Sprint(a.name, strings.Repeat("'", i))] = a.call
		}
	}
	return list
}

// machine's methods are the calls that are made at random.
type machine struct{ w *world }

func (m *machine) host(t *rapid.T) *host { return m.w.hosts[rapid.IntRange(0, 1).Draw(t, "host")] }

func family(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "IPv6") }

// end returns an end that calls are allowed on, and skips the step if there is
// none for which ok holds.
func (m *machine) end(t *rapid.T, ok func(e *end) bool) *end {
	var list []*end
	for _, c := range m.w.conns {
		for _, e := range c.ends {
			if e.alive() && ok(e) {
				list = append(list, e)
			}
		}
	}
	if len(list) == 0 {
		t.Skip("no such connection")
	}
	return list[rapid.IntRange(0, len(list)-1).Draw(t, "end")]
}

func anyEnd(*end) bool { return true }

// Dial opens a connection.
func (m *machine) Dial(t *rapid.T) {
	if len(m.w.conns) == maxConns {
		t.Skip("enough connections")
	}
	m.w.dial(t, m.host(t), family(t))
}

// Write writes to a connection.
func (m *machine) Write(t *rapid.T) {
	e := m.end(t, func(e *end) bool { return e.connected && !e.fin })
	n := rapid.IntRange(1, 80_000).Draw(t, "bytes")
	element := e.p.SegmentPayload()
	if rapid.Bool().Draw(t, "odd elements") {
		element = rapid.IntRange(1, 5000).Draw(t, "element")
		n = min(n, 50*element)
	}
	var flags tcp.WriteFlags
	if rapid.Bool().Draw(t, "more") {
		flags = tcp.More
	}
	e.write(n, element, flags)
}

// Stall lets an end read by itself, or not.
func (m *machine) Stall(t *rapid.T) {
	e := m.end(t, anyEnd)
	if e.stalled = !e.stalled; !e.stalled {
		e.read(e.unread)
	}
}

// Read reads some bytes.
func (m *machine) Read(t *rapid.T) {
	e := m.end(t, func(e *end) bool { return e.unread > 0 })
	e.read(rapid.IntRange(1, e.unread).Draw(t, "bytes"))
}

// ShutdownWrite ends the stream of an end.
func (m *machine) ShutdownWrite(t *rapid.T) {
	m.end(t, func(e *end) bool { return e.connected && !e.fin }).shutdown(tcp.ShutWrite)
}

// Trouble is what lets connections fail, or delivers less than everything.
func (m *machine) Trouble(t *rapid.T) {
	switch rapid.IntRange(0, 5).Draw(t, "trouble") {
	case 0:
		m.Close(t)
	case 1:
		m.Abort(t)
	case 2:
		m.ShutdownRead(t)
	case 3:
		m.Listen(t)
	default:
		m.ChangeAddress(t)
	}
}

// ShutdownRead ends the reading of an end.
func (m *machine) ShutdownRead(t *rapid.T) {
	e := m.end(t, func(e *end) bool { return e.connected && !e.noRead })
	if e.read(e.unread); e.alive() { // the peer may have answered with a RST
		e.shutdown(tcp.ShutRead)
	}
}

// Close closes an end, whatever is going on.
func (m *machine) Close(t *rapid.T) { m.end(t, anyEnd).close() }

// CloseInOrder closes an end whose streams are over.
func (m *machine) CloseInOrder(t *rapid.T) {
	m.end(t, func(e *end) bool { return e.peerFin && e.unread == 0 }).close()
}

// Abort cuts a connection off.
func (m *machine) Abort(t *rapid.T) { m.end(t, anyEnd).abort() }

// SetOptions turns options on and off and resizes buffers.
func (m *machine) SetOptions(t *rapid.T) {
	e := m.end(t, anyEnd)
	opts := tcp.Option(rapid.SampledFrom([]tcp.Option{0, tcp.NoDelay, tcp.Cork, tcp.KeepAlive, tcp.NoDelay | tcp.Cork}).Draw(t, "options"))
	snd := rapid.IntRange(1, 200_000).Draw(t, "send buffer")
	rcv := rapid.IntRange(1, 200_000).Draw(t, "receive buffer")
	e.h.s.Lock()
	defer e.h.s.Unlock()
	e.p.Clear(tcp.NoDelay | tcp.Cork | tcp.KeepAlive)
	e.p.Set(opts)
	e.p.SetSendBuffer(snd)
	e.p.SetReceiveBuffer(rcv)
}

// Listen opens and closes a listener.
func (m *machine) Listen(t *rapid.T) {
	h := m.host(t)
	if h.listen != nil {
		h.stopListening()
		return
	}
	if err := h.startListening(rapid.IntRange(1, 4).Draw(t, "backlog")); err != nil {
		t.Fatal(err)
	}
}

// SendDatagram sends a datagram.
func (m *machine) SendDatagram(t *rapid.T) {
	m.w.grams.send(m.host(t).side, family(t), rapid.IntRange(0, 5000).Draw(t, "bytes"))
}

// ChangeAddress takes an address away, or gives it back.
func (m *machine) ChangeAddress(t *rapid.T) {
	if m.w.steady {
		t.Skip("addresses stay")
	}
	h, f := m.host(t), family(t)
	if h.has[f] {
		h.removeAddress(f)
	} else {
		h.restoreAddress(f)
	}
}

// Interface takes an interface down or cuts the wire, or more often puts
// everything in order.
func (m *machine) Interface(t *rapid.T) {
	if m.w.steady {
		t.Skip("interfaces stay")
	}
	switch h := m.host(t); rapid.IntRange(0, 3).Draw(t, "what") {
	case 2:
		h.s.Lock()
		h.ifc.SetUp(false)
		h.s.Unlock()
	case 3:
		m.w.wire.SetLink(false)
	default:
		h.s.Lock()
		h.ifc.SetUp(true)
		h.s.Unlock()
		m.w.wire.SetLink(true)
	}
}

// PathMTU puts a router behind a host, whose MTU IPv6 allows, or takes it away.
func (m *machine) PathMTU(t *rapid.T) {
	m.host(t).tap.pathMTU = rapid.SampledFrom([]int{0, 1280, 1300, 1400, 1499}).Draw(t, "path MTU")
}

// Weather changes what the link does to the frames that a host sends.
func (m *machine) Weather(t *rapid.T) {
	h := m.host(t)
	chance := func(name string, most float64) float64 {
		if !rapid.Bool().Draw(t, name) {
			return 0
		}
		return rapid.Float64Range(0, most).Draw(t, name)
	}
	p := impair.Profile{
		Delay:        time.Duration(rapid.IntRange(0, 300).Draw(t, "delay/ms")) * time.Millisecond,
		Jitter:       time.Duration(rapid.IntRange(0, 50).Draw(t, "jitter/ms")) * time.Millisecond,
		AllowReorder: rapid.Bool().Draw(t, "jitter reorders"),
		Loss:         chance("loss", 0.4),
		Reorder:      chance("reorder", 0.5),
		Duplicate:    chance("duplicate", 0.5),
		Corrupt:      chance("corrupt", 0.2),
		Rate:         rapid.SampledFrom([]int64{0, 0, 64_000, 1_000_000, 100_000_000}).Draw(t, "rate"),
		QueuePackets: rapid.IntRange(1, 100).Draw(t, "queue"),
		Seed:         rapid.Uint64().Draw(t, "weather seed"),
	}
	if p.Corrupt > 0 {
		m.w.grams.corrupted = true
	}
	h.link.SetOut(p)
}

// FairWeather ends all that.
func (m *machine) FairWeather(*rapid.T) {
	for _, h := range m.w.hosts {
		h.link.SetOut(impair.Profile{})
	}
}

// Wait lets time pass, mostly little.
func (m *machine) Wait(t *rapid.T) {
	d := time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "time/µs")) * time.Microsecond
	m.pass(t, d)
}

// WaitLonger lets some seconds pass.
func (m *machine) WaitLonger(t *rapid.T) {
	m.pass(t, time.Duration(rapid.IntRange(1, 10).Draw(t, "time/s"))*time.Second)
}

func (m *machine) pass(t *rapid.T, d time.Duration) {
	if m.w.clock.Now().Add(d).Sub(m.w.began) > foulTime {
		t.Skip("the time is over")
	}
	m.w.clock.Advance(d)
}
