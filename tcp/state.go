package tcp

import "github.com/golwip/lwip/internal/assert"

// State is the state of a connection.
//
// RFC 9293 §3.3.2:
//
//	            CLOSED ──────────────active open──────────▶ SYN-SENT
//	  passive open │ ▲ close                                   │  │
//	               ▼ │                    SYN (simultaneous)   │  │ SYN,ACK
//	             LISTEN ──SYN──▶ SYN-RECEIVED ◀────────────────┘  │
//	                                  │ ACK of SYN                ▼
//	                 close            └────────────────────▶ ESTABLISHED
//	      FIN-WAIT-1 ◀──────────────────────────────────────────│   │ FIN
//	ACK of FIN │  │ FIN          ▲ close from SYN-RECEIVED          ▼
//	           ▼  └─────▶ CLOSING                              CLOSE-WAIT
//	      FIN-WAIT-2         │ ACK of FIN                           │ close
//	       FIN │             ▼                                      ▼
//	           └────────▶ TIME-WAIT ──2 MSL──▶ CLOSED ◀──ACK── LAST-ACK
//
// LISTEN is a [Listener], not a state of a PCB.
type State uint8

const (
	Closed State = iota
	Listen
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
)

var stateNames = [...]string{"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
	"FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"}

// String returns the state's RFC 9293 name.
func (s State) String() string { return stateNames[s] }

// states is a set of states.
type states uint16

func (s State) oneOf(set states) bool { return set&(1<<s) != 0 }

const (
	// synchronized states have seen both SYNs acknowledged.
	synchronized states = 1<<Established | 1<<FinWait1 | 1<<FinWait2 | 1<<CloseWait | 1<<Closing | 1<<LastAck | 1<<TimeWait
	// receiving states take payload and a FIN.
	receiving states = 1<<Established | 1<<FinWait1 | 1<<FinWait2
	// sending states take new payload from the application.
	sending states = 1<<Established | 1<<CloseWait
)

// transitions lists where each state may go.
var transitions = [...]states{
	Closed:      1<<SynSent | 1<<SynReceived,
	Listen:      0,
	SynSent:     1<<Closed | 1<<SynReceived | 1<<Established,
	SynReceived: 1<<Closed | 1<<Established | 1<<FinWait1 | 1<<CloseWait,
	Established: 1<<Closed | 1<<FinWait1 | 1<<CloseWait,
	FinWait1:    1<<Closed | 1<<FinWait2 | 1<<Closing | 1<<TimeWait,
	FinWait2:    1<<Closed | 1<<TimeWait,
	CloseWait:   1<<Closed | 1<<LastAck,
	Closing:     1<<Closed | 1<<TimeWait,
	LastAck:     1 << Closed,
	TimeWait:    1 << Closed,
}

// setState moves the connection to state s. Nothing else writes p.state.
func (p *PCB) setState(s State) {
	if assert.Enabled {
		assert.That(transitions[p.state]&(1<<s) != 0, "tcp: transition "+p.state.String()+" to "+s.String())
	}
	p.t.count[p.state]--
	p.t.count[s]++
	p.state = s
}
