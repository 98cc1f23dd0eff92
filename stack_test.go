package lwip_test

import (
	"io"
	"net/netip"
	"testing"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/netif/memlink"
)

// twoStacks returns stacks 10.0.0.1 and 10.0.0.2 on a wire in memory.
func twoStacks(t testing.TB, cfg func(i int) lwip.Config, wrap func(i int, d netif.Driver) netif.Driver) (a, b *lwip.Stack) {
	t.Helper()
	la, lb := memlink.New(memlink.Config{})
	var s [2]*lwip.Stack
	for i, d := range []netif.Driver{la, lb} {
		c := lwip.Config{}
		if cfg != nil {
			c = cfg(i)
		}
		if c.ND6.DADAttempts == 0 {
			c.ND6.DADAttempts = -1
		}
		if wrap != nil {
			d = wrap(i, d)
		}
		st, err := lwip.New(c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = st.AddInterface(d, netif.Config{
			Addr4:  netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i + 1)}), 24),
			Addrs6: []netip.Prefix{netip.MustParsePrefix([]string{"fd00::1/64", "fd00::2/64"}[i])},
		})
		if err != nil {
			t.Fatal(err)
		}
		s[i] = st
	}
	t.Cleanup(func() { s[0].Close(); s[1].Close() })
	return s[0], s[1]
}

func TestEcho(t *testing.T) {
	for _, addr := range []string{"10.0.0.1:7", "[fd00::1]:7"} {
		a, b := twoStacks(t, nil, nil)
		l, err := a.Listen("tcp", ":7")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			io.Copy(c, c)
			c.Close()
		}()
		c, err := b.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 10)
		n, err := c.Read(buf)
		if err != nil || string(buf[:n]) != "hello" {
			t.Fatalf("%q, %v", buf[:n], err)
		}
		c.Close()
	}
}
