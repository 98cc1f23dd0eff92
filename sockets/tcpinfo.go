package sockets

import (
	"encoding/binary"
	"time"

	"github.com/golwip/lwip/tcp"
)

// sizeofTCPInfo is the length in bytes of the part of Linux's struct tcp_info
// that is written: up to tcpi_total_retrans.
const sizeofTCPInfo = 104

// Bits of tcpi_options.
const (
	infoTimestamps = 1
	infoSACK       = 2
	infoScale      = 4
)

// linuxState is Linux's number of a TCP state.
var linuxState = [...]byte{
	tcp.Closed: 7, tcp.Listen: 10, tcp.SynSent: 2, tcp.SynReceived: 3, tcp.Established: 1,
	tcp.FinWait1: 4, tcp.FinWait2: 5, tcp.CloseWait: 8, tcp.Closing: 11, tcp.LastAck: 9, tcp.TimeWait: 6,
}

// putTCPInfo writes what is known of a connection to b. What is not is 0; times
// are in microseconds, windows in segments.
func putTCPInfo(b []byte, i *tcp.Info) {
	b = b[:sizeofTCPInfo]
	clear(b)
	e := binary.NativeEndian
	mss := max(i.MSS, 1)
	b[0], b[1] = linuxState[i.State], byte(i.Recovery) // tcpi_ca_state
	if i.Timestamps {
		b[5] |= infoTimestamps
	}
	if i.SACK {
		b[5] |= infoSACK
	}
	if i.WindowScale {
		b[5] |= infoScale
	}
	b[6] = i.SendScale&0xf | i.RecvScale<<4
	for _, f := range [...]struct{ at, v int }{
		{8, micros(i.RTO)}, {16, i.MSS}, {20, i.MSS},
		{24, (i.InFlight + mss - 1) / mss},          // tcpi_unacked
		{28, i.Sacked}, {32, i.Lost}, {36, i.Again}, // tcpi_retrans
		{68, micros(i.RTT)}, {72, micros(i.RTTVar)},
		{76, i.Ssthresh / mss}, {80, i.Cwnd / mss}, {84, i.MSS}, // tcpi_advmss
		{96, i.ReceiveWindow}, {100, int(i.Retransmits)},
	} {
		e.PutUint32(b[f.at:], uint32(min(f.v, 1<<31-1)))
	}
}

func micros(d time.Duration) int { return int(d / time.Microsecond) }

// TCPInfo returns the figures of a connection: TCP_INFO in Go's form.
func (p *Protocol) TCPInfo(fd int) (tcp.Info, error) {
	s, err := p.enter(fd)
	if err != nil {
		return tcp.Info{}, err
	}
	defer s.leave()
	v, err := s.getOption(IPPROTO_TCP, TCP_INFO)
	return v.tcp, err
}
