package generate

import (
	"slices"
	"testing"
)

// The examples of RFC 2018 §4 (case 3, shortened) and RFC 2883 §4.1.1, §4.1.3 and
// §4.2.1, in units of 500 octets.
func TestReceiverExamples(t *testing.T) {
	type step struct {
		s      span
		ack    int
		blocks []span
	}
	for _, row := range []struct {
		name  string
		steps []step
	}{
		{"RFC 2018 case 3", []step{
			{span{5500, 6000}, 5000, []span{{5500, 6000}}},
			{span{6500, 7000}, 5000, []span{{6500, 7000}, {5500, 6000}}},
			{span{7500, 8000}, 5000, []span{{7500, 8000}, {6500, 7000}, {5500, 6000}}},
			{span{6000, 6500}, 5000, []span{{5500, 7000}, {7500, 8000}}},
		}},
		{"RFC 2883 lost ACKs", []step{
			{span{5000, 5500}, 5500, nil},
			{span{5500, 6000}, 6000, nil},
			{span{5000, 5500}, 6000, []span{{5000, 5500}}},
		}},
		{"RFC 2883 duplicate out of order", []step{
			{span{5500, 6000}, 5000, []span{{5500, 6000}}},
			{span{6000, 6500}, 5000, []span{{5500, 6500}}},
			{span{6000, 6500}, 5000, []span{{6000, 6500}, {5500, 6500}}},
		}},
		{"RFC 2883 part below the ACK", []step{
			{span{5000, 5500}, 5500, nil},
			{span{5000, 6000}, 6000, []span{{5000, 5500}}},
		}},
	} {
		r := newReceiver(5000, 4, 0)
		for _, x := range row.steps {
			if a := r.arrive(x.s, 0); a.ack != x.ack || !slices.Equal(a.blocks, x.blocks) {
				t.Errorf("%s: %v: ACK %d %v, want %d %v", row.name, x.s, a.ack, a.blocks, x.ack, x.blocks)
			}
		}
	}
}

// Allen's relations of three intervals are consistent in 409 ways.
func TestTriples(t *testing.T) {
	if n := len(triples()); n != 409 {
		t.Errorf("%d triples", n)
	}
	if n := len(permutations(5)); n != 120 {
		t.Errorf("%d permutations", n)
	}
}
