package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// kernel is the host's stack in a network namespace of its own, as a netstack:
// the other end of a TUN device.
type kernel struct {
	jobs chan func() // run on the one thread that is in the namespace
}

// tunName is the device's name in the namespace.
const tunName = "bench0"

// newKernel makes a namespace. It needs root.
func newKernel() (*kernel, error) {
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		return nil, fmt.Errorf("%w: %v", errNoTUN, err)
	}
	k := &kernel{jobs: make(chan func())}
	made := make(chan error)
	go func() {
		// The thread is not unlocked, so it ends, and the namespace with it.
		runtime.LockOSThread()
		err := syscall.Unshare(syscall.CLONE_NEWNET)
		made <- err
		if err != nil {
			return
		}
		for job := range k.jobs {
			job()
		}
	}()
	if err := <-made; err != nil {
		return nil, fmt.Errorf("%w: network namespace: %v", errNoTUN, err)
	}
	return k, nil
}

// do runs f in the namespace: what it opens stays there.
func (k *kernel) do(f func() error) error {
	res := make(chan error, 1)
	k.jobs <- func() { res <- f() }
	return <-res
}

// address gives the kernel's end of the device its address and sets it up.
func (k *kernel) address(addr string, mtu int) error {
	return k.do(func() error {
		for _, args := range [][]string{
			{"addr", "add", fmt.Sprintf("%s/%d", addr, prefixBits), "dev", tunName},
			{"link", "set", tunName, "mtu", fmt.Sprint(mtu), "up"},
		} {
			if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				return fmt.Errorf("ip %v: %w: %s", args, err, out)
			}
		}
		return nil
	})
}

// Dial implements netstack.
func (k *kernel) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	err = k.do(func() error {
		var d net.Dialer
		d.SetMultipathTCP(false)
		c, err = d.DialContext(ctx, network, address)
		return err
	})
	return c, err
}

// Listen implements netstack.
func (k *kernel) Listen(network, address string) (l net.Listener, err error) {
	err = k.do(func() error {
		var lc net.ListenConfig
		lc.SetMultipathTCP(false)
		l, err = lc.Listen(context.Background(), network, address)
		return err
	})
	return l, err
}

// ListenPacket implements netstack.
func (k *kernel) ListenPacket(network, address string) (c net.PacketConn, err error) {
	err = k.do(func() error {
		c, err = net.ListenPacket(network, address)
		return err
	})
	return c, err
}

// Close implements netstack.
func (k *kernel) Close() error {
	close(k.jobs)
	return nil
}

// newTUNPair joins the kernel and the stack that attach makes of a link to it;
// the sender is the client.
func newTUNPair(kind linkKind, attach func(k *kernel, address string) (netstack, error)) (pair, error) {
	ours, theirs := clientAddr, serverAddr
	if kind.tun == tunDown {
		ours, theirs = theirs, ours
	}
	k, err := newKernel()
	if err != nil {
		return pair{}, err
	}
	s, err := attach(k, ours)
	if err != nil {
		return pair{}, errors.Join(err, k.Close())
	}
	if err := k.address(theirs, kind.linkMTU()); err != nil {
		return pair{}, errors.Join(err, s.Close(), k.Close())
	}
	if kind.tun == tunDown {
		return pair{client: k, server: s}, nil
	}
	return pair{client: s, server: k}, nil
}
