package tcp

import (
	"testing"
	"unsafe"
)

// A million idle connections are a million PCBs: one that grows costs their
// owners. 640 is a size class of Go's allocator.
func TestPCBSize(t *testing.T) {
	if n := unsafe.Sizeof(PCB{}); unsafe.Sizeof(uintptr(0)) == 8 && n > 640 {
		t.Errorf("%d bytes", n)
	}
}
