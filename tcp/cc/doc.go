// Package cc holds the congestion controllers of TCP: how many bytes may fly.
// Which bytes are lost is the sender's business (tcp/recovery.go).
//
// A controller sees numbers and returns a window; it knows no connection. All
// quantities are bytes.
//
//	controller.go   what a controller is told and asked
//	names.go        their names
//	reno.go         Reno: RFC 5681, 6582, 3465
//	cubic.go        CUBIC: RFC 9438
//	cubic_curve.go  its window over time, and the one Reno would have: RFC 9438 §4.2, §4.3
//	hystart.go      the first slow start of CUBIC (HyStart++): RFC 9406
//	bbr.go          BBR: draft-ietf-ccwg-bbr, with bbr_model.go and bbr_states.go
//	pacer.go        what a controller is asked that also says how fast to send
//	meter.go        the rate of delivery
//
// Callers hold the core lock.
package cc
