package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/apps/ping"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
)

// pingOptions are ping's flags.
type pingOptions struct {
	device            deviceOptions
	count, size       int
	interval, timeout time.Duration
	delay             time.Duration
	loss              probability
	seed              uint64
	six               bool
}

func pingCommand() command {
	return command{
		name: "ping",
		args: "[target]",
		what: "ask a host for an echo",
		long: `Ping sends ICMP echo requests to an IP address from a stack on a TAP or TUN
device. Without a device it pings between two stacks in this process, over a
wire that delays and loses packets as the flags say; then no target is needed.
It fails if no reply comes.

For example:

	lwip ping -tap tap0 -addr 10.0.0.2/24 10.0.0.1
	lwip ping -delay 20ms -loss 10%`,
		define: func(fs *flag.FlagSet) action {
			o := new(pingOptions)
			o.device.define(fs)
			fs.IntVar(&o.count, "c", 5, "how many `requests` to send; 0 for as many as there is time")
			fs.DurationVar(&o.interval, "i", time.Second, "time from one request to the next")
			fs.DurationVar(&o.timeout, "W", time.Second, "how long to wait for a reply")
			fs.IntVar(&o.size, "s", 64, "payload in `bytes`")
			fs.DurationVar(&o.delay, "delay", 5*time.Millisecond, "without a device: delay of the link each way")
			fs.Var(&o.loss, "loss", "without a device: `share` of packets that are lost")
			fs.Uint64Var(&o.seed, "seed", 1, "without a device: seed of everything random")
			fs.BoolVar(&o.six, "6", false, "without a device or target: use IPv6")
			return o.run
		},
	}
}

func (o *pingOptions) run(ctx context.Context, t *terminal, args []string) error {
	var target netip.Addr
	if len(args) > 1 {
		return &usageError{"ping", "more than one target"}
	}
	if len(args) == 1 {
		var err error
		if target, err = netip.ParseAddr(args[0]); err != nil {
			return &usageError{"ping", fmt.Sprintf("target %q is not an IP address", args[0])}
		}
	}
	cfg := ping.Config{Count: o.count, Size: o.size, Interval: o.interval, Timeout: o.timeout}
	switch {
	case o.count < 0:
		return &usageError{"ping", "negative count"}
	case o.size < 0 || o.size > 65507:
		return &usageError{"ping", "size not in [0, 65507]"}
	case o.interval <= 0 || o.timeout <= 0:
		return &usageError{"ping", "interval and timeout must be positive"}
	}
	if o.count == 0 {
		cfg.Count = ping.Forever
	}
	if o.size == 0 {
		cfg.Size = ping.Empty
	}

	stack, closer, target, err := o.open(ctx, target)
	if err != nil {
		return err
	}
	p, err := pingFrom(ctx, t.out, stack, target, cfg)
	if err := errors.Join(err, closer.Close()); err != nil {
		return err
	}
	if p.Replies == 0 {
		return errSilent
	}
	return nil
}

// open makes the stack that pings, and returns what closes it and the target.
func (o *pingOptions) open(ctx context.Context, target netip.Addr) (*lwip.Stack, io.Closer, netip.Addr, error) {
	if o.device.given() {
		if msg := o.device.check(); msg != "" {
			return nil, nil, target, &usageError{"ping", msg}
		}
		if !target.IsValid() {
			return nil, nil, target, &usageError{"ping", "a target is needed"}
		}
		d, err := o.device.open()
		if err != nil {
			return nil, nil, target, err
		}
		if err := waitAddresses(ctx, d.stack); err != nil {
			return nil, nil, target, errors.Join(err, d.Close())
		}
		return d.stack, d, target, nil
	}
	p, err := newPair(o.seed, impair.Profile{Delay: o.delay, Loss: float64(o.loss)}, nil)
	if err != nil {
		return nil, nil, target, err
	}
	if !target.IsValid() {
		if target = p.far4; o.six {
			target = p.far6
		}
	}
	return p.near, p, target, nil
}

// pingFrom runs a session and prints it as ping(8) does.
func pingFrom(ctx context.Context, w io.Writer, stack *lwip.Stack, target netip.Addr, cfg ping.Config) (ping.Profile, error) {
	conn, err := stack.ListenPacket(ping.Network(target), "")
	if err != nil {
		return ping.Profile{}, err
	}
	defer conn.Close()
	cfg.OnReply = func(r ping.Reply) {
		fmt.Fprintf(w, "%d bytes from %v: seq=%d time=%v\n", r.Size, r.From, r.Seq, r.RTT.Round(time.Microsecond))
	}
	cfg.OnTimeout = func(seq uint16) { fmt.Fprintf(w, "no reply: seq=%d\n", seq) }
	cfg.OnError = func(u ping.Unreachable) {
		fmt.Fprintf(w, "from %v: unreachable, type %d code %d: seq=%d\n", u.From, u.Type, u.Code, u.Seq)
	}
	session, err := ping.New(conn, stack.Clock(), target, cfg)
	if err != nil {
		return ping.Profile{}, err
	}
	fmt.Fprintf(w, "PING %v: %d data bytes\n", target, session.Profile().Size)
	p, err := session.Run(ctx)
	fmt.Fprintf(w, "%d sent, %d received, %v lost", p.Sent, p.Replies, probability(p.Loss()))
	if p.SendFailed > 0 {
		fmt.Fprintf(w, ", %d could not be sent", p.SendFailed)
	}
	fmt.Fprintln(w)
	if p.Replies > 0 {
		const us = time.Microsecond
		fmt.Fprintf(w, "round trip min/avg/max/dev = %v/%v/%v/%v\n",
			p.Min.Round(us), p.Avg.Round(us), p.Max.Round(us), p.Deviation.Round(us))
	}
	return p, err
}

// waitAddresses waits until no IPv6 address of the stack is being probed for, a
// second or two on a new device.
func waitAddresses(ctx context.Context, s *lwip.Stack) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(10 * time.Second)
	for tentative(s) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			return errors.New("an IPv6 address is still tentative after 10 s")
		case <-tick.C:
		}
	}
	return nil
}

func tentative(s *lwip.Stack) bool {
	s.Lock()
	defer s.Unlock()
	for _, ifc := range s.Interfaces().List() {
		for i := range ifc.Addrs6() {
			if ifc.Addrs6()[i].State == netif.Tentative {
				return true
			}
		}
	}
	return false
}
