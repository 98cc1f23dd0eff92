package drill

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// seed is of everything random in the stack under test: a run repeats exactly.
const seed = 1

// maxWait is how long after its time an expected packet is waited for, so that a
// message can tell when it came.
const maxWait = time.Minute

// maxWildcard is how long a packet at any time is waited for.
const maxWildcard = time.Hour

// runner executes one script.
type runner struct {
	script *Script
	cfg    config
	lwip   lwip.Config // until the stack is made

	clock *sysarch.Manual
	link  *link
	stack *lwip.Stack
	sock  *sockets.Protocol

	zero  timers.Time   // the clock at script time 0
	base  time.Duration // script time that the next relative time counts from
	line  int           // of the event in progress
	begun bool          // the first event's time was taken

	flows    []*flow
	cur      *flow // the one that packets belong to that do not say otherwise
	nextPort uint16
	ident    uint16
	parts    assembler

	files   map[int]*file // by the script's descriptors
	epolls  map[int]*epoll
	bound   uint16 // port that was bound last
	listens bool   // a socket listens, and no connection to it came yet
	pending *call  // the system call that blocks

	py  python
	res *Result
}

// Run parses and executes a script. The overrides replace options of the script.
func Run(name, text string, overrides Overrides) *Result {
	s, err := Parse(name, text)
	if err != nil {
		return &Result{File: name, Err: err}
	}
	return s.Run(overrides)
}

// Run executes a script on a stack of its own, in virtual time.
func (s *Script) Run(overrides Overrides) *Result {
	r := &runner{
		script: s, cfg: defaultConfig(), clock: sysarch.NewManual(), nextPort: 32768, parts: make(assembler),
		files: make(map[int]*file), epolls: make(map[int]*epoll), res: &Result{File: s.File},
	}
	r.py.vars = make(map[string]any)
	r.py.out = func(text string) { r.res.Output += text }
	start := r.clock.Now()
	r.zero = start
	err := r.configure(overrides)
	if err == nil {
		err = r.events()
	}
	if r.stack != nil {
		r.stack.Close()
		if st := r.stack.Pool().Stats(); err == nil && st.BlocksInUse+st.ViewsInUse != 0 {
			err = r.failf("the stack leaks %d blocks and %d views of packet memory", st.BlocksInUse, st.ViewsInUse)
		}
	}
	r.res.Err = err
	r.res.Elapsed = r.clock.Now().Sub(start)
	return r.res
}

// failf returns a Failure at the event in progress.
func (r *runner) failf(format string, args ...any) *Failure {
	return &Failure{File: r.script.File, Line: r.line, Msg: fmt.Sprintf(format, args...)}
}

// note adds a remark.
func (r *runner) note(line int, text string) {
	r.res.Notes = append(r.res.Notes, fmt.Sprintf("%s:%d: %s", r.script.File, line, text))
}

// configure applies option lines and overrides.
func (r *runner) configure(overrides Overrides) error {
	given := append(append([]Option(nil), r.script.Options...), overrides...)
	for _, o := range given {
		note, err := r.cfg.set(o)
		if err != nil {
			return &ParseError{r.script.File, max(o.Line, 1), err.Error()}
		}
		if note != "" {
			r.note(o.Line, note)
		}
	}
	if err := r.cfg.finish(); err != nil {
		return &ParseError{r.script.File, 1, err.Error()}
	}
	r.res.Version, r.res.Profile = r.cfg.version, r.cfg.profile
	r.cfg.profile.apply(&r.lwip)
	for _, s := range r.cfg.init {
		_, notes := shell(&r.lwip, s, r.script.File, 0)
		for _, n := range notes {
			r.note(1, n)
		}
	}
	return nil
}

// start makes the stack under test, once.
func (r *runner) start() error {
	if r.stack != nil {
		return nil
	}
	c := r.lwip
	c.Clock, c.Rand = r.clock, sysarch.NewSeededRand(seed)
	c.ND6.DADAttempts, c.ND6.NoRouterDiscovery = -1, true
	var err error
	if r.stack, err = lwip.New(c); err != nil {
		return err
	}
	r.link = &link{mtu: r.cfg.mtu, clock: r.clock}
	prefix := netip.PrefixFrom(r.cfg.local, r.cfg.bits)
	n := netif.Config{Name: "tun", NoLinkLocal6: true, TxQueue: 65536}
	if r.cfg.version == IPv6 {
		n.Addrs6, n.Gateway6 = []netip.Prefix{prefix}, r.cfg.gateway
	} else {
		n.Addr4, n.Gateway4 = prefix, r.cfg.gateway
	}
	if _, err = r.stack.AddInterface(r.link, n); err != nil {
		return err
	}
	r.sock = r.stack.Sockets()
	return nil
}

