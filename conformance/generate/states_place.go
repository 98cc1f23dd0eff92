package generate

// place is where a segment lies in the receive sequence space.
type place string

// far is half of the sequence space away: neither before nor behind.
const far = 1 << 30

// sequences are the places and what they are called.
//
//	  old  left exact  inside       last edge right           far
//	───┼─────┼──┼────────┼───────────┼───┼────┼────────────────┼──
//	            RCV.NXT                  RCV.NXT+RCV.WND
var sequences = map[place]struct {
	words string
	seq   func(c *conn) uint32
}{
	"exact":     {"at RCV.NXT", func(c *conn) uint32 { return c.rcv }},
	"inside":    {"in the window, not at RCV.NXT", func(c *conn) uint32 { return c.rcv + 100 }},
	"last":      {"at the last number of the window", func(c *conn) uint32 { return c.edge - 1 }},
	"edge":      {"just right of the window", func(c *conn) uint32 { return c.edge }},
	"next":      {"one number behind RCV.NXT", func(c *conn) uint32 { return c.rcv + 1 }},
	"right":     {"right of the window", func(c *conn) uint32 { return c.edge + 1 }},
	"left":      {"just left of the window", func(c *conn) uint32 { return c.rcv - 1 }},
	"old":       {"left of the window", func(c *conn) uint32 { return c.rcv - 100 }},
	"before":    {"so that it ends at RCV.NXT", func(c *conn) uint32 { return c.rcv - 101 }},
	"overleft":  {"over the left edge of the window", func(c *conn) uint32 { return c.rcv - 50 }},
	"overright": {"over the right edge of the window", func(c *conn) uint32 { return c.edge - 50 }},
	"far":       {"far outside of the window", func(c *conn) uint32 { return c.rcv + far }},
	"zero":      {"at 0", func(*conn) uint32 { return 0 }},
	"some":      {"at 5000", func(*conn) uint32 { return 5000 }},
	"wrap":      {"at the last of all numbers", func(*conn) uint32 { return 1<<32 - 1 }},
}

// acks are the places of an acknowledgment and what they are called.
//
//	ancient  oldest         dup  una     all   new
//	───┼───────┼──────────────┼───┼───────┼─────┼──
//	           SND.UNA            SND.UNA SND.NXT
//	           -MAX.SND.WND
var acks = map[place]struct {
	words string
	ack   func(c *conn) uint32
}{
	"ancient": {"one before SND.UNA-MAX.SND.WND", func(c *conn) uint32 { return c.una - c.max - 1 }},
	"oldest":  {"SND.UNA-MAX.SND.WND", func(c *conn) uint32 { return c.una - c.max }},
	"dup":     {"one before SND.UNA", func(c *conn) uint32 { return c.una - 1 }},
	"una":     {"SND.UNA", func(c *conn) uint32 { return c.una }},
	"part":    {"half of what is in flight", func(c *conn) uint32 { return c.una + (c.nxt-c.una)/2 }},
	"all":     {"SND.NXT", func(c *conn) uint32 { return c.nxt }},
	"new":     {"one behind SND.NXT", func(c *conn) uint32 { return c.nxt + 1 }},
	"far":     {"far behind SND.NXT", func(c *conn) uint32 { return c.nxt + far }},
	"some":    {"anything", func(*conn) uint32 { return 99 }},
}

// kinds are the segments and what they are called.
var kinds = map[string]struct {
	words string
	bits  bits
	n     uint32
}{
	"none":         {"a segment without flags", 0, 0},
	"ack":          {"an ACK", ack, 0},
	"data":         {"an ACK with text", ack, 100},
	"octet":        {"an ACK with one octet of text", ack, 1},
	"psh":          {"text with PSH", psh | ack, 100},
	"urg":          {"urgent text", psh | urg | ack, 100},
	"bare-data":    {"text without ACK", psh, 100},
	"bare-urg":     {"URG without ACK", urg, 0},
	"bare-fin":     {"a FIN without ACK", fin, 0},
	"fin":          {"a FIN", fin | ack, 0},
	"fin-data":     {"a FIN with text", fin | psh | ack, 100},
	"rst":          {"a RST", rst, 0},
	"rst-ack":      {"a RST with ACK", rst | ack, 0},
	"rst-data":     {"a RST with text", rst, 100},
	"rst-fin":      {"a RST with FIN", rst | fin, 0},
	"syn":          {"a SYN", syn, 0},
	"syn-ack":      {"a SYN with ACK", syn | ack, 0},
	"syn-data":     {"a SYN with text", syn, 100},
	"syn-ack-data": {"a SYN with ACK and text", syn | ack, 100},
	"syn-fin":      {"a SYN with FIN", syn | fin, 0},
	"syn-fin-ack":  {"a SYN with FIN and ACK", syn | fin | ack, 0},
	"syn-psh-urg":  {"a SYN with PSH and URG", syn | psh | urg, 0},
	"syn-rst":      {"a SYN with RST", syn | rst, 0},
	"syn-rst-ack":  {"a SYN with RST and ACK", syn | rst | ack, 0},
	"xmas":         {"a segment with all flags", fin | syn | rst | psh | ack | urg, 0},
	"xmas-no-rst":  {"a segment with all flags but RST", fin | syn | psh | ack | urg, 0},
}
