package tcp

import "github.com/golwip/lwip/tcp/cc"

// SetCongestion chooses the connection's congestion controller by its name; of one
// that listens, that of the connections that it accepts. A connection that sends
// already keeps its window. Errors: ErrCongestion.
//
// TCP_CONGESTION.
func (p *PCB) SetCongestion(name string) error {
	make := cc.ByName(name)
	if make == nil {
		return ErrCongestion
	}
	p.more().controller = make
	if p.cc != nil && p.cc.Name() != name {
		p.setController(make(p.ccParams(p.cc.Window())))
		p.t.markDirty(p)
	}
	return nil
}

// Congestion returns the name of the connection's congestion controller.
func (p *PCB) Congestion() string {
	if p.cc != nil {
		return p.cc.Name()
	}
	return p.controller()(p.ccParams(p.initialWindow())).Name()
}

// controller returns what makes the connection's controller.
func (p *PCB) controller() func(cc.Params) cc.Controller {
	if c := p.settings().controller; c != nil {
		return c
	}
	return p.t.cfg.NewController
}
