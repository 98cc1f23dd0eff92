#!/bin/bash
# Runs every fuzz target of the module for a number of executions, one after the
# other, and prints a table: target, executions, executions a second, result.
#
#   fuzz/long.sh            what docs/security.md counts: 10 million in all
#   fuzz/long.sh 1000       a thousand of each
#   fuzz/long.sh 60s REGEXP a minute of each target whose name matches
#
# Assertions are on. An input that fails is written to the package's
# testdata/fuzz, where go test finds it from then on.
set -uo pipefail
cd "$(dirname "$0")/.."

amount=${1-}
only=${2-.}

# share is how many executions a target gets of the ten million: whole stacks
# get most, small parsers are through their code after thousands.
share() {
	case $1 in
	./fuzz) echo 500000 ;;
	./conformance/drill | ./conformance/oracle) echo 60000 ;;
	*) echo 330000 ;;
	esac
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
total=0 failed=0
printf '%-40s %12s %9s  %s\n' target executions 'per s' result
for dir in $(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -rn1 dirname | sort -u); do
	[[ $dir == ./conformance/bench* ]] && continue
	for target in $(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$dir"/*_test.go | cut -c6-); do
		[[ $dir.$target =~ $only ]] || continue
		n=${amount:-$(share "$dir")}
		[[ $n =~ s$|m$|h$ ]] || n=${n}x
		start=$SECONDS
		result=ok
		go test -tags lwipdebug -run '^$' -fuzz "^$target\$" -fuzztime "$n" -fuzzminimizetime 20x -parallel "${PARALLEL:-1}" "$dir" >"$log" 2>&1 || result=FAILED
		# Go's fuzzer now and then takes its own deadline for a failure.
		if [[ $result == FAILED ]] && grep -q 'context deadline exceeded' "$log" && ! grep -q 'Failing input' "$log"; then
			result=ok
		fi
		done=$(grep -oE 'execs: [0-9]+' "$log" | tail -1 | grep -oE '[0-9]+')
		took=$((SECONDS - start))
		printf '%-40s %12d %9d  %s\n' "${dir#./} $target" "${done:-0}" $((${done:-0} / (took > 0 ? took : 1))) "$result"
		if [[ $result == FAILED ]]; then
			failed=1
			grep -vE '^fuzz: ' "$log" | head -40
		fi
		total=$((total + ${done:-0}))
	done
done
echo "$total executions"
exit $failed
