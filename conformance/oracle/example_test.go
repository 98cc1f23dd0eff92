package oracle_test

import (
	"fmt"
	"log"
	"os"

	"github.com/golwip/lwip/conformance/oracle"
)

func ExampleCheck() {
	f, err := os.Open("capture.pcapng")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	findings, report, err := oracle.Check(f, oracle.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	fmt.Printf("%d connections\n", report.FlowCount)
}

func ExampleRules() {
	for _, r := range oracle.Rules() {
		if r.ID == "ack-unsent" {
			fmt.Printf("%s: %s (%s)\n", r.Severity, r.Title, r.Section)
		}
	}
	// Output: error: acknowledges what was never sent (RFC 9293 §3.4, §3.10.7.4)
}
