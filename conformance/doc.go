// Package conformance says which requirements of the RFCs are met, and what
// proves it.
//
// Matrix lists the numbered requirements of RFC 9293 and the sections of the
// other RFCs that concern a host, each with the scripts and tests that prove it,
// or with the reason why it is exempt. The package's tests hold the table to the
// tree: every script and every test that it names exists, and docs/conformance.md
// is what Document writes.
//
//	go test ./conformance -update    # writes docs/conformance.md anew
//
// A row is proven by a script of testdata that package drill runs, named by its
// path there, or by a Go test, named by its package's directory, its function and,
// after a slash, a subtest:
//
//	rfc9293/nagle.pkt
//	ip4.TestInputRejects/land
//
// The judges are below: drill (packetdrill scripts), mutation (is a broken rule
// noticed?), oracle (captures), property (random calls on random links), interop
// (Linux) and bench.
//
// RFCs: 9293, 1122, 791, 792, 826, 1191, 2018, 2883, 3042, 3168, 3522, 4015, 4443,
// 4821, 4861, 4862, 4987, 5482, 5681, 5682, 5827, 5961, 6093, 6191, 6298, 6429,
// 6528, 6582, 6675, 7323, 7661, 8200, 8201, 8985, 9406, 9438, 9937.
//
// Files: matrix.go (types, totals, Matrix), matrix_rfc*.go and matrix_arrival.go
// (the tables), verify.go (holding references to the tree), document.go
// (docs/conformance.md).
package conformance
