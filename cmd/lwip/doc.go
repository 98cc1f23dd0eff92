// Command lwip shows the stack at work.
//
// Usage:
//
//	lwip <command> [flags] [arguments]
//
// The commands are:
//
//	demo     transfer a file between two stacks over a bad link
//	serve    serve HTTP, echo and discard on a TAP or TUN device
//	ping     ask a host for an echo
//	drill    run packetdrill scripts
//	check    judge captures by the RFCs of TCP, ARP and ND
//	plot     draw a TCP connection of a capture
//	help     explain a command
//	version  print the version
//
// Use "lwip help <command>" for a command's flags.
//
// Files: main.go (the table of commands), flags.go (parsing), values.go (sizes,
// rates and percentages as flags), device.go (a stack on a TAP or TUN device),
// pair.go (two stacks on a wire in memory), demo.go, progress.go, report.go
// (what demo prints), serve.go, services.go (echo and discard), ping.go,
// drill.go, trace.go (reading captures), check.go, plot.go.
package main
