package drill

import (
	"github.com/golwip/lwip/netif"
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/sys_arch"
	"github.com/golwip/lwip/timers"
)

// link is the driver between the script and the stack under test: it keeps what
// the stack sends, with the time, and injects what the script says.
type link struct {
	mtu   int
	clock *sysarch.Manual
	recv  netif.Receiver
	sent  []sentPacket
}

// sentPacket is a packet that the stack sent, and when.
type sentPacket struct {
	at timers.Time
	b  []byte
}

// Properties implements netif.Driver.
func (l *link) Properties() netif.Properties { return netif.Properties{Framing: netif.IP, MTU: l.mtu} }

// Attach implements netif.Driver.
func (l *link) Attach(r netif.Receiver) error {
	l.recv = r
	return nil
}

// Transmit implements netif.Driver.
func (l *link) Transmit(frames []*pbuf.Buf) {
	now := l.clock.Now()
	for _, f := range frames {
		b := make([]byte, f.TotalLen())
		f.CopyPartial(b, 0)
		l.sent = append(l.sent, sentPacket{now, b})
		f.Free()
	}
}

// Detach implements netif.Driver.
func (l *link) Detach() error {
	l.recv = nil
	return nil
}

// inject passes packets up, each as an event of its own.
func (l *link) inject(packets [][]byte) {
	pool := l.recv.Pool()
	for _, b := range packets {
		buf := pool.Alloc(pbuf.Raw, len(b), pbuf.RAM)
		if buf == nil {
			continue
		}
		buf.Take(b)
		l.recv.Deliver([]*pbuf.Buf{buf})
	}
}
