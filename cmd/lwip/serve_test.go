package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golwip/lwip/netif/impair"
	"github.com/golwip/lwip/netif/tuntap"
)

// TestServices runs serve's services on one stack of a pair and uses them from
// the other.
func TestServices(t *testing.T) {
	p, err := newPair(1, impair.Profile{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	content := randomBytes(100_000, 7)
	if err := os.WriteFile(filepath.Join(root, "file"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &services{stack: p.far}
	o := serveOptions{root: root, http: ":80", echo: ":7", discard: ":9"}
	if err := o.start(s); err != nil {
		t.Fatal(err)
	}
	if len(s.started) != 5 {
		t.Errorf("started %q", s.started)
	}
	deadline := time.Now().Add(20 * time.Second)

	for _, host := range []string{"10.0.0.2", "fd00::2"} {
		client := &http.Client{Transport: &http.Transport{DialContext: p.near.DialContext, DisableKeepAlives: true}}
		resp, err := client.Get("http://" + net.JoinHostPort(host, "80") + "/file")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !bytes.Equal(got, content) {
			t.Errorf("http: %d bytes, %v", len(got), err)
		}

		for _, network := range []string{"tcp", "udp"} {
			c, err := p.near.Dial(network, net.JoinHostPort(host, "7"))
			if err != nil {
				t.Fatal(err)
			}
			c.SetDeadline(deadline)
			if _, err := c.Write([]byte("hello")); err != nil {
				t.Error(err)
			}
			b := make([]byte, 5)
			if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello" {
				t.Errorf("%s echo: %q, %v", network, b, err)
			}
			c.Close()
		}

		c, err := p.near.Dial("tcp", net.JoinHostPort(host, "9"))
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(deadline)
		if _, err := c.Write(content); err != nil {
			t.Errorf("discard: %v", err)
		}
		c.Close()
	}

	// A connection that is still open does not hold up the end.
	c, err := p.near.Dial("tcp", "10.0.0.2:7")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	c.SetDeadline(deadline)
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection outlived the services")
	}
	c.Close()
	var out bytes.Buffer
	printStats(&out, p.far.Stats(), tuntap.Stats{RxFrames: 12})
	if !strings.Contains(out.String(), "12 frames in") || !strings.Contains(out.String(), "7 connections accepted") {
		t.Errorf("counters:\n%s", out.String())
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// TestEchoUDPDoesNotAnswerServices: two echo services must not talk to each
// other forever.
func TestEchoUDPDoesNotAnswerServices(t *testing.T) {
	p, err := newPair(1, impair.Profile{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	far, err := p.far.ListenPacket("udp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		echoUDP(far)
		close(done)
	}()
	service, err := p.near.ListenPacket("udp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	client, err := p.near.ListenPacket("udp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	to := &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 7}
	for _, c := range []net.PacketConn{service, client} {
		if _, err := c.WriteTo([]byte("x"), to); err != nil {
			t.Fatal(err)
		}
	}
	// The client asked last and is answered, so the service never will be.
	client.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, _, err := client.ReadFrom(make([]byte, 10)); err != nil {
		t.Errorf("the client is not answered: %v", err)
	}
	service.SetReadDeadline(time.Unix(1, 0))
	if n, _, err := service.ReadFrom(make([]byte, 10)); err == nil {
		t.Errorf("the service is answered with %d bytes", n)
	}
	far.Close()
	<-done
}
