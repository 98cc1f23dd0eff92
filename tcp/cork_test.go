package tcp

import (
	"testing"
	"time"
)

// writeMore queues n octets with flags.
func (r *rig) writeMore(n int, f WriteFlags) {
	r.t.Helper()
	if err := r.pcb.Write(r.pool.AllocBytes(0, n), f); err != nil {
		r.t.Fatal(err)
	}
	r.tcp.Flush()
}

// What is written with More waits for the next Write, and carries no PSH.
func TestMoreHoldsBack(t *testing.T) {
	for _, opt := range []Option{0, NoDelay} {
		r := newRig(t, Config{MSS: 1000})
		r.enter(Established)
		r.pcb.Set(opt)
		r.writeMore(100, More)
		r.silent()
		r.pass(100 * time.Millisecond)
		r.silent()
		r.writeMore(100, 0)
		if e := r.expect(ACK, 1, 1, 200); !e.flags.Has(PSH) {
			t.Error("no PSH on the last segment")
		}
		r.send(ACK, 1, 201)
		// Full segments go, and push nothing.
		r.writeMore(1000, More)
		if e := r.expect(ACK, 201, 1, 1000); e.flags.Has(PSH) {
			t.Error("PSH though more will follow")
		}
		r.writeMore(1100, More)
		r.expect(ACK, 1201, 1, 1000)
		r.writeMore(900, 0)
		if e := r.expect(ACK, 2201, 1, 1000); !e.flags.Has(PSH) {
			t.Error("no PSH on the last segment")
		}
		r.end()
	}
}

// Nothing is held back for more than 200 ms, nor by anything that ends it.
func TestHeldBackGoes(t *testing.T) {
	for _, c := range []struct {
		name string
		f    WriteFlags
		opts Option
		do   func(r *rig)
		fin  Flags
	}{
		{"time, More", More, 0, func(r *rig) { r.pass(199 * time.Millisecond); r.silent(); r.pass(time.Millisecond) }, 0},
		{"time, Cork", 0, Cork, func(r *rig) { r.pass(199 * time.Millisecond); r.silent(); r.pass(time.Millisecond) }, 0},
		{"uncork", 0, Cork, func(r *rig) { r.pcb.Clear(Cork) }, 0},
		{"uncork after More", More, Cork, func(r *rig) { r.pcb.Clear(Cork) }, 0},
		{"NoDelay", More, 0, func(r *rig) { r.pcb.Set(NoDelay) }, 0},
		{"Push", More, Cork, func(r *rig) { r.pcb.Push() }, 0},
		{"Shutdown", More, 0, func(r *rig) { r.pcb.Shutdown(ShutWrite) }, FIN},
		{"Close", 0, Cork, func(r *rig) { r.pcb.Close() }, FIN},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Config{MSS: 1000})
			r.enter(Established)
			r.pcb.Set(c.opts)
			r.writeMore(100, c.f)
			r.silent()
			c.do(r)
			r.tcp.Flush()
			r.expect(ACK|c.fin, 1, 1, 100)
			if c.fin == 0 { // the next is held back again
				r.send(ACK, 1, 101)
				r.writeMore(100, More)
				r.silent()
				r.pass(200 * time.Millisecond)
				r.expect(ACK, 101, 1, 100)
			}
			r.end()
		})
	}
}

// A send buffer that is full holds nothing back: nothing could follow.
func TestCorkFullBuffer(t *testing.T) {
	r := newRig(t, Config{MSS: 1000, SendBuffer: 600})
	r.enter(Established)
	r.pcb.Set(Cork)
	r.writeMore(600, 0)
	r.expect(ACK, 1, 1, 600)
	r.end()
}
