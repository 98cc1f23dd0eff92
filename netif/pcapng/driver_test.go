package pcapng_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
	"github.com/golwip/lwip/netif/pcapng"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// end is a Receiver that counts what it gets and frees it.
type end struct {
	pool  *pbuf.Pool
	n     int
	links []bool
	then  func()
}

func (e *end) Pool() *pbuf.Pool { return e.pool }
func (e *end) SetLink(up bool)  { e.links = append(e.links, up) }
func (e *end) Deliver(frames []*pbuf.Buf) {
	e.n += len(frames)
	for _, f := range frames {
		f.Free()
	}
	if e.then != nil {
		e.then()
	}
}

// udp has gopacket write an Ethernet frame, or with framing IP a packet.
func udp(t testing.TB, framing netif.Framing, dst net.HardwareAddr, n int) []byte {
	t.Helper()
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{192, 0, 2, 1}, DstIP: net.IP{192, 0, 2, 2}}
	u := &layers.UDP{SrcPort: 4000, DstPort: 4001}
	u.SetNetworkLayerForChecksum(ip)
	ls := []gopacket.SerializableLayer{ip, u, gopacket.Payload(make([]byte, n))}
	if framing == netif.Ethernet {
		eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: dst, EthernetType: layers.EthernetTypeIPv4}
		ls = append([]gopacket.SerializableLayer{eth}, ls...)
	}
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ls...); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(b.Bytes())
}

// chain returns b as a packet of several elements.
func chain(pool *pbuf.Pool, b []byte) *pbuf.Buf {
	cut := len(b) / 2
	head, tail := pool.Alloc(pbuf.Raw, cut, pbuf.RAM), pool.Alloc(pbuf.Raw, len(b)-cut, pbuf.RAM)
	copy(head.Bytes(), b)
	copy(tail.Bytes(), b[cut:])
	head.SetNext(tail)
	return head
}

// session passes some frames through a recorded driver, in both directions, and
// returns them in order with their flags.
func session(t *testing.T, framing netif.Framing, file io.Writer, opts pcapng.Options) (want []record, flags []pcapng.Flags) {
	t.Helper()
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	port, peer := memlink.New(memlink.Config{Framing: framing})
	d := must[*pcapng.Driver](t)(pcapng.New(port, file, clock, opts))
	a, b := &end{pool: pool}, &end{pool: pool}
	if d.Attach(a) != nil || peer.Attach(b) != nil {
		t.Fatal("not attached")
	}
	note := func(b []byte, f pcapng.Flags) {
		n := len(b)
		if opts.SnapLen > 0 {
			b = b[:min(n, opts.SnapLen)]
		}
		want = append(want, record{0, n, clock.Wall(clock.Now()), b})
		flags = append(flags, f)
	}
	for i, dst := range []struct {
		addr net.HardwareAddr
		flag pcapng.Flags
	}{
		{net.HardwareAddr{2, 0, 0, 0, 0, 2}, pcapng.Unicast},
		{net.HardwareAddr{1, 0, 0x5e, 0, 0, 1}, pcapng.Multicast},
		{net.HardwareAddr{255, 255, 255, 255, 255, 255}, pcapng.Broadcast},
	} {
		f := udp(t, framing, dst.addr, 100+i)
		d.Transmit([]*pbuf.Buf{chain(pool, f), chain(pool, f)})
		note(f, pcapng.Outbound)
		note(f, pcapng.Outbound)
		clock.Advance(1234567 * time.Nanosecond)
		peer.Transmit([]*pbuf.Buf{chain(pool, f)})
		if framing == netif.IP {
			dst.flag = 0
		}
		note(f, pcapng.Inbound|dst.flag)
	}
	if framing == netif.Ethernet { // shorter than a header
		peer.Transmit([]*pbuf.Buf{chain(pool, []byte{1, 2, 3})})
		note([]byte{1, 2, 3}, pcapng.Inbound)
	}
	if a.n+b.n != len(want) {
		t.Errorf("%d+%d frames passed, want %d", a.n, b.n, len(want))
	}
	if err := d.Detach(); err != nil {
		t.Fatal(err)
	}
	if s := pool.Stats(); s.BlocksInUse != 0 || s.ViewsInUse != 0 {
		t.Errorf("leaked: %+v", s)
	}
	return want, flags
}

