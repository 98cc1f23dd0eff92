package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/golwip/lwip/api"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// demoOptions are demo's flags.
type demoOptions struct {
	size          size
	loss, reorder probability
	delay         time.Duration
	rate          rate
	seed          uint64
	pcap          string
	six           bool
	timeout       time.Duration
}

// maxDemo bounds the file, which is kept in memory.
const maxDemo = 1 << 30

// demoSnap is how much of each frame the capture keeps: all headers.
const demoSnap = 128

func demoCommand() command {
	return command{
		name: "demo",
		what: "transfer a file between two stacks over a bad link",
		long: `Demo makes two TCP/IP stacks in this process, joins them by a wire in memory
that delays, loses and reorders packets, and transfers a file from an HTTP
server on the one to an HTTP client on the other. It checks the file's SHA-256,
prints what it took, and leaves a capture for Wireshark. No privilege is
needed. Loss and reordering apply to each direction; a packet that others
overtake comes a fifth of the delay late.`,
		define: func(fs *flag.FlagSet) action {
			o := &demoOptions{size: 8 << 20, loss: 0.005, reorder: 0.01}
			fs.Var(&o.size, "size", "`size` of the file, up to 1GiB")
			fs.Var(&o.loss, "loss", "`share` of packets that are lost")
			fs.Var(&o.reorder, "reorder", "`share` of packets that others overtake")
			fs.DurationVar(&o.delay, "delay", 5*time.Millisecond, "delay of the link each way")
			fs.Var(&o.rate, "rate", "`rate` of the link, such as 100Mbit")
			fs.Uint64Var(&o.seed, "seed", 1, "seed of everything random")
			fs.StringVar(&o.pcap, "pcap", "demo.pcapng", "write a capture to this `file`; empty for none")
			fs.BoolVar(&o.six, "6", false, "use IPv6")
			fs.DurationVar(&o.timeout, "timeout", 5*time.Minute, "give up after this time")
			return o.run
		},
	}
}

func (o *demoOptions) run(ctx context.Context, t *terminal, args []string) (err error) {
	switch {
	case len(args) > 0:
		return &usageError{"demo", "no arguments are expected"}
	case o.size > maxDemo:
		return &usageError{"demo", "the file would be larger than 1GiB"}
	case o.delay < 0 || o.timeout <= 0:
		return &usageError{"demo", "negative time"}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("not done after %v", o.timeout))
	defer cancel()

	var capture *pcapng.Driver
	var wrap wrapper
	if o.pcap != "" {
		f, err2 := os.Create(o.pcap)
		if err2 != nil {
			return err2
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		wrap = func(d netif.Driver, clock sysarch.Clock) (netif.Driver, error) {
			capture, err2 = pcapng.New(d, f, clock, pcapng.Options{Name: "client", SnapLen: demoSnap})
			return capture, err2
		}
	}
	p, err := newPair(o.seed, impair.Profile{
		Delay: o.delay, Loss: float64(o.loss), Rate: int64(o.rate),
		Reorder: float64(o.reorder), ReorderDelay: max(o.delay/5, 100*time.Microsecond),
	}, wrap)
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			err = errors.Join(err, p.Close())
		}
	}()

	fmt.Fprintf(t.out, "%v over a link with %v delay each way, %v loss, %v reordered, rate %v, seed %d\n",
		o.size, o.delay, o.loss, o.reorder, o.rate, o.seed)
	content := randomBytes(int(o.size), o.seed)
	res, err := o.transfer(ctx, t, p, content)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return err
	}
	report(t.out, p, res)
	closed = true
	if err := p.Close(); err != nil {
		return err
	}
	if capture != nil {
		st := capture.Writer().Stats()
		fmt.Fprintf(t.out, "capture   %s, %d packets, the first %d bytes of each\n", o.pcap, st.Packets, demoSnap)
	}
	return nil
}

// result is what a transfer took.
type result struct {
	bytes   int64
	elapsed time.Duration
	sum     [sha256.Size]byte
	sender  tcp.Info
}

// transfer serves content on p.far and gets it on p.near.
func (o *demoOptions) transfer(ctx context.Context, t *terminal, p *pair, content []byte) (*result, error) {
	host, network := p.far4, "tcp4"
	if o.six {
		host, network = p.far6, "tcp6"
	}
	l, err := p.far.Listen(network, netip.AddrPortFrom(host, 80).String())
	if err != nil {
		return nil, err
	}
	conns := make(chan net.Conn, 16)
	srv := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/octet-stream")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		}),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			select {
			case conns <- c:
			default:
			}
			return ctx
		},
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	defer func() {
		srv.Close()
		<-served
	}()

	tr := &http.Transport{DialContext: p.near.DialContext, DisableCompression: true}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+netip.AddrPortFrom(host, 80).String()+"/file", nil)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server says %s", resp.Status)
	}
	hash := sha256.New()
	bar := newProgress(t, int64(len(content)), start)
	n, err := io.Copy(io.MultiWriter(hash, bar), resp.Body)
	bar.finish()
	if err != nil {
		return nil, err
	}
	res := &result{bytes: n, elapsed: time.Since(start)}
	hash.Sum(res.sum[:0])
	if want := sha256.Sum256(content); n != int64(len(content)) || res.sum != want {
		return nil, fmt.Errorf("SHA-256 of %d bytes is %x, want %x of %d bytes", n, res.sum, want, len(content))
	}
	if c, ok := (<-conns).(*api.TCPConn); ok {
		res.sender, err = c.Info()
	}
	return res, err
}

// randomBytes returns n bytes that repeat for the same seed.
func randomBytes(n int, seed uint64) []byte {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	b := make([]byte, n)
	rand.NewChaCha8(key).Read(b)
	return b
}
