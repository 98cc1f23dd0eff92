package tcp

import (
	"testing"
	"unsafe"
)

// A million idle connections are a million PCBs. 704 is a size class of Go's
// allocator, and the largest with which both ends of an idle connection, net.Conn
// included, stay below 2 KiB.
func TestPCBSize(t *testing.T) {
	if n := unsafe.Sizeof(PCB{}); unsafe.Sizeof(uintptr(0)) == 8 && n > 704 {
		t.Errorf("%d bytes", n)
	}
}
