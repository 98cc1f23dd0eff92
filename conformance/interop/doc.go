// Package interop tests the stack against the Linux kernel's, over a TAP and a
// TUN device, with the tools that people use: curl, ping, tshark.
//
// Each test makes a network namespace of its own, opens a device inside it, and
// puts a stack of this process on the device's other end. Everything that
// passes the device is captured, and the capture judged afterwards: by tshark,
// which must find no malformed packet and no wrong checksum, and by package
// oracle, which must find nothing that an RFC forbids, from either side.
//
// The tests need Linux, root, and the programs ip, ethtool, curl, ping and
// tshark. Where something is missing they skip, and say so; with CI=true in the
// environment they fail instead. With -short the transfers are smaller.
//
// Files: namespace_linux_test.go (namespaces and what is run in them),
// rig_linux_test.go (stack, device and capture of one test), judge_linux_test.go
// (tshark), oracle_linux_test.go (the oracle), content_linux_test.go (the bytes that are transferred), and the
// cases: transfer, echo, ping, refuse, link.
//
// goodput_linux_test.go compares what the kernel reaches with us to what it
// reaches with itself, on the same impaired path (path_linux_test.go).
// LWIP_GOODPUT=full makes that a measurement of a quarter of an hour, and writes
// its table (goodput_table_linux_test.go) into docs/PERFORMANCE.md.
package interop
