package tuntap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/golwip/lwip/internal/checksum"
	"github.com/golwip/lwip/netif/ethernet"
	"github.com/golwip/lwip/pbuf"
)

// inNamespace runs f on a thread in a network namespace of its own, which ends
// with the thread. These tests need root and the kernel's tun module.
func inNamespace(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	done := make(chan string)
	go func() {
		// The thread is not unlocked, so it ends with this goroutine.
		runtime.LockOSThread()
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			done <- "no network namespace: " + err.Error()
			return
		}
		if _, err := os.Stat(devicePath); err != nil {
			done <- err.Error()
			return
		}
		defer close(done)
		f(t)
	}()
	if missing, ok := <-done; ok {
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
}

// TestKernelTAP solicits the link-local address that the kernel gives its end
// of a TAP device, and hears an advertisement: frames pass both ways.
func TestKernelTAP(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		d, err := OpenTAP("", Config{MTU: 1400, Up: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer d.Close()
		if d.Name() == "" || d.Properties().MTU != 1400 {
			t.Errorf("name %q, properties %+v", d.Name(), d.Properties())
		}
		r := newReceiver(pbuf.Config{})
		if err := d.Attach(r); err != nil {
			t.Error(err)
			return
		}
		us := ethernet.Addr{2, 0, 0, 0, 0, 1}
		usIP := netip.MustParseAddr("fe80::1")
		var kernel netip.Addr
		limit := time.After(20 * time.Second)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case batch := <-r.batches:
				for _, f := range batch {
					if len(f) < 14+40 || f[12] != 0x86 || f[13] != 0xdd {
						continue
					}
					if src := netip.AddrFrom16([16]byte(f[22:38])); src.IsLinkLocalUnicast() {
						kernel = src
					}
					if f[20] == 58 && f[54] == 136 && netip.AddrFrom16([16]byte(f[62:78])) == kernel && bytes.Equal(f[:6], us[:]) {
						d.Close()
						r.checkEmpty(t)
						return
					}
				}
			case <-tick.C:
				if kernel.IsValid() {
					d.Transmit([]*pbuf.Buf{solicit(t, r.pool, us, usIP, kernel)})
				}
			case <-limit:
				t.Errorf("no neighbour advertisement in 20 s; kernel's address %v; %+v", kernel, d.Stats())
				return
			}
		}
	})
}

// solicit builds a neighbour solicitation as a chain of header and payload
// (RFC 4861 §4.3).
func solicit(t testing.TB, pool *pbuf.Pool, src ethernet.Addr, srcIP, target netip.Addr) *pbuf.Buf {
	f := make([]byte, 14+40+32)
	tgt := target.As16()
	copy(f, []byte{0x33, 0x33, 0xff, tgt[13], tgt[14], tgt[15]})
	copy(f[6:], src[:])
	f[12], f[13] = 0x86, 0xdd
	h := f[14:]
	h[0], h[5], h[6], h[7] = 0x60, 32, 58, 255
	s16 := srcIP.As16()
	copy(h[8:], s16[:])
	copy(h[24:], []byte{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, tgt[13], tgt[14], tgt[15]})
	m := h[40:]
	m[0] = 135
	copy(m[8:], tgt[:])
	m[24], m[25] = 1, 1
	copy(m[26:], src[:])
	pseudo := append(bytes.Clone(h[8:40]), 0, 0, 0, 32, 0, 0, 0, 58)
	binary.BigEndian.PutUint16(m[2:], ^checksum.Sum(append(pseudo, m...)))
	return chain(t, pool, f, 54, 32)
}

// TestKernelTUN hears the kernel announce itself in bare IPv6 packets.
func TestKernelTUN(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		d, err := OpenTUN("probe%d", Config{Up: true})
		if err != nil {
			t.Error(err)
			return
		}
		defer d.Close()
		if d.Name() != "probe0" || d.Properties().MTU != 1500 {
			t.Errorf("name %q, properties %+v", d.Name(), d.Properties())
		}
		r := newReceiver(pbuf.Config{})
		if err := d.Attach(r); err != nil {
			t.Error(err)
			return
		}
		select {
		case batch := <-r.batches:
			if f := batch[0]; len(f) < 40 || f[0]>>4 != 6 {
				t.Errorf("not an IPv6 packet: % x", f)
			}
		case <-time.After(20 * time.Second):
			t.Error("the kernel sent nothing in 20 s")
		}
		// A second opening of a device with one queue is refused.
		if d2, err := OpenTUN(d.Name(), Config{}); !errors.Is(err, syscall.EBUSY) {
			t.Errorf("second opening: %v, %v; want EBUSY", d2, err)
		}
		d.Close()
		r.checkEmpty(t)
	})
}

// TestKernelDeviceDown: writes to a device whose kernel end is down fail and
// are counted.
func TestKernelDeviceDown(t *testing.T) {
	inNamespace(t, func(t *testing.T) {
		d, err := OpenTUN("", Config{})
		if err != nil {
			t.Error(err)
			return
		}
		defer d.Close()
		r := newReceiver(pbuf.Config{})
		d.Transmit([]*pbuf.Buf{chain(t, r.pool, append([]byte{0x45}, make([]byte, 39)...), 40)})
		if s := d.Stats(); s.TxErrors != 1 {
			t.Errorf("stats: %+v", s)
		}
		r.checkEmpty(t)
	})
}

// BenchmarkTransmit writes full segments to a TUN device; the kernel drops
// them.
func BenchmarkTransmit(b *testing.B) {
	for _, bench := range []struct {
		name  string
		sizes []int
	}{{"one element", []int{1500}}, {"header and payload", []int{52, 1448}}} {
		b.Run(bench.name, func(b *testing.B) {
			errs := make(chan error, 1)
			go func() {
				runtime.LockOSThread()
				errs <- benchTransmit(b, bench.sizes)
			}()
			if err := <-errs; err != nil {
				b.Skip(err)
			}
		})
	}
}

func benchTransmit(b *testing.B, sizes []int) error {
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		return err
	}
	d, err := OpenTUN("", Config{Up: true})
	if err != nil {
		return err
	}
	defer d.Close()
	pool := pbuf.NewPool(pbuf.Config{})
	packet := make([]byte, 1500)
	packet[0], packet[8], packet[9] = 0x45, 64, 254
	const n = 32
	batch := make([]*pbuf.Buf, n)
	b.SetBytes(1500)
	b.ReportAllocs()
	for i := 0; i < b.N; i += n {
		for j := range batch {
			batch[j] = chain(b, pool, packet, sizes...)
		}
		d.Transmit(batch)
	}
	return nil
}
