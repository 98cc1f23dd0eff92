package sockets_test

import (
	"fmt"

	"github.com/golwip/lwip"
	"github.com/golwip/lwip/sockets"
)

// A datagram to oneself, as a C program would send it.
func Example() {
	stack, err := lwip.New(lwip.Config{})
	if err != nil {
		panic(err)
	}
	defer stack.Close()
	s := stack.Sockets()

	server, _ := s.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	loopback := &sockets.SockAddrInet4{Port: 7, Addr: [4]byte{127, 0, 0, 1}}
	fmt.Println("bind:", s.Bind(server, loopback))

	client, _ := s.Socket(sockets.AF_INET, sockets.SOCK_DGRAM, 0)
	s.Sendto(client, []byte("hello"), 0, loopback)

	fds := []sockets.PollFd{{Fd: server, Events: sockets.POLLIN}}
	n, err := s.Poll(fds, sockets.Forever)
	fmt.Println("poll:", n, err, fds[0].Revents == sockets.POLLIN)

	b := make([]byte, 100)
	k, err := s.Recv(server, b, 0)
	fmt.Printf("recv: %q %v\n", b[:k], err)
	_, err = s.Recv(server, b, sockets.MSG_DONTWAIT)
	fmt.Println("recv:", err, err == sockets.EWOULDBLOCK)
	// Output:
	// bind: <nil>
	// poll: 1 <nil> true
	// recv: "hello" <nil>
	// recv: resource temporarily unavailable true
}
