// Command bench measures this stack beside gVisor's netstack.
//
// Two stacks of a kind live in one process, joined by an in-memory link, and
// are used through net.Conn, net.Listener and net.PacketConn alone. README.md
// says what each workload measures and what was done to keep the comparison
// fair.
//
//	main.go       flags, rounds, order of runs
//	bars.go       the table of results and what each must reach
//	report.go     one line or one JSON object per result
//	workloads.go  one function per workload, over netstack
//	load.go       connections, listeners and goroutines that workloads share
//	cpu.go        processor time and heap of the process
//	ours.go       this module's stack as a netstack
//	gvisor.go     gVisor's stack as a netstack
package main
