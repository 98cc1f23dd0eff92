package fuzz

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/golwip/lwip/conformance/drill"
	"github.com/golwip/lwip/tcp"
)

// scripts are the drill suite, from which seeds are made.
const scripts = "../conformance/testdata"

// frameSeeds adds what FuzzFrames begins with: for each script of the drill
// suite the packets that it injects; and one of every frame there is, in each
// state.
func frameSeeds(f *testing.F) {
	n := 0
	for _, s := range drillSeeds(f) {
		f.Add(s)
		n++
	}
	if n < 50 {
		f.Fatalf("only %d scripts make seeds", n)
	}
	for _, k := range []kind{0, 4, 8, 12, 1, 2, 3, 11} {
		for state := tcp.Listen; state <= tcp.TimeWait; state++ {
			w := &world{kind: k}
			b := []byte{byte(k), byte(state - tcp.Listen)}
			for i, fr := range w.frameZoo() {
				if i%10 == int(state-tcp.Listen) || k == 0 {
					b = record(b, opFrameMend, fr)
				}
			}
			q := w.newPeer(20000, tcpPort)
			if state > tcp.SynReceived {
				q.nxt++
			}
			q.rcv = k.iss() + 1
			b = record(b, opFrameMend, q.send(ack, 100))
			b = record(b, opFrameMend, q.segment(ack, q.nxt+500, q.rcv, q.stream(q.nxt+500, 100)))
			b = record(b, opFrameMend, q.send(ack|fin, 0))
			b = record(b, opFrameMend, q.send(rst, 0))
			f.Add(b)
		}
	}
}

// zoos are the frameZoo of each kind, once made.
var zoos [256][][]byte

// frameZoo returns one of every frame there is. Nobody writes to them.
func (w *world) frameZoo() [][]byte {
	if zoos[w.kind] == nil {
		zoos[w.kind] = w.makeZoo()
	}
	return zoos[w.kind]
}

func (w *world) makeZoo() (list [][]byte) {
	text := []byte("a datagram of forty bytes, for fragments")
	udp := udpDatagram(5000, udpPort, text)
	add := func(f ...[]byte) { list = append(list, f...) }
	add(w.from4(17, udp), w.from4(1, icmp(8, 0, 0x00010001, text)), w.from4(17, udpDatagram(5000, 99, text)))
	add(w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, 1, 0, []byte{7, 7, 4, 0, 0, 0, 0, 0}, udp)))
	add(w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, 1, 0, []byte{68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0}, udp)))
	add(w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, 1, 0, []byte{131, 7, 4, 10, 0, 0, 9, 0}, udp)))
	add(w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, 2, 0x2000, nil, mendUDP4(udp)[:24])))
	add(w.ether(hostHW, peerHW, 0x0800, packet4(peer4, host4, 17, 2, 3, nil, mendUDP4(udp)[24:])))
	add(w.ether(everyHW, peerHW, 0x0800, packet4(peer4, "10.0.0.255", 17, 3, 0, nil, udp)))
	add(w.ether("\x01\x00\x5e\x00\x00\x01", peerHW, 0x0800, packet4(peer4, "224.0.0.1", 2, 3, 0, []byte{148, 4, 0, 0}, []byte{0x11, 100, 0xee, 0x9b, 0, 0, 0, 0})))
	add(w.from6(17, udp), w.from6(58, icmp(128, 0, 0x00010001, text)), w.from6(17, udpDatagram(5000, 99, text)))
	add(w.from6(0, append([]byte{17, 0, 5, 2, 0, 0, 1, 0}, udp...)), w.from6(60, append([]byte{17, 0, 0x1e, 4, 1, 2, 3, 4}, udp...)))
	add(w.from6(43, append([]byte{17, 0, 0, 0, 0, 0, 0, 0}, udp...)), w.from6(43, append([]byte{17, 2, 0, 1, 0, 0, 0, 0}, append(addrBytes(far6), udp...)...)))
	add(w.from6(44, append([]byte{17, 0, 0, 1, 0, 0, 0, 9}, udp[:24]...)), w.from6(44, append([]byte{17, 0, 0, 24, 0, 0, 0, 9}, udp[24:]...)))
	add(w.from6(44, append([]byte{17, 0, 0, 0, 0, 0, 0, 9}, udp...)))
	add(w.icmpErrors()...)
	if !w.kind.ip() {
		add(w.arp(1, peerHW, peer4, host4), w.arp(2, peerHW, peer4, host4), w.arp(1, peerHW, peer4, peer4), w.arp(1, peerHW, host4, host4))
		add(w.solicitation(peerHW, peer6), w.advertisement(peerHW, peer6, host6), w.advertisement(peerHW, host6, "ff02::1"), w.routerAdvertisement())
		add(w.nd(routerHW, router6, host6, 137, 0, addrBytes("fe80::3"), addrBytes(far6), []byte{2, 1}, []byte(peerHW)))
		tagged := w.from4(17, udp)
		add(append(append(append([]byte(nil), tagged[:12]...), 0x81, 0, 0x60, 0), tagged[12:]...))
	}
	return list
}

// mendUDP4 fills in the checksum of a datagram from the peer.
func mendUDP4(d []byte) []byte {
	b := append([]byte(nil), d...)
	mendTransport(17, append(addrBytes(peer4), addrBytes(host4)...), b, true)
	return b
}

