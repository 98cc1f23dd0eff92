package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif/tuntap"
)

// serveOptions are serve's flags.
type serveOptions struct {
	device              deviceOptions
	root                string
	http, echo, discard string
}

func serveCommand() command {
	return command{
		name: "serve",
		args: "",
		what: "serve HTTP, echo and discard on a TAP or TUN device",
		long: `Serve puts a stack on a TAP or TUN device and runs on it an HTTP server of the
files below a directory, and the echo and discard services over TCP and UDP.
It prints how to configure the host's end of the device, and ends with its
counters when interrupted. Making a device needs root; one that was made for
this user ("ip tuntap add dev tap0 mode tap user $USER") does not.

For example:

	lwip serve -tap tap0 -addr 10.0.0.2/24 -addr6 fd00::2/64`,
		define: func(fs *flag.FlagSet) action {
			o := new(serveOptions)
			o.device.define(fs)
			fs.StringVar(&o.root, "root", ".", "serve the files below this `directory`")
			fs.StringVar(&o.http, "http", ":80", "`address` of the HTTP server; empty for none")
			fs.StringVar(&o.echo, "echo", ":7", "`address` of the echo service; empty for none")
			fs.StringVar(&o.discard, "discard", ":9", "`address` of the discard service; empty for none")
			return o.run
		},
	}
}

func (o *serveOptions) run(ctx context.Context, t *terminal, args []string) error {
	if len(args) > 0 {
		return &usageError{"serve", "no arguments are expected"}
	}
	if msg := o.device.check(); msg != "" {
		return &usageError{"serve", msg}
	}
	if st, err := os.Stat(o.root); err != nil {
		return err
	} else if !st.IsDir() {
		return fmt.Errorf("%s is not a directory", o.root)
	}
	d, err := o.device.open()
	if err != nil {
		return err
	}
	s := services{stack: d.stack}
	if err := o.start(&s); err != nil {
		return errors.Join(err, s.stop(), d.Close())
	}
	fmt.Fprintf(t.out, "Serving on %s; end with an interrupt.\n", d.dev.Name())
	o.device.advise(t.out, d.dev.Name())
	for _, line := range s.started {
		fmt.Fprintln(t.out, line)
	}

	<-ctx.Done()
	err = s.stop()
	printStats(t.out, d.stack.Stats(), d.dev.Stats())
	return errors.Join(err, d.Close())
}

// start starts the services that the flags ask for.
func (o *serveOptions) start(s *services) error {
	if o.http != "" {
		srv := &http.Server{Handler: http.FileServer(http.Dir(o.root)), ReadHeaderTimeout: 30 * time.Second}
		if err := s.serveTCP("http", o.http, srv); err != nil {
			return err
		}
	}
	for _, x := range []struct {
		name, addr string
		tcp        func(net.Conn)
		udp        func(net.PacketConn)
	}{{"echo", o.echo, echoTCP, echoUDP}, {"discard", o.discard, discardTCP, discardUDP}} {
		if x.addr == "" {
			continue
		}
		if err := s.serveTCP(x.name, x.addr, newConnServer(x.tcp)); err != nil {
			return err
		}
		if err := s.serveUDP(x.name, x.addr, x.udp); err != nil {
			return err
		}
	}
	return nil
}

// server is what serves a listener until it is closed: an http.Server or a
// connServer.
type server interface {
	Serve(net.Listener) error
	Close() error
}

// services is what runs on a stack.
type services struct {
	stack   *lwip.Stack
	started []string
	closers []io.Closer
	running sync.WaitGroup
}

func (s *services) serveTCP(name, addr string, srv server) error {
	l, err := s.stack.Listen("tcp", addr)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, srv)
	s.running.Go(func() { srv.Serve(l) })
	s.started = append(s.started, fmt.Sprintf("%-8s tcp %v", name, l.Addr()))
	return nil
}

func (s *services) serveUDP(name, addr string, serve func(net.PacketConn)) error {
	c, err := s.stack.ListenPacket("udp", addr)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, c)
	s.running.Go(func() { serve(c) })
	s.started = append(s.started, fmt.Sprintf("%-8s udp %v", name, c.LocalAddr()))
	return nil
}

// stop closes all services and their connections and waits for them.
func (s *services) stop() error {
	var errs []error
	for _, c := range s.closers {
		errs = append(errs, c.Close())
	}
	s.running.Wait()
	return errors.Join(errs...)
}

// printStats prints what a stack and its device did.
func printStats(w io.Writer, s lwip.Stats, d tuntap.Stats) {
	fmt.Fprintf(w, "device  %d frames in (%v), %d out (%v), dropped %d in, %d out\n",
		d.RxFrames, size(d.RxBytes), d.TxFrames, size(d.TxBytes),
		d.RxTooLong+d.RxNoMemory, d.TxFull+d.TxShort+d.TxErrors+d.TxClosed)
	fmt.Fprintf(w, "tcp     %d segments in, %d out, %d sent again; %d connections accepted; %v in, %v out\n",
		s.TCP.Segments, s.TCP.SegmentsOut, s.TCP.Retransmits, s.TCP.PassiveOpens, size(s.TCP.BytesIn), size(s.TCP.BytesOut))
	fmt.Fprintf(w, "memory  %v at most\n", size(s.Pbuf.PeakBytes))
}
