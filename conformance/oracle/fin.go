package oracle

var finRules = []Rule{
	{ID: "fin-data", Title: "data behind the FIN", Section: "RFC 9293 §3.6, §3.10.4", Severity: Error},
	{ID: "fin-moved", Title: "a second FIN at another sequence number", Section: "RFC 9293 §3.4, §3.6", Severity: Error},
	{ID: "fin-ack", Title: "a FIN is not acknowledged within half a second", Section: "RFC 9293 §3.10.7.4, eighth; §3.8.6.3 (MUST-40)", Severity: Error, Vantage: AtHost, Whole: true},
}

// checkFin judges what a host sends after its FIN: what came before it again,
// and ACKs.
func (f *flow) checkFin(s *segment) {
	x := s.x
	if x.fin < 0 || s.Flags.Has(SYN) {
		return
	}
	end := s.data + int64(s.PayloadLen)
	switch {
	case s.PayloadLen > 0 && end > x.fin:
		f.find(x, "fin-data", s.Packet, []int{x.finNo}, "%d octets lie behind the FIN", end-max(x.fin, s.data))
	case s.Flags.Has(FIN) && s.hi-1 != x.fin:
		f.find(x, "fin-moved", s.Packet, []int{x.finNo}, "this FIN lies %d octets from the first", s.hi-1-x.fin)
	}
}