// icmpErrors makes errors about the connection from port 20000.
func (w *world) icmpErrors() (list [][]byte) {
	iss := w.kind.iss()
	seg := tcpSegment(tcpPort, 20000, iss+1, iss+1, ack, 100, 0, nil, nil)
	quote4 := mend(packet4(host4, peer4, 6, 1, 0x4000, nil, seg), true, true)
	quote6 := mend(packet6(host6, peer6, 6, 64, seg), true, true)
	for _, e := range [][2]byte{{3, 1}, {3, 2}, {3, 3}, {4, 0}, {5, 1}, {11, 0}, {12, 0}} {
		list = append(list, w.from4(1, icmp(e[0], e[1], 0, quote4[:28])))
	}
	list = append(list, w.from4(1, icmp(3, 4, 600, quote4)))
	for _, e := range [][2]byte{{1, 0}, {1, 4}, {3, 0}, {4, 1}} {
		list = append(list, w.from6(58, icmp(e[0], e[1], 0, quote6)))
	}
	return append(list, w.from6(58, icmp(2, 0, 1280, quote6)))
}

// drillSeeds makes an input of each script of the drill suite: what it injects,
// as frames, beginning in LISTEN, or, where it begins with an answer, in
// SYN-SENT.
func drillSeeds(f testing.TB) (list [][]byte) {
	err := filepath.WalkDir(scripts, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".pkt") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		script, err := drill.Parse(path, string(text))
		if err != nil {
			return nil
		}
		if b := scriptSeed(script); b != nil {
			list = append(list, b)
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	return list
}

// scriptSeed makes one of them, or nil.
func scriptSeed(script *drill.Script) []byte {
	k := kind(0)
	for _, o := range script.Options {
		if o.Name == "ip_version" && strings.Contains(o.Value, "6") {
			k |= 8
		}
	}
	w := &world{kind: k}
	b := []byte{byte(k), 0}
	var first uint32
	begun := false
	for _, e := range script.Events {
		p := e.Packet
		if p == nil || p.Dir != drill.Inbound || p.Other != "" || p.Proto == drill.RawIP {
			continue
		}
		switch p.Proto {
		case drill.UDP:
			b = record(b, opFrameMend, w.fromPeer(17, udpDatagram(5000, udpPort, make([]byte, p.Len))))
		case drill.ICMP, drill.ICMPv6:
			proto := byte(1)
			if p.Proto == drill.ICMPv6 {
				proto = 58
			}
			var quote []byte
			if p.ICMP.Quote != nil {
				seg := tcpSegment(tcpPort, 19999, k.iss()+p.ICMP.Quote.TCP.Seq.Value, 0, ack, 0, 0, nil, nil)
				if quote = packet4(host4, peer4, 6, 1, 0, nil, seg); k.six() {
					quote = packet6(host6, peer6, 6, 64, seg)
				}
				mend(quote, true, true)
			}
			b = record(b, opFrameMend, w.fromPeer(proto, icmp(p.ICMP.Type, p.ICMP.Code, uint32(max(p.ICMP.MTU, 0)), quote)))
		case drill.TCP:
			s := p.TCP
			if !begun {
				first, begun = s.Seq.Value, true
				if s.Flags&drill.ACK != 0 && s.Flags&drill.SYN != 0 {
					b[1] = byte(tcp.SynSent - tcp.Listen)
				}
			}
			src, dst := uint16(19999), uint16(tcpPort)
			if b[1] != 0 {
				src, dst = 40000, 41000
			}
			seq := k.iss() + s.Seq.Value - first
			payload := make([]byte, s.Len)
			for i := range payload {
				payload[i] = inByte(int64(int32(seq-k.iss()-1)) + int64(i))
			}
			seg := tcpSegment(src, dst, seq, k.iss()+s.Ack.Value, byte(s.Flags), uint16(s.Win.Value), s.Urg, tcpOptions(s.Options, k.iss()), payload)
			b = record(b, opFrameMend, w.fromPeer(6, seg))
		case drill.RawIP:
		}
		b = append(b, opPass, 0, 20, opWrite, 1, 0)
	}
	if len(b) == 2 || len(b) > 8192 {
		return nil
	}
	return b
}

// tcpOptions makes the options of a script's segment.
func tcpOptions(list []drill.TCPOption, iss uint32) (b []byte) {
	for _, o := range list {
		switch o.Kind {
		case 0, 1:
			b = append(b, o.Kind)
		case 2:
			b = append(b, 2, 4, byte(o.Val.Value>>8), byte(o.Val.Value))
		case 3:
			b = append(b, 3, 3, byte(o.Val.Value))
		case 5:
			b = append(b, 5, byte(2+8*len(o.Blocks)))
			for _, x := range o.Blocks {
				b = be.AppendUint32(be.AppendUint32(b, iss+x.Left), iss+x.Right)
			}
		case 8:
			b = be.AppendUint32(be.AppendUint32(append(b, 8, 10), o.Val.Value), o.Ecr.Value)
		default:
			b = append(append(b, o.Kind, byte(2+len(o.Data))), o.Data...)
		}
	}
	return b[:min(len(b), 40)]
}
