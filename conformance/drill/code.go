package drill

import (
	"errors"
	"fmt"

	"github.com/golwip/lwip/sockets"
	"github.com/golwip/lwip/tcp"
)

// codeEvent runs a piece of Python, with the fields of the current connection's
// tcp_info as variables. What the stack does not know of is not defined, so that
// an assertion about it fails.
func (r *runner) codeEvent(e *Event) error {
	if f := r.underTest(); f != nil {
		info, err := r.tcpInfo(f)
		if err == nil {
			for name, v := range info {
				r.py.vars[name] = v
			}
		}
	}
	if _, ok := r.py.vars["TCP_CA_Open"]; !ok {
		for i := range symbols {
			if s := &symbols[i]; s.group == gPlain && len(s.name) > 3 && s.name[:3] == "TCP" {
				r.py.vars[s.name] = s.value(r.cfg.profile)
			}
		}
	}
	err := r.py.run(e.Code.Text)
	if err == nil {
		return nil
	}
	var p *pyError
	if errors.As(err, &p) {
		r.line = e.Line + p.line
	}
	return r.failf("error executing code: %v", err)
}

// underTest returns the socket that code asks about: the one of the current
// connection, or the newest stream.
func (r *runner) underTest() *file {
	if r.cur != nil {
		if f, ok := r.files[r.cur.fd]; ok && f.flow == r.cur {
			return f
		}
		for _, f := range r.files {
			if f.flow == r.cur {
				return f
			}
		}
	}
	best := -1
	for fd, f := range r.files {
		if f.typ == sockets.SOCK_STREAM && fd > best {
			best = fd
		}
	}
	return r.files[best]
}

// states are Linux's numbers of TCP's states.
var states = [...]int64{
	tcp.Closed: 7, tcp.Listen: 10, tcp.SynSent: 2, tcp.SynReceived: 3, tcp.Established: 1,
	tcp.FinWait1: 4, tcp.FinWait2: 5, tcp.CloseWait: 8, tcp.Closing: 11, tcp.LastAck: 9, tcp.TimeWait: 6,
}

// fbsdStates are FreeBSD's.
var fbsdStates = [...]int64{
	tcp.Closed: 0, tcp.Listen: 1, tcp.SynSent: 2, tcp.SynReceived: 3, tcp.Established: 4, tcp.CloseWait: 5,
	tcp.FinWait1: 6, tcp.Closing: 7, tcp.LastAck: 8, tcp.FinWait2: 9, tcp.TimeWait: 10,
}

// tcpInfo returns the fields of tcp_info that the stack knows. Linux counts the
// congestion window and the slow-start threshold in segments, FreeBSD in bytes.
func (r *runner) tcpInfo(f *file) (map[string]any, error) {
	i, err := r.sock.TCPInfo(f.live)
	if err != nil {
		return nil, err
	}
	mss := max(i.MSS, 1)
	options := int64(0)
	for bit, on := range [...]bool{i.Timestamps, i.SACK, i.WindowScale} {
		if on {
			options |= 1 << bit
		}
	}
	v := map[string]any{
		"tcpi_state":         states[i.State],
		"tcpi_options":       options,
		"tcpi_snd_wscale":    int64(i.SendScale),
		"tcpi_rcv_wscale":    int64(i.RecvScale),
		"tcpi_rto":           i.RTO.Microseconds(),
		"tcpi_rtt":           i.RTT.Microseconds(),
		"tcpi_rttvar":        i.RTTVar.Microseconds(),
		"tcpi_min_rtt":       i.MinRTT.Microseconds(),
		"tcpi_snd_mss":       int64(i.MSS),
		"tcpi_unacked":       int64((i.InFlight + mss - 1) / mss),
		"tcpi_ca_state":      int64(i.Recovery),
		"tcpi_sacked":        int64(i.Sacked),
		"tcpi_lost":          int64(i.Lost),
		"tcpi_retrans":       int64(i.Again),
		"tcpi_snd_cwnd":      int64(i.Cwnd / mss),
		"tcpi_snd_ssthresh":  int64(i.Ssthresh / mss),
		"tcpi_snd_wnd":       int64(i.SendWindow),
		"tcpi_rcv_wnd":       int64(i.ReceiveWindow),
		"tcpi_rcv_space":     int64(i.ReceiveWindow),
		"tcpi_notsent_bytes": int64(i.Unsent),
		"tcpi_total_retrans": int64(i.Retransmits),
	}
	if r.cfg.profile == FreeBSD {
		v["tcpi_state"] = fbsdStates[i.State]
		v["tcpi_snd_cwnd"], v["tcpi_snd_ssthresh"] = int64(i.Cwnd), int64(i.Ssthresh)
		v["tcpi_snd_rexmitpack"] = int64(i.Retransmits)
	}
	if int64(i.Ssthresh/mss) >= 1<<30/int64(mss) && r.cfg.profile != FreeBSD {
		v["tcpi_snd_ssthresh"] = int64(0x7fffffff) // Linux's "not set yet"
	}
	return v, nil
}

// String returns the rest of a struct for messages.
func (s Struct) String() string { return fmt.Sprintf("{%d fields}", len(s)) }
