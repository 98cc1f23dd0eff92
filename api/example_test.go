package api

import (
	"fmt"
	"io"
	"testing"
)

// The shortest honest use: an echo over two stacks and a wire in memory. The
// stacks are made as package lwip makes them.
func Example() {
	var t testing.T
	a, b := pair(&t, setup{})

	l, err := b.api.Listen("tcp", ":7")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		io.Copy(c, c)
		c.Close()
	}()

	c, err := a.api.Dial("tcp", "10.0.0.2:7")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(c, "hello")
	c.(*TCPConn).CloseWrite()
	answer, _ := io.ReadAll(c)
	fmt.Printf("%s from %v\n", answer, c.RemoteAddr())
	c.Close()
	l.Close()
	// Output: hello from 10.0.0.2:7
}