// events executes the script's events and waits for a call that still blocks.
func (r *runner) events() error {
	for _, e := range r.script.Events {
		r.line = e.Line
		if err := r.event(e); err != nil {
			return err
		}
	}
	if r.pending != nil {
		return r.await()
	}
	return nil
}

// now returns the script's time.
func (r *runner) now() time.Duration { return r.clock.Now().Sub(r.zero) }

// live returns the clock's time of a script time.
func (r *runner) live(t time.Duration) timers.Time { return r.zero.Add(t) }

// window returns the earliest and latest script time of an event.
func (r *runner) window(t Time) (lo, hi time.Duration) {
	if !r.begun && t.Kind != Untimed {
		// The script's clock begins with its first event.
		r.begun = true
		if t.Kind == Absolute || t.Kind == AbsoluteRange {
			r.zero = r.clock.Now().Add(-t.At)
			r.base = t.At
		} else {
			r.zero = r.clock.Now()
		}
	}
	switch t.Kind {
	case Absolute:
		return t.At, t.At
	case Relative:
		return r.base + t.At, r.base + t.At
	case AbsoluteRange:
		return t.At, t.To
	case RelativeRange:
		return r.base + t.At, r.base + t.To
	case Wildcard, Untimed:
	}
	return r.now(), r.now()
}

// event executes one event at its time.
func (r *runner) event(e *Event) (err error) {
	lo, hi := r.window(e.Time)
	if e.Packet == nil || e.Packet.Dir == Inbound {
		if err := r.advance(lo); err != nil {
			return err
		}
	}
	// What comes next counts from the time that this event was meant to have, if
	// that was exact.
	exact := e.Time.Kind == Absolute || e.Time.Kind == Relative
	started := r.base
	if exact {
		r.base = lo
	}
	switch {
	case e.Command != nil:
		err = r.shellEvent(e)
	case e.Code != nil:
		err = r.codeEvent(e)
	case e.Syscall != nil:
		if err = r.start(); err == nil {
			err = r.syscallEvent(e, started)
		}
	case e.Packet.Other != "":
		err = r.failf("%s: not applicable: the stack does not have it", e.Packet.Other)
	case e.Packet.Dir == Inbound:
		if err = r.start(); err == nil {
			err = r.inboundEvent(e)
		}
	default:
		if err = r.start(); err == nil {
			err = r.outboundEvent(e, lo, hi)
		}
	}
	if !exact && e.Time.Kind != Untimed && (e.Packet == nil || e.Packet.Dir == Inbound) {
		r.base = r.now()
	}
	if f, ok := err.(*Failure); ok {
		kind := "packet"
		if e.Syscall != nil {
			kind = "syscall"
		}
		if r.cfg.nonFatal[kind] {
			r.res.Notes = append(r.res.Notes, f.Error())
			return nil
		}
	}
	return err
}

// advance lets time pass until a script time, and lets a call that blocks try
// again whenever something happened.
func (r *runner) advance(to time.Duration) error {
	limit := r.live(to)
	for r.step(limit) {
		if err := r.poll(); err != nil {
			return err
		}
	}
	r.clock.AdvanceTo(limit)
	return r.poll()
}

// step moves the clock to the next thing that happens by itself, a deadline of
// the stack or of a call that blocks; false if there is none up to limit.
func (r *runner) step(limit timers.Time) bool {
	next := r.clock.Next()
	if r.pending != nil && r.pending.wake > r.clock.Now() {
		next = min(next, r.pending.wake)
	}
	if next > limit {
		return false
	}
	r.clock.AdvanceTo(next)
	return true
}

// shellEvent executes a command: it changes the configuration of a stack that is
// not made yet, or sleeps.
func (r *runner) shellEvent(e *Event) error {
	before := r.stack == nil
	c := &r.lwip
	if !before {
		c = new(lwip.Config)
	}
	sleep, notes := shell(c, e.Command.Text, r.script.File, 0)
	if !before && len(notes) == 0 && sleep == 0 && strings.Contains(e.Command.Text, "=") {
		notes = []string{fmt.Sprintf("command `%s`: not applicable: the stack is running", strings.TrimSpace(e.Command.Text))}
	}
	for _, n := range notes {
		r.note(e.Line, n)
	}
	if sleep > 0 {
		return r.advance(r.now() + sleep)
	}
	return nil
}

// inboundEvent injects a packet.
func (r *runner) inboundEvent(e *Event) error {
	k := *e.Packet
	if err := r.resolve(&k); err != nil {
		return err
	}
	f := r.flowOf(&k)
	r.ident++
	packets, err := build(&k, f, r.ident)
	if err != nil {
		return r.failf("error handling packet: %v", err)
	}
	if k.Proto == TCP {
		f.inbound(&k.TCP)
	}
	r.res.Packets++
	r.link.inject(packets)
	return r.poll()
}
