package tcp

import (
	"encoding/binary"
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// decode lets gopacket judge a segment: every field, every option, the checksum.
func decode(t *testing.T, r *rig, e emitted) *layers.TCP {
	t.Helper()
	p := gopacket.NewPacket(e.raw, layers.LayerTypeTCP, gopacket.Default)
	if err := p.ErrorLayer(); err != nil {
		t.Fatalf("%v: %v", e, err.Error())
	}
	l := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if l.SrcPort != layers.TCPPort(r.mine) || l.DstPort != layers.TCPPort(r.port) || l.Urgent != 0 || l.URG {
		t.Errorf("%v: ports %v %v", e, l.SrcPort, l.DstPort)
	}
	want := l.Checksum
	again := *l
	nw := &layers.IPv4{SrcIP: net.IP(r.addr.AsSlice()), DstIP: net.IP(r.peer.AsSlice()), Protocol: layers.IPProtocolTCP}
	again.SetNetworkLayerForChecksum(nw)
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, &again, gopacket.Payload(l.Payload)); err != nil {
		t.Fatal(err)
	}
	if got := binary.BigEndian.Uint16(buf.Bytes()[16:]); got != want {
		t.Errorf("%v: checksum %#x, gopacket computes %#x", e, want, got)
	}
	return l
}

func kinds(l *layers.TCP) (k []layers.TCPOptionKind) {
	for _, o := range l.Options {
		if o.OptionType != layers.TCPOptionKindNop {
			k = append(k, o.OptionType)
		}
	}
	return k
}

// gopacket decodes every kind of segment that is emitted.
func TestEmittedSegments(t *testing.T) {
	r := newRig(t, Config{})
	r.dial()
	syn := r.take()[0]
	l := decode(t, r, syn)
	if !l.SYN || l.ACK || l.Ack != 0 || l.Seq != uint32(r.iss) || l.Window != 65535 || len(kinds(l)) != 4 {
		t.Errorf("SYN: %+v", l)
	}
	for _, o := range l.Options {
		if o.OptionType == layers.TCPOptionKindMSS && binary.BigEndian.Uint16(o.OptionData) != 1460 {
			t.Errorf("MSS %v", o.OptionData)
		}
		if o.OptionType == layers.TCPOptionKindWindowScale && o.OptionData[0] != 7 { // for 6 MiB
			t.Errorf("shift %v", o.OptionData)
		}
	}
	opts := append([]byte{optMSS, 4, 5, 0xb4, optSACKOK, 2, optScale, 3, 2, optNOP, optNOP, optNOP}, tsOption(100, 0)...)
	r.deliver(r.segment(SYN|ACK, 0, 1, 60000, opts, nil))
	l = decode(t, r, r.take()[0])
	if l.SYN || !l.ACK || l.Ack != uint32(r.irs)+1 || l.Seq != uint32(r.iss)+1 || len(kinds(l)) != 1 {
		t.Errorf("ACK: %+v", l)
	}
	r.pcb.Set(NoDelay)
	r.write(333)
	l = decode(t, r, r.take()[0])
	if !l.ACK || !l.PSH || len(l.Payload) != 333 || l.Payload[332] != 332&255 {
		t.Errorf("data: %+v", l)
	}
	r.opts = tsOption(101, 0)
	r.send(ACK, 11, 1, 1, 2, 3)
	l = decode(t, r, r.take()[0])
	if k := kinds(l); len(k) != 2 || k[1] != layers.TCPOptionKindSACK || len(l.Payload) != 0 {
		t.Errorf("SACK: %+v", l)
	}
	for i := range 3 {
		r.send(ACK, 21+10*i, 1, 1, 2, 3)
	}
	r.take()
	r.send(ACK, 11, 1, 1, 2, 3) // DSACK and as many others as fit
	l = decode(t, r, r.take()[0])
	for _, o := range l.Options {
		if o.OptionType == layers.TCPOptionKindSACK && (len(o.OptionData) != 24 || binary.BigEndian.Uint32(o.OptionData) != uint32(r.irs)+11) {
			t.Errorf("DSACK: %x", o.OptionData)
		}
	}
	r.pcb.Shutdown(ShutWrite)
	r.tcp.Flush()
	l = decode(t, r, r.take()[0])
	if !l.FIN || !l.ACK || l.Seq != uint32(r.iss)+334 {
		t.Errorf("FIN: %+v", l)
	}
	r.pcb.Abort()
	l = decode(t, r, r.take()[0])
	if !l.RST || l.Seq != uint32(r.iss)+335 {
		t.Errorf("RST: %+v", l)
	}
	r.end()
	r = newRig(t, Config{})
	r.enter(Listen)
	r.deliver(r.segment(SYN, 0, 0, 60000, opts, nil))
	l = decode(t, r, r.take()[0])
	if !l.SYN || !l.ACK || l.Ack != uint32(r.irs)+1 || len(kinds(l)) != 4 {
		t.Errorf("SYN,ACK: %+v", l)
	}
	r.end()
}
