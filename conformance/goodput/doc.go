// Package goodput measures in virtual time what bulk transfers get of a bottleneck:
// two stacks, a link with a rate, a queue, a delay, losses and reordering, and one
// or two senders with data without end. The same path and seed give the same
// result, to the byte.
//
// The table of docs/PERFORMANCE.md comes from here:
//
//	go test ./conformance/goodput -run TestTable -write -timeout 60m
//
//	path.go    the path, and what theory says of it
//	run.go     a run
//	flow.go    a sender and a receiver without end
//	table.go   the table
package goodput
