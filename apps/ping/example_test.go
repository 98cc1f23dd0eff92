package ping_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/golwip/lwip/apps/ping"
	"github.com/golwip/lwip/sys_arch"
)

// mirror is a raw connection to a host that answers every echo request. A
// stack's ListenPacket(ping.Network(target), "") gives a real one.
type mirror struct {
	net.PacketConn
	msg  []byte
	from net.Addr
}

func (m *mirror) SetReadDeadline(time.Time) error { return nil }

func (m *mirror) WriteTo(b []byte, dst net.Addr) (int, error) {
	m.msg, m.from = append([]byte{0}, b[1:]...), dst // type 0: echo reply
	return len(b), nil
}

func (m *mirror) ReadFrom(b []byte) (int, net.Addr, error) {
	return copy(b, m.msg), m.from, nil
}

func Example() {
	session, err := ping.New(&mirror{}, sysarch.Real(), netip.MustParseAddr("192.0.2.1"), ping.Config{
		Count:   1,
		OnReply: func(r ping.Reply) { fmt.Println(r.Size, "bytes from", r.From, "seq", r.Seq) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	profile, err := session.Run(context.Background())
	fmt.Println(profile.Sent, "sent,", profile.Replies, "received,", err)
	// Output:
	// 64 bytes from 192.0.2.1 seq 1
	// 1 sent, 1 received, <nil>
}
