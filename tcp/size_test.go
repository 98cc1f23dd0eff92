package tcp

import (
	"testing"
	"unsafe"
)

// A million idle connections are a million PCBs. 704 is a size class of Go's
// allocator, and the largest with which both ends of an idle connection, net.Conn
// included, stay below 1.9 KiB. It puts 8 bytes in front of an object with pointers
// that is larger than 512.
func TestPCBSize(t *testing.T) {
	if n := unsafe.Sizeof(PCB{}); unsafe.Sizeof(uintptr(0)) == 8 && n > 704-8 {
		t.Errorf("%d bytes", n)
	}
}
