package netif

// Stats counts what passed through one interface.
type Stats struct {
	// RxFrames and RxBytes count frames delivered by the driver.
	RxFrames, RxBytes uint64
	// TxFrames and TxBytes count frames given to the driver.
	TxFrames, TxBytes uint64
	// RxDown counts frames dropped because the interface was down.
	RxDown uint64
	// RxTooShort counts frames shorter than the link header.
	RxTooShort uint64
	// RxNotForUs counts frames to another station's address.
	RxNotForUs uint64
	// RxBadSource counts frames with a group address as source.
	RxBadSource uint64
	// RxVLAN counts tagged frames of a VLAN that is not ours.
	RxVLAN uint64
	// RxUnknownType counts frames of a protocol nobody handles.
	RxUnknownType uint64
	// TxDown counts frames dropped because the interface or link was down.
	TxDown uint64
	// TxQueueFull counts frames refused because the driver was behind.
	TxQueueFull uint64
}