func TestDriverRecordsBothDirections(t *testing.T) {
	for _, c := range []struct {
		name    string
		framing netif.Framing
		opts    pcapng.Options
		link    layers.LinkType
	}{
		{"Ethernet", netif.Ethernet, pcapng.Options{Name: "en0", Description: "a wire"}, layers.LinkTypeEthernet},
		{"IP", netif.IP, pcapng.Options{Name: "tn0"}, layers.LinkTypeRaw},
		{"cut within the first element", netif.Ethernet, pcapng.Options{SnapLen: 20}, layers.LinkTypeEthernet},
		{"cut within the second element", netif.Ethernet, pcapng.Options{SnapLen: 90}, layers.LinkTypeEthernet},
	} {
		t.Run(c.name, func(t *testing.T) {
			var file bytes.Buffer
			want, flags := session(t, c.framing, &file, c.opts)
			r, got := read(t, file.Bytes())
			ifc := must[pcapgo.NgInterface](t)(r.Interface(0))
			if ifc.Name != c.opts.Name || ifc.Description != c.opts.Description || ifc.LinkType != c.link {
				t.Errorf("interface %+v", ifc)
			}
			if len(got) != len(want) {
				t.Fatalf("%d packets, want %d", len(got), len(want))
			}
			opts := packetOptions(t, file.Bytes())
			for i, g := range got {
				x := want[i]
				if g.length != x.length || !g.at.Equal(x.at) || !bytes.Equal(g.data, x.data) {
					t.Errorf("packet %d: %+v, want %+v", i, g, x)
				}
				if o := options(flags[i], ""); !bytes.Equal(opts[i], o) {
					t.Errorf("packet %d: options % x, want % x", i, opts[i], o)
				}
			}
			var again bytes.Buffer
			session(t, c.framing, &again, c.opts)
			if !bytes.Equal(file.Bytes(), again.Bytes()) {
				t.Error("an equal run gave another file")
			}
		})
	}
}

func TestSeveralInterfacesInOneFile(t *testing.T) {
	var file bytes.Buffer
	w := must[*pcapng.Writer](t)(pcapng.NewWriter(&file))
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	a, b := memlink.New(memlink.Config{Framing: netif.IP})
	ra := must[*pcapng.Driver](t)(w.Record(a, clock, pcapng.Options{Name: "a"}))
	rb := must[*pcapng.Driver](t)(w.Record(b, clock, pcapng.Options{Name: "b"}))
	if ra.Attach(&end{pool: pool}) != nil || rb.Attach(&end{pool: pool}) != nil {
		t.Fatal("not attached")
	}
	if ra.Writer() != w || ra.Inner() != netif.Driver(a) || ra.Properties() != a.Properties() {
		t.Error("Writer, Inner or Properties is another's")
	}
	ra.Transmit([]*pbuf.Buf{chain(pool, udp(t, netif.IP, nil, 10))})
	if err := errors.Join(ra.Detach(), rb.Detach(), w.Close()); err != nil {
		t.Fatal(err)
	}
	_, got := read(t, file.Bytes())
	if len(got) != 2 || got[0].ifc != 0 || got[1].ifc != 1 || !bytes.Equal(got[0].data, got[1].data) {
		t.Errorf("got %+v", got)
	}
	if _, err := w.Record(a, clock, pcapng.Options{}); !errors.Is(err, pcapng.ErrClosed) {
		t.Errorf("Record on a closed file: %v", err)
	}
}

func TestFailingFileDoesNotHarmTraffic(t *testing.T) {
	broken := errors.New("disk full")
	if _, err := pcapng.New(nil, &failing{err: broken}, nil, pcapng.Options{}); !errors.Is(err, broken) {
		t.Errorf("New: %v", err)
	}
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	port, peer := memlink.New(memlink.Config{})
	d := must[*pcapng.Driver](t)(pcapng.New(port, &failing{left: 500, err: broken}, clock, pcapng.Options{Unbuffered: true}))
	a, b := &end{pool: pool}, &end{pool: pool}
	if d.Attach(a) != nil || peer.Attach(b) != nil {
		t.Fatal("not attached")
	}
	for range 10 {
		d.Transmit([]*pbuf.Buf{pool.Alloc(pbuf.Raw, 1000, pbuf.RAM)})
		peer.Transmit([]*pbuf.Buf{pool.Alloc(pbuf.Raw, 1000, pbuf.RAM)})
	}
	if a.n != 10 || b.n != 10 {
		t.Errorf("%d and %d frames passed, want 10 each", a.n, b.n)
	}
	if got := d.Writer().Stats(); got != (pcapng.Stats{Packets: 1, Dropped: 19}) {
		t.Errorf("%+v", got)
	}
	if err := d.Detach(); !errors.Is(err, broken) {
		t.Errorf("Detach: %v", err)
	}
}

