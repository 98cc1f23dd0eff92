package goodput_test

import (
	"fmt"
	"time"

	"github.com/golwip/lwip/conformance/goodput"
)

func Example() {
	path := goodput.Path{Rate: 10_000_000, RTT: 20 * time.Millisecond, Queue: 2, Seed: 1}
	r, err := goodput.Run(path, 10*time.Second, 10*time.Second)
	fmt.Println(r.Sum() > 0.8*path.Capacity(), err)
	// Output: true <nil>
}
