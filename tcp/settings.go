package tcp

import (
	"time"

	"github.com/golwip/lwip/tcp/cc"
)

// settings are what few connections have of their own. A PCB that has none points
// nowhere; those that share a listener's point to the same ones.
type settings struct {
	keep        keepAlive                     // keepalive.go; zero fields: Config's
	deferAccept time.Duration                 // deferaccept.go
	finWait2    time.Duration                 // orphan.go; 0: Config.FinWait2, negative: none
	maxSeg      int                           // SetMaxSegment; 0: Config.MSS
	clamp       int                           // SetWindowClamp; 0: none
	buffer      int                           // what SetReceiveBuffer asked for, while clamped
	lowat       int                           // SetNotSentLowat; 0: Config.NotSentLowat
	synRetries  int                           // SetSYNRetransmits; 0: Config.MaxSYNRetransmits
	controller  func(cc.Params) cc.Controller // SetCongestion; nil: Config.NewController
}

// settings returns the connection's own settings.
func (p *PCB) settings() settings {
	if p.own == nil {
		return settings{}
	}
	return *p.own
}

// more returns a copy of the settings of the connection's own, to change.
func (p *PCB) more() *settings {
	s := p.settings()
	p.own = &s
	return p.own
}