func TestUnbuffered(t *testing.T) {
	var file bytes.Buffer
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	port, _ := memlink.New(memlink.Config{})
	d := must[*pcapng.Driver](t)(pcapng.New(port, &file, clock, pcapng.Options{Unbuffered: true}))
	d.Transmit([]*pbuf.Buf{pool.Alloc(pbuf.Raw, 60, pbuf.RAM)})
	if _, got := read(t, file.Bytes()); len(got) != 1 {
		t.Errorf("%d packets in the file, want 1", len(got))
	}
}

func TestAttachDetach(t *testing.T) {
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	port, peer := memlink.New(memlink.Config{})
	d := must[*pcapng.Driver](t)(pcapng.New(port, io.Discard, clock, pcapng.Options{}))
	a := &end{pool: pool}
	if err := port.Attach(a); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Attach(a); !errors.Is(err, netif.ErrAttached) {
			t.Errorf("inner driver taken: %v", err)
		}
	}
	port.Detach()
	if err := d.Attach(a); err != nil {
		t.Fatal(err)
	}
	if err := d.Attach(a); !errors.Is(err, netif.ErrAttached) {
		t.Errorf("second Attach: %v", err)
	}
	peer.SetLink(false)
	peer.SetLink(true)
	if !slices.Equal(a.links, []bool{false, true}) {
		t.Errorf("links %v", a.links)
	}
	a.then = func() { d.Detach() } // from within a delivery
	for range 2 {
		peer.Transmit([]*pbuf.Buf{pool.Alloc(pbuf.Raw, 60, pbuf.RAM)})
	}
	if a.n != 1 || pool.Stats().BlocksInUse != 0 {
		t.Errorf("%d frames, %+v", a.n, pool.Stats())
	}
}

func TestZeroAllocDriver(t *testing.T) {
	pool, clock := pbuf.NewPool(pbuf.Config{}), sysarch.NewManual()
	port, peer := memlink.New(memlink.Config{})
	d := must[*pcapng.Driver](t)(pcapng.New(port, io.Discard, clock, pcapng.Options{}))
	if d.Attach(&end{pool: pool}) != nil || peer.Attach(&end{pool: pool}) != nil {
		t.Fatal("not attached")
	}
	batch := make([]*pbuf.Buf, 8)
	n := testing.AllocsPerRun(500, func() {
		for _, transmit := range [...]func([]*pbuf.Buf){d.Transmit, peer.Transmit} {
			for i := range batch {
				batch[i] = pool.Alloc(pbuf.Raw, 1500, pbuf.RAM)
				clear(batch[i].Bytes())
			}
			transmit(batch)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

// TestTshark has Wireshark read a file, if it is there.
func TestTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tshark is not installed")
		}
		t.Skip("tshark is not installed")
	}
	for _, framing := range []netif.Framing{netif.Ethernet, netif.IP} {
		var file bytes.Buffer
		want, _ := session(t, framing, &file, pcapng.Options{Name: "x0", Description: "tested"})
		path := filepath.Join(t.TempDir(), "a.pcapng")
		if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tshark, "-r", path, "-T", "fields", "-E", "separator=,",
			"-e", "frame.interface_name", "-e", "frame.packet_flags_direction", "-e", "frame.time_epoch", "-e", "frame.len")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr.String())
		}
		for line := range strings.Lines(stderr.String()) {
			if !strings.Contains(line, "Running as user") {
				t.Errorf("tshark says: %s", line)
			}
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(lines) != len(want) {
			t.Fatalf("%d packets, want %d:\n%s", len(lines), len(want), out)
		}
		for i, line := range lines {
			f := strings.Split(line, ",")
			dir := "2" // outbound, but for every third
			if i%3 == 2 || i == 9 {
				dir = "1"
			}
			if len(f) != 4 || f[0] != "x0" || !strings.HasSuffix(f[1], dir) || f[3] != fmt.Sprint(want[i].length) ||
				f[2] != fmt.Sprintf("%d.%09d", want[i].at.Unix(), want[i].at.Nanosecond()) {
				t.Errorf("packet %d: %s, want direction %s, %v, %d bytes", i, line, dir, want[i].at, want[i].length)
			}
		}
	}
}
