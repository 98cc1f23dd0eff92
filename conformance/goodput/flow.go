package goodput

import (
	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
)

// sender writes without end.
type sender struct {
	pool *pbuf.Pool
	p    *tcp.PCB
	err  error
}

// fill writes what the connection takes.
func (s *sender) fill(p *tcp.PCB) {
	if s.err != nil {
		return
	}
	for {
		n := p.SegmentPayload()
		if p.SendSpace() < n {
			return
		}
		b := s.pool.AllocBytes(0, n)
		if b == nil {
			return
		}
		if err := p.Write(b, 0); err != nil {
			b.Free()
			return
		}
	}
}

func (s *sender) Connected(p *tcp.PCB)             { s.fill(p) }
func (s *sender) Sent(p *tcp.PCB, _ int)           { s.fill(p) }
func (s *sender) Received(_ *tcp.PCB, b *pbuf.Buf) { b.Free() }
func (s *sender) PeerClosed(*tcp.PCB)              {}
func (s *sender) SoftError(*tcp.PCB, error)        {}
func (s *sender) Closed(_ *tcp.PCB, err error)     { s.err = err }

// sink accepts connections and reads all.
type sink struct {
	byPort map[uint16]*receiver
}

func (s *sink) Accept(l *tcp.Listener, p *tcp.PCB) tcp.Handler {
	l.Accepted(p)
	r := new(receiver)
	s.byPort[p.Remote().Port()] = r
	return r
}

func (s *sink) ListenerClosed(*tcp.Listener, error) {}

// receiver counts what comes.
type receiver struct {
	bytes int64
}

func (r *receiver) Received(p *tcp.PCB, b *pbuf.Buf) {
	n := b.TotalLen()
	b.Free()
	r.bytes += int64(n)
	p.Recved(n)
}

func (r *receiver) Connected(*tcp.PCB)        {}
func (r *receiver) Sent(*tcp.PCB, int)        {}
func (r *receiver) PeerClosed(*tcp.PCB)       {}
func (r *receiver) SoftError(*tcp.PCB, error) {}
func (r *receiver) Closed(*tcp.PCB, error)    {}
