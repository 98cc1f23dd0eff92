package ip4

import "github.com/golwip/lwip/netif"

// ownTable answers for each packet whether an address is one of ours, by hash:
// the list of interfaces may be long. It is made anew when an address changes.
type ownTable struct {
	slots []ownSlot // a power of two, at most half full
	shift uint8
	lo    *netif.Interface // the loopback interface, if there is one
}

type ownSlot struct {
	addr uint32
	ifc  *netif.Interface
}

const hashMultiplier = 0x9e3779b97f4a7c15

// rebuild fills the table; of two interfaces with one address the first wins.
func (t *ownTable) rebuild(list []*netif.Interface) {
	bits := uint8(2)
	for 1<<bits < 2*len(list) {
		bits++
	}
	if len(t.slots) != 1<<bits {
		t.slots = make([]ownSlot, 1<<bits)
	}
	clear(t.slots)
	t.shift = 64 - bits
	t.lo = nil
	for _, ifc := range list {
		if ifc.Flags().Has(netif.LoopbackFlag) && t.lo == nil {
			t.lo = ifc
		}
		if a := ifc.Addr4().Addr; a.IsValid() {
			t.add(number(a), ifc)
		}
	}
}

func (t *ownTable) add(addr uint32, ifc *netif.Interface) {
	i := uint64(addr) * hashMultiplier >> t.shift
	for t.slots[i].ifc != nil {
		if t.slots[i].addr == addr {
			return
		}
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	t.slots[i] = ownSlot{addr, ifc}
}

// owner returns the interface that has addr, or nil.
func (t *ownTable) owner(addr uint32) *netif.Interface {
	i := uint64(addr) * hashMultiplier >> t.shift
	for t.slots[i].ifc != nil {
		if t.slots[i].addr == addr {
			return t.slots[i].ifc
		}
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	return nil
}
