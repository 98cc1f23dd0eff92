package tcp

// maxScale is the largest window shift (RFC 7323 §2.3).
const maxScale = 14

// recvSpace is the receive sequence space.
//
//	      1          2               3
//	──────────┼──────────────┼──────────────
//	       RCV.NXT        RCV.NXT
//	                      +RCV.WND (adv)
//
//	1 received  2 window  3 not yet allowed
//
// RFC 9293 §3.3.1, figure 4.
type recvSpace struct {
	nxt      Seq
	adv      Seq // right edge of the window last advertised
	irs      Seq
	acked    Seq    // Last.ACK.sent
	buf      uint32 // capacity in bytes
	used     uint32 // bytes delivered and not yet consumed
	tsRecent uint32
	scale    uint8  // Rcv.Wind.Shift
	unacked  uint8  // segments received since the last ACK
	mss      uint16 // payload of a full segment of the peer's, as far as seen
}

// window returns RCV.WND: what has been promised to the peer.
func (r *recvSpace) window() int { return max(r.adv.Sub(r.nxt), 0) }

// room returns how many bytes a buffer of the given size could take.
func (r *recvSpace) room(size int) int { return max(size-int(r.used), 0) }

// advance moves the right edge as far as silly-window avoidance allows and
// returns the window to advertise, in bytes. The edge never moves left.
//
// RFC 9293 §3.8.6.2.2 (MUST-39), RFC 1122 §4.2.3.3.
func (r *recvSpace) advance(size, mss int) int {
	edge := r.nxt.Add(r.room(size))
	if grow := edge.Sub(r.adv); grow >= min(size/2, mss) {
		r.adv = edge
	}
	return r.window()
}

// acceptable reports whether a segment of n octets of sequence space that begins
// at seq has a part in the window.
//
// RFC 9293 §3.10.7.4, table 6.
func (r *recvSpace) acceptable(seq Seq, n int) bool {
	wnd := r.window()
	switch {
	case n == 0 && wnd == 0:
		return seq == r.nxt
	case n == 0:
		return seq.InWindow(r.nxt, wnd)
	case wnd == 0:
		return false
	default:
		return seq.InWindow(r.nxt, wnd) || seq.Add(n-1).InWindow(r.nxt, wnd)
	}
}
