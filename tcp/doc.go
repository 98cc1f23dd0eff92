// Package tcp is the Transmission Control Protocol, RFC 9293, with the
// extensions of a modern host: RFC 7323 (window scale, timestamps, PAWS),
// RFC 2018 and 2883 (SACK, DSACK), RFC 5681, 6582 and 6928 (congestion control,
// NewReno, initial window), RFC 3042 (limited transmit), RFC 6675, 8985 and 9937
// (recovery by SACK, RACK-TLP, PRR), RFC 5682, 3522 and 4015 (F-RTO, Eifel),
// RFC 6298 (retransmission timer), RFC 5961 and 5927 (blind attacks), RFC 6528
// (initial sequence numbers), RFC 6056 (ports), RFC 6191 and 1337 (TIME-WAIT),
// RFC 3168 (ECN), RFC 4821 (black holes), RFC 4987 (SYN floods).
//
// A [Protocol] is the TCP of one stack. A [PCB] is one connection, driven by
// segments (Input), by its timers, and by its owner's calls; the owner hears of
// events through a [Handler]. Handlers and calls only change state and mark the
// PCB; [Protocol.Flush] sends what follows from it, once for each PCB and batch.
//
// Flow, in:    input.go → segment_arrives.go → check_ack.go → check_text.go →
// check_fin.go → finish.go; merge.go (what input holds back)
// Flow, out:   output.go (what may be sent) → emit.go (one segment), large.go (several);
// rst.go, challenge.go
// Passive open: listen.go (which listener, is there room) → synqueue.go (half-open
// connections) → halfopen_arrives.go (their ACK), deferaccept.go; syncookie.go
// Forwarding:  forward.go (connections to addresses that are not ours)
// User calls:  bind.go, open.go, listen.go, write.go, recved.go, close.go;
// settings.go, limits.go; upcalls in callbacks.go; ICMP in error.go
// Time:        timers.go (the table), retransmit.go, recovery.go, persist.go,
// pacing.go, keepalive.go, delack.go, timewait.go, orphan.go, plpmtud.go
// Losses:      recovery.go (when), sackboard.go (what has arrived), rack.go,
// tlp.go, prr.go, undo.go, frto.go
// Parts:       seq.go, segment.go, header.go, options.go, sendspace.go,
// recvspace.go, sendqueue.go, reassembly.go, sack.go, rtt.go, isn.go, ecn.go
// The rest:    protocol.go, pcb.go, priority.go, state.go, demux.go, config.go, stats.go,
// errors.go; congestion controllers in cc/
//
// SND.UNA, SND.NXT, SND.WND, SND.WL1, SND.WL2 and ISS are p.snd.una, nxt, wnd,
// wl1, wl2 and iss; RCV.NXT and IRS are p.rcv.nxt and irs, RCV.WND is
// p.rcv.window(); SEG.SEQ, SEG.ACK, SEG.WND, SEG.LEN are seg.Seq, Ack, Wnd and
// SeqLen().
//
// Callers hold the core lock.
package tcp
