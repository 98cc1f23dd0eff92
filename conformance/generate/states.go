package generate

// States returns the scripts of RFC 9293's state machine: each state with each
// kind of segment at each place in the sequence spaces.
//
// RFC 9293 §3.10.7.
func States() (scripts []Script) {
	return scripts
}
