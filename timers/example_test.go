package timers_test

import (
	"fmt"
	"time"

	"github.com/golwip/lwip/timers"
)

func Example() {
	var q timers.Queue
	var rexmit timers.Timer
	rexmit.Init(func() { fmt.Println("retransmit at", q.Now()) })

	q.ArmAfter(&rexmit, time.Second)
	q.Advance(timers.Time(400 * time.Millisecond))
	q.ArmAfter(&rexmit, time.Second) // an acknowledgement came: start over

	for q.Next() != timers.Never { // what the host's alarm does
		q.Advance(q.Next())
		q.Run()
	}
	// Output: retransmit at 1.4s
}
