package impair

import (
	"slices"
	"testing"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/timers"
	"pgregory.net/rapid"
)

// TestScheduleModel holds the heap against a stably sorted slice.
func TestScheduleModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s schedule
		var model []arrival
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				a := arrival{due: timers.Time(rapid.Int64Range(1, 9).Draw(t, "due")), frame: new(pbuf.Buf)}
				s.push(a.frame, a.due)
				model = append(model, a)
				slices.SortStableFunc(model, func(a, b arrival) int { return int(a.due - b.due) })
			},
			"pop": func(t *rapid.T) {
				if len(model) == 0 {
					t.Skip("empty")
				}
				if got := s.pop(); got != model[0].frame {
					t.Fatal("another frame is first")
				}
				model = model[1:]
			},
			"": func(t *rapid.T) {
				want := timers.Never
				if len(model) > 0 {
					want = model[0].due
				}
				if got := s.next(); got != want || len(s.heap) != len(model) {
					t.Fatalf("next %v, want %v", got, want)
				}
			},
		})
	})
}
