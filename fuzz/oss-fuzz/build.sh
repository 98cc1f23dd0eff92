#!/bin/bash -eu
# Builds every native fuzz target of the module for libFuzzer.
cd "$SRC/lwip"
go get github.com/AdamKorcz/go-118-fuzz-build/testing
for dir in $(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do
	[[ $dir == ./conformance/bench* ]] && continue
	package=github.com/golwip/lwip/${dir#./}
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | cut -c6-); do
		name=${dir#./}
		compile_native_go_fuzzer_v2 "$package" "$target" "${name//\//_}_$target" || echo "left out: $dir $target"
	done
done
