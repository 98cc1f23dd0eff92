// Package mutation breaks the stack on purpose, one rule at a time, and expects
// the conformance scripts to notice.
//
// A script that passes shows that the stack does something right; a script that
// fails when the rule is broken shows that it looks at that rule. Each Mutation
// of All replaces one snippet of one file, which must occur there exactly once,
// says which rule that breaks, and names what has to fail: the scripts of
// ../testdata or, where no script can see the place (the link layer, damaged
// checksums), the tests of a package. The source tree is not touched: the
// changed file goes to the compiler as an overlay.
//
//	go run ./conformance/mutation/cmd            # all, and writes results.json
//	go run ./conformance/mutation/cmd -only arp  # those whose name contains "arp"
//	LWIP_MUTATION=all go test -timeout 0 ./conformance/mutation
//
// A mutation that nothing notices, that does not compile, or whose snippet is
// not there exactly once is an error. results.json holds what noticed each, with
// a hash of the mutation, so that a result of another mutation does not count;
// docs/conformance.md is written from it.
//
// Files: mutation.go (the type, overlays), scripts.go (running the scripts within
// a mutated program), run.go (building and judging), results.go (results.json),
// table*.go (the mutations), cmd (the command).
package mutation
