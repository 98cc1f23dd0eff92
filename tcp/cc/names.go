package cc

// ByName returns what makes the controllers of a name, or nil: "cubic", "bbr", "reno"
// or FreeBSD's "newreno".
func ByName(name string) func(Params) Controller {
	switch name {
	case "cubic":
		return NewCubic
	case "bbr":
		return NewBBR
	case "reno", "newreno":
		return NewReno
	}
	return nil
}
