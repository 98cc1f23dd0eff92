package impair

// Stats counts what happened in both directions.
type Stats struct{ Out, In DirStats }

// DirStats counts what happened to the frames of one direction. When none is
// under way, Frames+Duplicated is the sum of Delivered, Lost, BurstLost,
// QueueDropped, Overflowed, NoMemory and Discarded.
type DirStats struct {
	// Frames counts frames that came.
	Frames uint64
	// Delivered counts frames passed on.
	Delivered uint64
	// Lost and BurstLost count frames lost by Loss and by Burst.
	Lost, BurstLost uint64
	// QueueDropped counts frames that found the bottleneck's queue full.
	QueueDropped uint64
	// Overflowed counts frames over Limit.
	Overflowed uint64
	// Duplicated counts additional frames made.
	Duplicated uint64
	// Corrupted counts frames with a wrong bit.
	Corrupted uint64
	// Reordered counts frames held back.
	Reordered uint64
	// Marked counts frames marked as having experienced congestion.
	Marked uint64
	// NoMemory counts frames dropped for want of memory for a private copy.
	NoMemory uint64
	// NotDuplicated counts duplicates left out for want of memory.
	NotDuplicated uint64
	// Discarded counts frames freed because the driver was detached.
	Discarded uint64
}

// Stats returns a copy of the counters.
func (d *Driver) Stats() Stats { return Stats{Out: d.out.snapshot(), In: d.in.snapshot()} }

// Pending returns how many frames are under way in each direction.
func (d *Driver) Pending() (out, in int) { return d.out.pending(), d.in.pending() }

func (d *direction) snapshot() DirStats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.stats
	n := d.passed.Load()
	s.Frames += n
	s.Delivered += n
	return s
}

func (d *direction) pending() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.held.heap)
}
