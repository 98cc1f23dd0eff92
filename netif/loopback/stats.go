package loopback

// Stats counts what passed through a loopback link.
type Stats struct {
	// Frames and Bytes count what came back.
	Frames, Bytes uint64
	// QueueFull counts frames dropped because MaxFrames were waiting.
	QueueFull uint64
	// NotAttached counts frames dropped because nobody was there to receive them.
	NotAttached uint64
}

// Stats returns a copy of the counters.
func (d *Driver) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}
