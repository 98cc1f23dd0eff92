# Everything here is a short name for a command; .ci/run has the details.

.PHONY: check test race fuzz fuzz-long bench

# What a change must pass before review.
check:
	.ci/run format vet staticcheck build race debug fuzz

test:
	go test ./...

race:
	go test -race ./...

# FUZZTIME=1m make fuzz
fuzz:
	.ci/run fuzz

# Ten million executions, which takes hours; fuzz/README.md.
fuzz-long:
	fuzz/long.sh

bench:
	go -C conformance/bench run .
	go test -run '^$$' -bench . -benchmem ./...
