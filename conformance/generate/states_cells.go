package generate

import "slices"

// row is the cells of one kind of segment: each of the places with each of the
// acknowledgments. Segments without ACK have one "acknowledgment", of any name.
type row struct{ kind, places, acks string }

// table is the rows of one situation.
type table struct {
	start start
	rows  []row
}

// everywhere are the cells of every synchronized state.
//
// RFC 9293 §3.10.7.4.
func everywhere() []row {
	return []row{
		{"rst", "exact inside last edge left far", "una"},
		{"rst-ack", "exact", "una new"},
		{"rst-data", "overleft", "una"},
		{"syn-rst", "exact inside", "una"},
		{"xmas", "exact", "una"},
		{"syn", "left", "una"},
		{"syn-ack", "exact left", "una"},
		{"syn-fin", "exact", "una"},
		{"none", "exact edge left", "una"},
		{"bare-fin", "exact", "una"},
		{"bare-data", "exact", "una"},
		{"ack", "exact", "una all new ancient"},
		{"ack", "edge right left far", "una"},
		{"data", "exact", "una new ancient"},
		{"data", "old far", "una"},
		{"fin", "edge far", "una"},
	}
}

// receives are the cells of the states that take text and FIN.
func receives() []row {
	return []row{
		{"data", "inside overleft overright edge", "una"},
		{"data", "exact", "all oldest"},
		{"octet", "last", "una"},
		{"psh", "exact", "una"},
		{"urg", "exact", "una"},
		{"fin", "exact", "una all new ancient"},
		{"fin", "inside last left", "una"},
		{"fin-data", "exact", "una all"},
		{"fin-data", "overleft overright", "una"},
	}
}

