package tcp

import "testing"

// TestECNPresets: the faithful presets take no part, as lwIP. What ECN does on the wire
// is in the scripts of conformance/testdata/rfc3168.
func TestECNPresets(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg  Config
		want Flags
	}{
		"zero":     {Config{}, ECE},
		"upstream": {Upstream(), 0},
		"esp-idf":  {ESPIDF(), 0},
		"asking":   {Config{ECN: ECNAsk}, ECE},
		"off":      {Config{ECN: ECNOff}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, tt.cfg)
			p := &PCB{t: r.tcp, state: SynReceived}
			p.takeSYNECN(&Segment{Flags: SYN | ECE | CWR})
			if got := p.synECN(); got != tt.want {
				t.Errorf("a SYN with ECE and CWR is answered by %v, want %v", got, tt.want)
			}
			r.end()
		})
	}
}
