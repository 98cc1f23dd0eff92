// Package cc holds the congestion controllers of TCP: how many bytes may fly.
// Which bytes are lost is the sender's business (tcp/recovery.go).
//
// A controller sees numbers and returns a window; it knows no connection. All
// quantities are bytes. One file each: reno.go (RFC 5681, 6582, 3465).
//
// Callers hold the core lock.
package cc
