package lwip_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/sys_arch"
)

// impaired returns a wrap function for twoStacks: what each stack sends meets
// the profile.
func impaired(clock sysarch.Clock, p impair.Profile) func(i int, d netif.Driver) netif.Driver {
	return func(i int, d netif.Driver) netif.Driver {
		p := p
		p.Seed += uint64(i)
		return impair.New(d, clock, impair.Config{Out: p})
	}
}

// checkEmpty fails the test if a closed stack holds packet memory or
// connections.
func checkEmpty(t testing.TB, stacks ...*lwip.Stack) {
	t.Helper()
	for i, s := range stacks {
		if st := s.Pool().Stats(); st.BlocksInUse != 0 || st.ViewsInUse != 0 || st.BytesInUse != 0 {
			t.Errorf("stack %d: packet memory in use: %+v", i, st)
		}
		if got := connections(s); got != "" {
			t.Errorf("stack %d: connections left:%s", i, got)
		}
	}
}

// TestHTTP runs net/http over TLS between two stacks on a slow link that loses
// frames: HTTP/2 and HTTP/1.1, over IPv4 and IPv6. It runs in a bubble, which
// does not end while a goroutine is left.
func TestHTTP(t *testing.T) {
	for _, proto := range []int{2, 1} {
		for _, host := range []string{"10.0.0.1", "fd00::1"} {
			t.Run(fmt.Sprintf("HTTP%d/%s", proto, host), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testHTTP(t, proto, host) })
			})
		}
	}
}

func testHTTP(t *testing.T, proto int, host string) {
	link := impair.Profile{Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: 0.01, Seed: 7}
	a, b := twoStacks(t, nil, impaired(sysarch.Real(), link))
	site := serveTLS(t, a, host)
	client := site.client(b, proto == 2)

	// The first request opens the connection, the others reuse it.
	for i := range 3 {
		var reused bool
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused },
		})
		site.echo(ctx, t, client, proto, fmt.Sprintf("request %d", i))
		if reused != (i > 0) {
			t.Errorf("request %d: connection reused: %v", i, reused)
		}
	}
	if got := site.accepted.Load(); got != 1 {
		t.Errorf("three requests took %d connections", got)
	}

	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() { site.echo(context.Background(), t, client, proto, fmt.Sprintf("concurrent %d", i)) })
	}
	wg.Go(func() { site.download(t, client, proto) })
	wg.Wait()
	if got := site.accepted.Load(); proto == 2 && got != 1 {
		t.Errorf("HTTP/2 took %d connections", got)
	}

	site.cancel(t, client)
	site.echo(context.Background(), t, client, proto, "after a cancelled request")

	client.CloseIdleConnections()
	if err := site.server.Shutdown(context.Background()); err != nil {
		t.Error("shutdown:", err)
	}
	if err := <-site.served; !errors.Is(err, http.ErrServerClosed) {
		t.Error("serve:", err)
	}
	pass(3 * time.Minute) // TIME-WAIT
	for i, s := range []*lwip.Stack{a, b} {
		if got := connections(s); got != "" {
			t.Errorf("stack %d: after closing in order:%s", i, got)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	checkEmpty(t, a, b)
}

// site is a web server on a stack.
type site struct {
	url      string
	server   *http.Server
	served   chan error
	accepted atomic.Int32
	hung     chan struct{} // a request for /hang arrived
	gone     chan error    // and its client gave up
	roots    *x509.CertPool
	content  []byte
}

// serveTLS starts a web server with a certificate of its own on s.
func serveTLS(t *testing.T, s *lwip.Stack, host string) *site {
	t.Helper()
	cert, roots := certificate(t, host)
	w := &site{
		url: "https://" + net.JoinHostPort(host, "443"), roots: roots, served: make(chan error, 1),
		hung: make(chan struct{}, 1), gone: make(chan error, 1), content: make([]byte, 2<<20),
	}
	sysarch.NewSeededRand(1).Read(w.content)
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(rw http.ResponseWriter, r *http.Request) { io.Copy(rw, r.Body) })
	mux.HandleFunc("/large", func(rw http.ResponseWriter, r *http.Request) {
		http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(w.content))
	})
	mux.HandleFunc("/hang", func(rw http.ResponseWriter, r *http.Request) {
		w.hung <- struct{}{}
		<-r.Context().Done()
		w.gone <- r.Context().Err()
	})
	w.server = &http.Server{
		Handler: mux,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				w.accepted.Add(1)
			}
		},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}},
	}
	l, err := s.Listen("tcp", ":443")
	if err != nil {
		t.Fatal(err)
	}
	go func() { w.served <- w.server.ServeTLS(l, "", "") }()
	return w
}

// client returns a client of the site on stack s.
func (w *site) client(s *lwip.Stack, http2 bool) *http.Client {
	p := new(http.Protocols)
	p.SetHTTP1(!http2)
	p.SetHTTP2(http2)
	return &http.Client{Transport: &http.Transport{
		DialContext: s.DialContext, Protocols: p, TLSClientConfig: &tls.Config{RootCAs: w.roots},
	}}
}

// echo posts a text, which must come back.
func (w *site) echo(ctx context.Context, t *testing.T, c *http.Client, proto int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/echo", bytes.NewReader([]byte(text)))
	if err != nil {
		t.Error(err)
		return
	}
	r, err := c.Do(req)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return
	}
	defer r.Body.Close()
	if body, err := io.ReadAll(r.Body); err != nil || string(body) != text || r.ProtoMajor != proto {
		t.Errorf("got %q over HTTP/%d, %v; want %q over HTTP/%d", body, r.ProtoMajor, err, text, proto)
	}
}

// download gets the large file and compares its hash.
func (w *site) download(t *testing.T, c *http.Client, proto int) {
	t.Helper()
	r, err := c.Get(w.url + "/large")
	if err != nil {
		t.Error(err)
		return
	}
	defer r.Body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, r.Body)
	want := sha256.Sum256(w.content)
	if err != nil || r.ProtoMajor != proto || !bytes.Equal(sum.Sum(nil), want[:]) {
		t.Errorf("download: %d of %d bytes, SHA-256 %x, want %x; HTTP/%d, %v", n, len(w.content), sum.Sum(nil), want, r.ProtoMajor, err)
	}
}

// cancel gives up a request while the server works on it; the server must hear.
func (w *site) cancel(t *testing.T, c *http.Client) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-w.hung
		cancel()
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/hang", nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.Do(req); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled request: %v, %v", r, err)
	}
	if err := <-w.gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the server's request: %v", err)
	}
}

// certificate makes a self-signed certificate for host, and the pool with it.
func certificate(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.ParseIP(host)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}
