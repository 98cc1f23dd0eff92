package sysarch_test

import (
	"fmt"
	"time"

	"github.com/golwip/lwip/sys_arch"
)

// Virtual time: an hour passes at once, alarms fire on the way.
func ExampleManual() {
	clock := sysarch.NewManual()
	start := clock.Now()
	alarm := clock.NewAlarm(func() { fmt.Println("alarm after", clock.Now().Sub(start)) })
	alarm.Set(start.Add(90 * time.Second))
	clock.Advance(time.Hour)
	fmt.Println("now", clock.Now().Sub(start))
	// Output:
	// alarm after 1m30s
	// now 1h0m0s
}

func ExampleMailbox() {
	m := sysarch.NewMailbox[string](sysarch.Real(), 8)
	go func() {
		m.Post("hello")
		m.Close()
	}()
	for {
		msg, err := m.Fetch(time.Minute)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(msg)
	}
	// Output:
	// hello
	// sysarch: mailbox closed
}

func ExampleSemaphore() {
	done := sysarch.NewSemaphore(sysarch.Real(), 0)
	go done.Signal()
	fmt.Println(done.Wait(time.Minute))
	// Output: <nil>
}

// Frames are staged while a lock is held and sent after its release.
func ExampleOutbox() {
	var out sysarch.Outbox[string]
	out.Stage("first")
	out.Stage("second")
	if batch, sender := out.Publish(); sender {
		out.Send(batch, func(frames []string) { fmt.Println(frames) })
	}
	// Output: [first second]
}
