package interop

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// bulk is how much a transfer over a good link moves, and slow how much one over
// a bad link does.
func bulk() int64 {
	if testing.Short() {
		return 16 << 20
	}
	return 256 << 20
}

func slow() int64 {
	if testing.Short() {
		return 2 << 20
	}
	return 16 << 20
}

// serve runs an HTTP server on l until the test ends.
func serve(t *testing.T, l net.Listener, h http.HandlerFunc) {
	t.Helper()
	srv := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		srv.Serve(l)
		close(done)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
	})
}

func url(a netip.AddrPort, n int64) string { return fmt.Sprintf("http://%v/%d", a, n) }

// curlFromUs has the kernel's curl fetch n bytes from our server.
func curlFromUs(t *testing.T, l link, f family, n int64) {
	r := newRig(t, l)
	at := netip.AddrPortFrom(f.ours, 80)
	ln, err := r.stack.Listen(f.tcp, at.String())
	if err != nil {
		t.Fatal(err)
	}
	serve(t, ln, serveContent)
	got := newSink()
	start := time.Now()
	if err := r.pipe(got, "curl", "-sS", "--fail", "--noproxy", "*", "-m", "200", url(at, n)); err != nil {
		t.Fatalf("%v\n%+v", err, r.stack.Stats().TCP)
	}
	logSpeed(t, r, n, time.Since(start))
	if err := got.check(n); err != nil {
		t.Error(err)
	}
}

// getFromKernel has our client fetch n bytes from a server on the kernel's
// stack.
func getFromKernel(t *testing.T, l link, f family, n int64) {
	r := newRig(t, l)
	ln := r.listen(t, f)
	serve(t, ln, serveContent)
	got := newSink()
	start := time.Now()
	fetch(t, r, ln, n, got)
	logSpeed(t, r, n, time.Since(start))
	if err := got.check(n); err != nil {
		t.Error(err)
	}
}

// fetch has our client fetch n bytes from the server on ln.
func fetch(t *testing.T, r *rig, ln net.Listener, n int64, got *sink) {
	t.Helper()
	tr := &http.Transport{DialContext: r.stack.DialContext}
	defer tr.CloseIdleConnections()
	at := ln.Addr().(*net.TCPAddr).AddrPort()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, url(at, n), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(got, resp.Body); err != nil {
		t.Fatalf("%v after %d bytes\n%+v", err, got.n, r.stack.Stats().TCP)
	}
}

func logSpeed(t *testing.T, r *rig, n int64, d time.Duration) {
	s := r.stack.Stats().TCP
	t.Logf("%d MiB in %v: %.1f MiB/s; %d segments out, %d sent again, %d in, %d out of order; device %+v",
		n>>20, d.Round(time.Millisecond), float64(n)/(1<<20)/d.Seconds(), s.SegmentsOut, s.Retransmits, s.Segments, s.OutOfOrder, r.dev.Stats())
}

func TestCurlFromUs(t *testing.T) {
	each(t, func(t *testing.T, f family) { curlFromUs(t, tap, f, bulk()) })
}

func TestGetFromKernel(t *testing.T) {
	each(t, func(t *testing.T, f family) { getFromKernel(t, tap, f, bulk()) })
}

func TestCurlFromUsOverTUN(t *testing.T) {
	each(t, func(t *testing.T, f family) { curlFromUs(t, tun, f, bulk()/8) })
}

func TestGetFromKernelOverTUN(t *testing.T) {
	each(t, func(t *testing.T, f family) { getFromKernel(t, tun, f, bulk()/8) })
}

// Over a bad link the tests mostly wait, so they run side by side.

func TestCurlFromUsBadLink(t *testing.T) {
	each(t, func(t *testing.T, f family) {
		t.Parallel()
		curlFromUs(t, badTAP, f, slow())
	})
}

func TestGetFromKernelBadLink(t *testing.T) {
	each(t, func(t *testing.T, f family) {
		t.Parallel()
		getFromKernel(t, badTAP, f, slow())
	})
}

// TestParallelCurls: 200 curls at once. No request is answered before all of
// them are there.
func TestParallelCurls(t *testing.T) {
	const count, n = 200, 100_000
	each(t, func(t *testing.T, f family) {
		r := newRig(t, tap)
		at := netip.AddrPortFrom(f.ours, 80)
		ln, err := r.stack.Listen(f.tcp, at.String())
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Add(count)
		serve(t, ln, func(w http.ResponseWriter, req *http.Request) {
			all.Done()
			all.Wait()
			serveContent(w, req)
		})
		out := r.run(t, "sh", "-c", fmt.Sprintf(
			`seq %d | xargs -P %d -I{} curl -sS --fail --noproxy '*' -m 120 -o /dev/null -w '%%{http_code} %%{size_download}\n' '%s'`,
			count, count, url(at, n)))
		if got := strings.Count(out, fmt.Sprintf("200 %d\n", n)); got != count {
			t.Errorf("%d of %d curls succeeded:\n%s", got, count, out)
		}
	})
}
