// Package generate writes the scripts of conformance/testdata that follow from a
// table rather than from a story: every state with every kind of segment, every
// order of a few segments, and the like.
//
// A generator is a function without arguments that returns scripts, the same
// ones at each call. What a script expects is worked out by a model of the RFC,
// slow and obvious, that shares nothing with the stack: the scripts on disk are
// a second opinion, not a record of what the stack does.
//
// The scripts are committed. The package's test compares them with what the
// generators say, and writes them anew when asked to:
//
//	go test ./conformance/generate -update
//
// A generator is added to the list in [All].
//
// # Files
//
// generate.go: what a script is and the list of generators.
//
// The scripts of RFC 9293's state machine: states.go puts them together;
// states_cells.go: which segments meet which state; states_place.go: what the
// segments are and where they lie; states_model.go and, for the states from
// SYN-RECEIVED on, states_otherwise.go: what the RFC makes of them; states_ways.go:
// how a state is reached; states_proof.go: how it is shown that the connection is
// in one.
//
// receiver.go: an octet-by-octet receiver, for overlap.go (three segments that
// overlap) and order.go (five in every order). offers.go, options.go and
// options_late.go: TCP options. timeline.go, timeline_data.go and timeline_end.go:
// what happens by itself. icmp.go and icmp_state.go: ICMP errors in each state.
// calls.go: socket calls in each state. presets.go: lwIP's timelines.
package generate
