package tcp

import "github.com/golwip/lwip/pbuf"

// Segment is a received segment, parsed into host order: the SEG.* variables of
// RFC 9293 §3.3.1.
type Segment struct {
	Seq   Seq
	Ack   Seq
	Wnd   uint32 // as in the header; the receiver scales it
	Flags Flags
	TOS   uint8     // of the packet: its ECN bits are the segment's
	Len   int       // payload octets; SYN and FIN not counted
	Count int       // segments of the sender's that it stands for
	buf   *pbuf.Buf // the payload, or nil; taken by whoever keeps it
	opt   options
}

// SeqLen returns SEG.LEN: the sequence space that the segment takes, SYN and
// FIN included.
func (s *Segment) SeqLen() int {
	n := s.Len
	if s.Flags.Has(SYN) {
		n++
	}
	if s.Flags.Has(FIN) {
		n++
	}
	return n
}

// End returns the sequence number after the segment.
func (s *Segment) End() Seq { return s.Seq.Add(s.SeqLen()) }

// take hands over the payload.
func (s *Segment) take() *pbuf.Buf {
	b := s.buf
	s.buf = nil
	return b
}

// drop frees the payload if nobody took it.
func (s *Segment) drop() {
	if s.buf != nil {
		s.buf.Free()
		s.buf = nil
	}
}
