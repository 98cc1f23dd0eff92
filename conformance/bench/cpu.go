package main

import (
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns the user and system time that the process has used, all
// threads together.
func cpuTime() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// memory is what the process holds after two collections: the second frees what
// finalizers and pools kept alive through the first.
type memory struct {
	heapAlloc, heapInuse, stackInuse uint64
}

// settledMemory collects garbage twice and reads the sizes.
func settledMemory() memory {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return memory{heapAlloc: m.HeapAlloc, heapInuse: m.HeapInuse, stackInuse: m.StackInuse}
}

// perItem returns the growth from before to after, divided by n.
func perItem(before, after uint64, n int) float64 {
	return (float64(after) - float64(before)) / float64(n)
}