// tables are all cells.
func tables() []table {
	all := slices.Concat[[]row]
	// In TIME-WAIT these may begin a new connection; everywhere else they are challenged.
	noWait := []row{{"syn", "exact inside far", "una"}, {"syn-data", "inside", "una"}}
	return []table{
		{start{name: "closed", words: "CLOSED", state: closed}, []row{
			{"none", "some", "some"}, {"ack", "some", "some"}, {"data", "some", "some"}, {"fin", "some", "some"},
			{"urg", "some", "some"}, {"bare-data", "some wrap", "some"}, {"bare-fin", "some wrap", "some"}, {"bare-urg", "some", "some"},
			{"rst", "some", "some"}, {"rst-ack", "some", "some"}, {"rst-data", "some", "some"}, {"xmas", "some", "some"},
			{"syn", "zero some wrap", "some"}, {"syn-ack", "some", "some"}, {"syn-data", "some", "some"},
			{"syn-fin", "some wrap", "some"}, {"syn-fin-ack", "some", "some"}, {"syn-rst", "some", "some"}, {"xmas-no-rst", "some", "some"},
		}},
		{start{name: "listen", words: "LISTEN", state: listen}, []row{
			{"none", "some", "some"}, {"ack", "some", "some"}, {"data", "some", "some"}, {"fin", "some", "some"},
			{"bare-data", "some", "some"}, {"bare-fin", "some", "some"}, {"bare-urg", "some", "some"},
			{"rst", "some", "some"}, {"rst-ack", "some", "some"}, {"rst-data", "some", "some"}, {"xmas", "some", "some"},
			{"syn", "zero some wrap", "some"}, {"syn-ack", "some", "some"}, {"syn-data", "some", "some"}, {"syn-psh-urg", "some", "some"},
			{"syn-fin", "some", "some"}, {"syn-fin-ack", "some", "some"}, {"syn-rst", "some", "some"}, {"xmas-no-rst", "some", "some"},
		}},
		{start{name: "syn-sent", words: "SYN-SENT", state: synSent, active: true}, []row{
			{"syn", "zero some wrap", "una"}, {"syn-ack", "some", "una all new dup far"}, {"syn-ack", "zero wrap", "all"},
			{"syn-data", "some", "una"}, {"syn-ack-data", "some", "una all new"}, {"syn-fin", "some", "una"}, {"syn-fin-ack", "some", "all new"},
			{"syn-psh-urg", "some", "una"}, {"syn-rst", "some", "una"}, {"syn-rst-ack", "some", "una all new"},
			{"rst", "some", "una"}, {"rst-ack", "some", "una all new dup"}, {"rst-data", "some", "una"}, {"rst-fin", "some", "una"},
			{"ack", "some", "una all new dup far"}, {"data", "some", "una all new"}, {"fin", "some", "una all new"}, {"urg", "some", "all"},
			{"none", "some", "una"}, {"bare-data", "some", "una"}, {"bare-fin", "some", "una"}, {"bare-urg", "some", "una"},
			{"xmas", "some", "una all new"}, {"xmas-no-rst", "some", "all new"},
		}},
		{start{name: "syn-received", words: "SYN-RECEIVED", state: synReceived}, []row{
			{"rst", "exact inside last edge left far", "una"}, {"rst-ack", "exact inside", "all"}, {"rst-ack", "exact", "new"},
			{"rst-data", "overleft", "una"}, {"syn-rst", "exact inside", "una"}, {"xmas", "exact", "all"},
			{"syn", "left exact inside edge far", "una"}, {"syn-ack", "exact inside far", "all"}, {"syn-fin", "exact", "una"}, {"syn-data", "left", "una"},
			{"none", "exact edge", "una"}, {"bare-fin", "exact", "una"}, {"bare-data", "exact", "una"},
			{"ack", "exact", "una all new ancient far"}, {"ack", "inside edge right left far", "all"},
			{"data", "exact", "una all new"}, {"data", "inside old far", "all"}, {"octet", "last", "all"}, {"psh", "exact", "all"}, {"urg", "exact", "all"},
			{"fin", "exact", "una all new"}, {"fin", "inside edge", "all"}, {"fin-data", "exact", "all"},
		}},
		{start{name: "syn-received-active", words: "SYN-RECEIVED, from SYN-SENT", state: synReceived, active: true}, []row{
			{"rst", "exact inside edge left", "una"}, {"rst-ack", "exact", "all new"}, {"syn-rst", "exact", "una"},
			{"syn", "left exact inside far", "una"}, {"syn-ack", "left exact", "all"},
			{"none", "exact edge", "una"}, {"bare-data", "exact", "una"},
			{"ack", "exact", "una all new"}, {"ack", "inside right left", "all"}, {"data", "exact", "una all"}, {"data", "inside far", "all"},
			{"fin", "exact", "una all"}, {"fin-data", "exact", "all"},
		}},
		{start{name: "established", words: "ESTABLISHED", state: established}, all(everywhere(), receives(), noWait, []row{
			{"rst", "old", "una"}, {"rst-ack", "inside left", "una"}, {"rst-ack", "exact", "ancient"}, {"rst-fin", "exact inside", "una"},
			{"rst-data", "exact old", "una"}, {"syn-rst", "far", "una"}, {"syn-rst-ack", "exact", "new"}, {"xmas", "inside left", "una"}, {"xmas-no-rst", "exact inside left", "una"},
			{"syn", "last edge old", "una"}, {"syn-ack", "inside far", "una"}, {"syn-ack", "exact", "new"}, {"syn-ack-data", "exact", "una"}, {"syn-fin", "left", "una"},
			{"syn-fin-ack", "exact", "una"}, {"none", "inside far", "una"}, {"bare-fin", "inside left", "una"}, {"bare-data", "inside old", "una"}, {"bare-urg", "exact", "una"},
			{"ack", "inside last old", "una"}, {"ack", "exact", "dup oldest far"}, {"data", "exact", "dup far"}, {"data", "inside", "new ancient"}, {"octet", "exact edge left", "una"},
			{"psh", "inside", "una"}, {"urg", "inside old", "una"}, {"fin-data", "inside old far", "una"}, {"fin", "inside", "new"},
		})},
		{start{name: "established-flight", words: "ESTABLISHED, with data in flight", state: established, flight: true}, []row{
			{"ack", "exact", "una part all new dup oldest ancient"}, {"ack", "inside", "part all"}, {"ack", "right left", "all"}, {"data", "exact", "part all new dup"},
			{"data", "inside old", "all"}, {"fin", "exact", "part all new dup"}, {"fin", "inside", "all"}, {"rst-ack", "exact", "part"},
		}},
		{start{name: "established-full", words: "ESTABLISHED, with the window closed", state: established, full: true}, []row{
			{"ack", "exact next left", "una"}, {"ack", "exact", "new"}, {"octet", "exact left next", "una"}, {"fin", "exact", "una"}, {"data", "old far", "una"},
			{"urg", "exact", "una"}, {"rst", "exact next left", "una"}, {"rst-ack", "exact", "una"}, {"syn", "exact far", "una"}, {"none", "exact left", "una"},
		}},
		{start{name: "established-full-flight", words: "ESTABLISHED, with the window closed and data in flight", state: established, full: true, flight: true}, []row{
			{"ack", "exact", "una part all"}, {"ack", "next", "all"}, {"octet", "exact", "una part all new"}, {"fin", "exact", "all"},
		}},
		{start{name: "fin-wait-1", words: "FIN-WAIT-1", state: finWait1}, all(everywhere(), receives(), noWait, []row{
			{"data", "inside", "all"}, {"fin", "inside", "all"}, {"ack", "inside", "all"}, {"ack", "left", "all"}, {"psh", "exact", "all"}, {"ack", "exact", "dup oldest"},
		})},
		{start{name: "fin-wait-1-closed", words: "FIN-WAIT-1, after close", state: finWait1, gone: true}, []row{
			{"data", "exact", "una all"}, {"data", "inside overleft", "una"}, {"data", "old edge", "una"}, {"ack", "exact", "una all"}, {"fin", "exact", "una all"}, {"fin-data", "exact", "all"},
		}},
		{start{name: "fin-wait-2", words: "FIN-WAIT-2", state: finWait2}, all(everywhere(), receives(), noWait, []row{
			{"ack", "exact", "dup oldest"}, {"data", "exact", "dup"}, {"fin", "exact", "dup"},
		})},
		{start{name: "fin-wait-2-closed", words: "FIN-WAIT-2, after close", state: finWait2, gone: true}, []row{
			{"data", "exact inside overleft", "una"}, {"data", "old edge", "una"}, {"ack", "exact", "una"}, {"fin", "exact", "una"}, {"fin-data", "exact", "una"},
		}},
		{start{name: "close-wait", words: "CLOSE-WAIT", state: closeWait}, all(everywhere(), noWait, []row{
			{"fin", "left", "una"}, {"fin", "left", "new"}, {"data", "inside edge", "una"}, {"urg", "exact", "una"}, {"ack", "exact", "dup oldest"},
		})},
		{start{name: "close-wait-flight", words: "CLOSE-WAIT, with data in flight", state: closeWait, flight: true}, []row{
			{"ack", "exact", "una part all new"}, {"data", "exact", "all"}, {"fin", "left", "una"}, {"rst", "exact", "una"},
		}},
		{start{name: "closing", words: "CLOSING", state: closing}, all(everywhere(), noWait, []row{
			{"fin", "left", "una"}, {"ack", "inside", "all"}, {"ack", "left", "all"}, {"ack", "exact", "dup oldest"}, {"data", "exact", "all"},
		})},
		{start{name: "last-ack", words: "LAST-ACK", state: lastAck}, all(everywhere(), noWait, []row{
			{"fin", "left", "una"}, {"ack", "inside", "all"}, {"ack", "left", "all"}, {"ack", "exact", "dup oldest"}, {"data", "exact", "all"},
		})},
		{start{name: "time-wait", words: "TIME-WAIT", state: timeWait}, all(everywhere(), []row{
			{"fin", "left", "una"}, {"fin-data", "before", "una"}, {"syn", "inside edge far", "una"}, {"syn", "old", "una"}, {"syn-data", "inside", "una"}, {"syn-fin", "inside", "una"}, {"syn-ack", "inside", "una"},
			{"ack", "exact", "dup oldest"},
		})},
	}
}
