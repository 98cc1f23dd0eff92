// Package doctest keeps docs/lwip-map.md, docs/rfc-index.md and docs/gaps.md
// true: a Go test that parses them and the module's source and reports, with
// file and line, what does not agree.
//
//	path       a path in backticks exists, and so does a link's target
//	name       a name in backticks (pkg.Name, pkg.Type.Member) is declared; where
//	           its row names Go files of that package, in one of them
//	test       a test in backticks exists; where its row names Go files, beside one
//	           of them, or in the package that qualifies it (udp.TestConnect)
//	rfc        an RFC that a Go comment cites is in docs/rfc-index.md; of the Go files
//	           that a row there names, one cites the RFC of the row's section
//	deviation  a "Deviation:" comment says "Pinned by TestX", TestX exists, and
//	           docs/gaps.md has a row with the file and the test
//	todo       a TODO(topic) comment has its topic in docs/gaps.md
//
// Text in fenced blocks is not looked at, nor are names in backticks without a
// dot, which may be lwIP's.
//
// Files: source_test.go (what the Go files declare and say), document_test.go
// (reading the documents), checks_test.go (the rules), doctest_test.go (the test,
// and proof that each rule can fail).
package doctest
