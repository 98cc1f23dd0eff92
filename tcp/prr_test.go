package tcp

import "testing"

// TestPRR plays recoveries ACK by ACK and looks at how many segments may go.
//
// RFC 9937 §6.2; the first row is the example of RFC 6937 §4: one of 20 lost.
func TestPRR(t *testing.T) {
	type ack struct {
		delivered, pipe int // segments; pipe before anything is sent
		safe            bool
		want            int
	}
	rows := []struct {
		name             string
		flight, ssthresh int
		acks             []ack
	}{
		{"proportional", 20, 10, []ack{
			{1, 18, false, 1}, {1, 18, false, 0}, {1, 17, false, 0}, {1, 16, false, 1}, {1, 16, false, 0},
		}},
		{"the first is never refused", 100, 10, []ack{{0, 99, false, 1}}},
		{"conservative: what has arrived", 20, 10, []ack{{1, 4, false, 1}, {2, 3, false, 2}}},
		{"slow start with safe ACKs", 20, 10, []ack{{1, 4, true, 2}, {1, 5, true, 2}}},
		{"never beyond ssthresh", 20, 10, []ack{{8, 9, true, 1}}},
		{"at ssthresh nothing", 20, 10, []ack{{1, 9, false, 1}, {0, 10, false, 0}}},
	}
	const mss = 1000
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var r prr
			r.start(row.flight * mss)
			for i, a := range row.acks {
				r.onACK(a.delivered*mss, a.pipe*mss, row.ssthresh*mss, mss, a.safe)
				got := (r.cwnd - a.pipe*mss) / mss
				if got != a.want {
					t.Errorf("ACK %d: %d segments may go, want %d", i, got, a.want)
				}
				r.out += got * mss
			}
		})
	}
}
