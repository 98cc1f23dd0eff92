package archtest

// exception allows what in the package dir to break a rule. what is the import
// path, the variable, or the word that the rule reports.
type exception struct {
	rule, dir, what string
	reason          string
}

var exceptions = []exception{
	{"purity", "pbuf", "sync", "drivers take and give back packet memory without the core lock"},
	{"purity", "pbuf", "sync/atomic", "drivers take and give back packet memory without the core lock"},
	{"unsafe", "netif/tuntap", "unsafe", "the ioctl system calls take pointers"},
	{"globals", "netif/tuntap", "rxRoom", "a constant that only a method can tell"},
	{"globals", "netif/pcapng", "le", "short for binary.LittleEndian, which has no state"},
	{"docs", "netif/internal/gate", "Example", "for the drivers alone, whose Examples go through it"},
	{"docs", "internal/archtest", "Example", "nothing to call: the package is a test"},
	{"docs", "internal/doctest", "Example", "nothing to call: the package is a test"},
}
