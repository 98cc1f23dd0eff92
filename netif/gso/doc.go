// Package gso knows large segments: packets whose transport payload somebody
// below is to cut into pieces of pbuf.Buf.SegmentSize bytes, and packets whose
// transport checksum somebody below is to complete (pbuf.Partial).
//
//	stack ──▶ [IP|TCP|            61 KiB            ] ──▶ driver that splits
//	stack ──▶ Split ──▶ [IP|TCP|1448] [IP|TCP|1448] … ──▶ driver that does not
//
// The headers of a large segment are those of its first piece but for what tells
// of the end: lengths, the checksum, which is the whole's, PSH and FIN. So it is
// a true packet, only longer than the link's MTU.
//
// Drivers that can split say so (netif.Properties); everything else meets the
// pieces, which Split makes: they are the packets that the sender would have made
// without large segments, but for PSH, which only the last one may have.
//
// Files: layout.go (where the headers are), split.go, complete.go (checksums).
//
// Callers of Split and Complete own what they pass; there is no other state.
package gso
