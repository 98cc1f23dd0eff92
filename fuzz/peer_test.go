package fuzz

import (
	"bytes"
	"net/netip"
)

func addrString(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// peer is the other end of a connection. It follows what the stack sends and
// makes the segments that a proper host would send.
type peer struct {
	w           *world
	hw, addr    string
	to          string // the stack's address
	port, local uint16

	nxt    uint32 // SND.NXT
	rcv    uint32 // RCV.NXT
	synced bool   // rcv is known
	ended  bool   // the stack's FIN came
	reset  bool   // the stack reset the connection
	wnd    uint16
	plain  bool // no options
	ts     uint32
	tsEcho uint32
	sacked []uint32 // blocks to report
}

// newPeer makes one of the kind's family.
func (w *world) newPeer(port, local uint16) *peer {
	q := &peer{w: w, hw: peerHW, addr: peer4, to: host4, port: port, local: local, nxt: w.kind.iss(), wnd: 8000, plain: w.kind.plain(), ts: 100}
	if w.kind.six() {
		q.addr, q.to = peer6, host6
	}
	w.peers = append(w.peers, q)
	return q
}

// befriend makes the peer of a connection that the stack opens, unless there is
// one.
func (w *world) befriend(six bool, port, local uint16) {
	for _, q := range w.peers {
		if q.port == port && q.local == local && (q.addr == peer6) == six {
			return
		}
	}
	q := w.newPeer(port, local)
	if q.addr, q.to = peer4, host4; six {
		q.addr, q.to = peer6, host6
	}
}

// saw follows a segment that the stack sends.
func (q *peer) saw(p *packet, s *segment) {
	if s.dst != q.port || s.src != q.local || !bytes.Equal(p.dst, addrBytes(q.addr)) {
		return
	}
	if s.flags&rst != 0 {
		q.reset = true
		return
	}
	if s.flags&syn != 0 {
		q.rcv, q.synced = s.seq+1, true
	}
	for o := s.options; len(o) > 0; {
		if o[0] == 8 && len(o) >= 10 {
			q.tsEcho = be.Uint32(o[2:])
		}
		if o[0] < 2 {
			o = o[1:]
		} else if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
			break
		} else {
			o = o[o[1]:]
		}
	}
	if s.flags&syn == 0 && q.synced && int32(s.seq-q.rcv) <= 0 {
		if end := s.seq + uint32(s.seqLen()); int32(end-q.rcv) > 0 {
			q.rcv = end
			q.ended = q.ended || s.flags&fin != 0
		}
	}
}

// segment makes a frame with a segment of q.
func (q *peer) segment(flags byte, seq, ackNo uint32, payload []byte) []byte {
	var o []byte
	q.ts++
	if !q.plain {
		if flags&syn != 0 {
			o = append(o, 2, 4, 5, 0xb4, 4, 2, 8, 10)
			o = be.AppendUint32(be.AppendUint32(o, q.ts), q.tsEcho)
			o = append(o, 1, 3, 3, 2)
		} else {
			o = append(o, 1, 1, 8, 10)
			o = be.AppendUint32(be.AppendUint32(o, q.ts), q.tsEcho)
			if len(q.sacked) > 0 {
				o = append(o, 1, 1, 5, byte(2+4*len(q.sacked)))
				for _, x := range q.sacked {
					o = be.AppendUint32(o, x)
				}
				q.sacked = nil
			}
		}
	} else if flags&syn != 0 {
		o = append(o, 2, 4, 2, 24)
	}
	if flags&ack == 0 {
		ackNo = 0
	}
	seg := tcpSegment(q.port, q.local, seq, ackNo, flags, q.wnd, 0, o, payload)
	if q.addr == peer4 || q.addr == fresh4 {
		return q.w.ether(hostHW, q.hw, 0x0800, packet4(q.addr, q.to, 6, 0x55, 0x4000, nil, seg))
	}
	return q.w.ether(hostHW, q.hw, 0x86dd, packet6(q.addr, q.to, 6, 64, seg))
}

// off is the place in the stream of a sequence number.
func (q *peer) off(seq uint32) int64 { return int64(int32(seq - q.w.kind.iss() - 1)) }

// stream returns n bytes of the stream at seq.
func (q *peer) stream(seq uint32, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = inByte(q.off(seq) + int64(i))
	}
	return b
}

// send makes the next segment, with n bytes of the stream.
func (q *peer) send(flags byte, n int) []byte {
	seq := q.nxt
	var b []byte
	if n > 0 {
		b = q.stream(seq, n)
	}
	q.nxt += uint32(n)
	if flags&syn != 0 {
		q.nxt++
	}
	if flags&fin != 0 {
		q.nxt++
	}
	return q.segment(flags, seq, q.rcv, b)
}
