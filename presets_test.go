package lwip_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/tcp"
)

// measured is what a preset does on a path of 20 ms each way.
type measured struct {
	goodput float64       // bytes a second, of 8 MiB
	peak    int           // most packet memory at one time, both stacks, bytes
	lone    time.Duration // from writing one octet to its acknowledgement
}

// measure runs a transfer between two stacks of one configuration, in the time
// of a bubble.
func measure(t *testing.T, preset func() lwip.Config) (m measured) {
	synctest.Test(t, func(t *testing.T) {
		cfg := func(i int) lwip.Config {
			c := preset()
			c.Rand = sysarch.NewSeededRand(uint64(i + 1))
			return c
		}
		a, b := twoStacks(t, cfg, func(_ int, d netif.Driver) netif.Driver {
			return impair.New(d, sysarch.Real(), impair.Config{Out: impair.Profile{Delay: 20 * time.Millisecond}})
		})
		l, err := a.Listen("tcp", ":9")
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan int64)
		go func() {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			n, _ := io.Copy(io.Discard, struct{ io.Reader }{c}) // TCPConn.WriteTo has a buffer of its own
			c.Close()
			got <- n
		}()
		c, err := b.Dial("tcp", "10.0.0.1:9")
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.Write([]byte{1}); err != nil {
			t.Fatal(err)
		}
		for b.Pool().Stats().BlocksInUse > 0 {
			<-time.After(time.Millisecond)
		}
		m.lone = time.Since(start)
		start = time.Now()
		const size = 8 << 20
		if _, err := c.Write(make([]byte, size)); err != nil {
			t.Fatal(err)
		}
		c.Close()
		if n := <-got; n != size+1 {
			t.Fatalf("%d bytes arrived", n)
		}
		m.goodput = size / time.Since(start).Seconds()
		m.peak = a.Pool().Stats().PeakBytes + b.Pool().Stats().PeakBytes
		l.Close()
		a.Close()
		b.Close()
	})
	return m
}

// Each preset does what its name says, beside the default.
func TestPresets(t *testing.T) {
	def := measure(t, func() lwip.Config { return lwip.Config{} })
	fast := measure(t, lwip.MaxThroughput)
	quick := measure(t, lwip.MinLatency)
	small := measure(t, lwip.MinRAM)
	esp := measure(t, lwip.ESPIDF)
	up := measure(t, lwip.Upstream)
	t.Logf("default %+v\nMaxThroughput %+v\nMinLatency %+v\nMinRAM %+v\nESPIDF %+v\nUpstream %+v", def, fast, quick, small, esp, up)
	// The default's buffers have to grow first.
	fixed := measure(t, func() lwip.Config {
		return lwip.Config{TCP: tcp.Config{NoSendTuning: true, NoReceiveTuning: true}}
	})
	if fast.goodput < 2*fixed.goodput || fast.goodput < def.goodput {
		t.Errorf("MaxThroughput: %.0f bytes/s, the default %.0f, without growing buffers %.0f", fast.goodput, def.goodput, fixed.goodput)
	}
	if quick.lone >= def.lone {
		t.Errorf("MinLatency: an octet acknowledged after %v, by default after %v", quick.lone, def.lone)
	}
	if small.peak > 64<<10 || small.peak*4 > def.peak {
		t.Errorf("MinRAM: %d bytes of packets at the peak, by default %d", small.peak, def.peak)
	}
	// Windows of 5760 and 2144 bytes each 40 ms.
	if lo, hi := 0.8*5760/0.04, 5760/0.04; esp.goodput < lo || esp.goodput > hi {
		t.Errorf("ESPIDF: %.0f bytes/s, want %.0f to %.0f", esp.goodput, lo, hi)
	}
	if hi := 2144 / 0.04; up.goodput > hi || up.goodput < hi/4 {
		t.Errorf("Upstream: %.0f bytes/s, want up to %.0f", up.goodput, hi)
	}
}
