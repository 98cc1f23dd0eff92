package cc

// Paced is a controller that also says how fast to send. It is told of every ACK,
// in loss recovery too, and of every segment that is taken for lost.
type Paced interface {
	Controller
	// PacingRate returns bytes a second; above 0.
	PacingRate() int64
	// Quantum returns how many bytes may go at once.
	Quantum() int
	// OnSample is told of each ACK, last of all that is told of it.
	OnSample(Sample)
	// OnMissed is told of each segment taken for lost: its stamp, its bytes, and what the
	// meter has counted as lost, with it.
	OnMissed(s *Stamp, n int, m *Meter)
	// OnResume is told that sending begins with nothing in flight.
	OnResume(Sample)
}
