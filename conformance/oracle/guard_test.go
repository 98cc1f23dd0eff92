package oracle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// block builds a pcapng block; fields are 32 bits each.
func block(order binary.ByteOrder, typ uint32, fields ...uint32) []byte {
	var b []byte
	put := func(v uint32) {
		b = append(b, 0, 0, 0, 0)
		order.PutUint32(b[len(b)-4:], v)
	}
	size := uint32(12 + 4*len(fields))
	put(typ)
	put(size)
	for _, f := range fields {
		put(f)
	}
	put(size)
	return b
}

// TestGuard: blocks that say more than they hold do not pass, others do as they
// are, in either byte order and however they are read.
func TestGuard(t *testing.T) {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		section := block(order, blockSection, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff)
		ifc := block(order, blockInterface, 1, 65535)
		for _, tt := range []struct {
			name string
			next []byte
			err  error
		}{
			{"a packet", block(order, blockEnhanced, 0, 0, 0, 4, 4, 7), io.EOF},
			{"a packet longer than its block", block(order, blockEnhanced, 0, 0, 0, 5, 5, 7), errBlock},
			{"a packet of 4 GiB", block(order, blockEnhanced, 0, 0, 0, 0xfffffff0, 4, 7), errBlock},
			{"no room for a packet", block(order, blockEnhanced, 0), errBlock},
			{"a simple packet", block(order, blockSimple, 4, 7), io.EOF},
			{"a simple packet longer than its block", block(order, blockSimple, 5, 7), errBlock},
			{"another block", block(order, 99, 1, 2, 3), io.EOF},
			{"an empty block", block(order, 99), io.EOF},
			{"an interface without a length", block(order, blockInterface, 1), errBlock},
			{"a block of 4 GiB", []byte{9, 9, 9, 9, 255, 255, 255, 252, 0, 0, 0, 0}, errBlock},
			{"a block of no length", make([]byte, 12), errBlock},
			{"half a block", block(order, 99, 1, 2, 3)[:17], io.ErrUnexpectedEOF},
			{"half a head", block(order, 99, 1, 2, 3)[:7], io.ErrUnexpectedEOF},
		} {
			file := bytes.Join([][]byte{section, ifc, tt.next}, nil)
			for name, r := range map[string]io.Reader{"at once": bytes.NewReader(file), "by bytes": iotest.OneByteReader(bytes.NewReader(file))} {
				g := &guard{r: r}
				got, err := io.ReadAll(g)
				if err == nil {
					err = io.EOF
				}
				want := file
				if tt.err == errBlock {
					want = file[:len(section)+len(ifc)]
				}
				if !errors.Is(err, tt.err) || !bytes.Equal(got, want) {
					t.Errorf("%v, %s, %s: %v, %d of %d bytes", order, tt.name, name, err, len(got), len(want))
				}
			}
		}
		// An interface that announces packets of 4 GiB is held to what is believed.
		g := &guard{r: bytes.NewReader(append(section, block(order, blockInterface, 1, 0xffffffff)...))}
		got, err := io.ReadAll(g)
		if err != nil || order.Uint32(got[len(section)+12:]) != maxCaptured {
			t.Errorf("%v: snap length %d, %v", order, order.Uint32(got[len(section)+12:]), err)
		}
	}
	if _, err := io.ReadAll(&guard{r: bytes.NewReader(make([]byte, 40))}); !errors.Is(err, errBlock) {
		t.Error(err)
	}
}
