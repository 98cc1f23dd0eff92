package pbuf

import (
	"bytes"
	"slices"

	"github.com/golwip/lwip/internal/checksum"
	"pgregory.net/rapid"
)

// ownership adds what makes and frees packets.
func (m *machine) ownership(a map[string]func(*rapid.T)) {
	full := func(t *rapid.T) {
		if len(m.packets) > 12 {
			t.Skip("enough packets")
		}
	}
	a["Alloc"] = func(t *rapid.T) {
		full(t)
		layer := Layer(rapid.IntRange(int(Raw), int(Transport)).Draw(t, "layer"))
		typ := rapid.SampledFrom([]Type{RAM, Pooled}).Draw(t, "type")
		n := lengths.Draw(t, "n")
		k := m.adopt(m.pool.Alloc(layer, n, typ))
		if k.buf.TotalLen() != n || k.buf.Headroom() != layer.Room() || k.buf.Type() != typ {
			t.Fatalf("Alloc(%d, %d): TotalLen %d, Headroom %d", layer, n, k.buf.TotalLen(), k.buf.Headroom())
		}
		b := content(t, n)
		put(k, 0, b)
		k.buf.Take(b)
	}
	a["AllocN"] = func(t *rapid.T) {
		full(t)
		var dst [3]*Buf
		room, n := rapid.IntRange(0, 100).Draw(t, "room"), rapid.IntRange(0, 3000).Draw(t, "n")
		if got := m.pool.AllocN(dst[:], room, n); got != 3 {
			t.Fatalf("AllocN made %d", got)
		}
		for _, buf := range dst {
			if buf.Headroom() != room || buf.Len() != n {
				t.Fatalf("AllocN(%d, %d): Headroom %d, Len %d", room, n, buf.Headroom(), buf.Len())
			}
			m.adopt(buf)
		}
	}
	a["AllocReference"] = func(t *rapid.T) {
		full(t)
		typ := rapid.SampledFrom([]Type{ROM, Reference}).Draw(t, "type")
		m.adopt(m.pool.AllocReference(content(t, rapid.IntRange(0, 100).Draw(t, "n")), typ))
	}
	a["AllocCustom"] = func(t *rapid.T) {
		full(t)
		room := rapid.IntRange(0, 20).Draw(t, "room")
		b := content(t, room+rapid.IntRange(0, 100).Draw(t, "n"))
		n := rapid.IntRange(0, len(b)-room).Draw(t, "used")
		m.made++
		m.adopt(m.pool.AllocCustom(b, room, n, func() { m.done++ }))
	}
	a["View"] = func(t *rapid.T) {
		full(t)
		k := m.pick(t, "of", false)
		i := rapid.IntRange(0, len(k.parts)-1).Draw(t, "element")
		e := k.buf
		for range i {
			e = e.next
		}
		p := k.parts[i]
		off, n := near(t, p.n, "off"), near(t, p.n, "n")
		v := e.View(off, n)
		if ok := off >= 0 && n >= 0 && off+n <= p.n; (v != nil) != ok {
			t.Fatalf("View(%d, %d) of %d bytes: %v", off, n, p.n, v)
		} else if ok {
			m.packets = append(m.packets, &modelPacket{buf: v, owners: 1, parts: []*modelPart{{p.blk, p.off + off, n}}})
		}
	}
	a["Share"] = func(t *rapid.T) {
		full(t)
		k := m.pick(t, "of", false)
		s := &modelPacket{buf: k.buf.Share(), owners: 1}
		for _, p := range k.parts {
			s.parts = append(s.parts, &modelPart{p.blk, p.off, p.n})
		}
		if s.buf.Flags != k.buf.Flags || s.buf.Sum != k.buf.Sum {
			t.Fatalf("Share lost the flags")
		}
		m.packets = append(m.packets, s)
	}
	a["Ref"] = func(t *rapid.T) {
		k := m.pick(t, "of", false)
		k.buf.Ref()
		k.owners++
	}
	a["Free"] = func(t *rapid.T) { m.freePacket(t, m.pick(t, "what", false)) }
	a["FreeAll"] = func(t *rapid.T) {
		want := 0
		var bufs []*Buf
		for _, k := range slices.Clone(m.packets) {
			if k.free() && len(bufs) < 3 {
				bufs = append(bufs, k.buf)
				want += len(k.parts)
				m.remove(k)
			}
		}
		if got := FreeAll(bufs); got != want {
			t.Fatalf("FreeAll returned %d, want %d", got, want)
		}
	}
}

// headers adds what moves the bounds of an element.
func (m *machine) headers(a map[string]func(*rapid.T)) {
	move := func(k *modelPacket, n int) {
		k.parts[0].off -= n
		k.parts[0].n += n
	}
	// add checks the result of adding n bytes, of which room are allowed.
	add := func(t *rapid.T, k *modelPacket, n, room int, got []byte) {
		p := k.parts[0]
		if n < 0 || n > room {
			if got != nil {
				t.Fatalf("added %d bytes, had room for %d", n, room)
			}
			return
		}
		if want := p.blk.mem[p.off-n : p.off]; !bytes.Equal(got, want) {
			t.Fatalf("added bytes % x, want % x", got, want)
		}
		move(k, n)
	}
	room := func(k *modelPacket) int {
		if !m.writable(k.parts[0]) {
			return 0
		}
		return k.parts[0].off
	}
	a["AddHeader"] = func(t *rapid.T) {
		k := m.pick(t, "to", true)
		n := near(t, k.parts[0].off, "n")
		if got, want := k.buf.Headroom(), room(k); got != want {
			t.Fatalf("Headroom %d, want %d", got, want)
		}
		add(t, k, n, room(k), k.buf.AddHeader(n))
	}
	a["AddHeaderForce"] = func(t *rapid.T) {
		k := m.pick(t, "to", true)
		n := near(t, k.parts[0].off, "n")
		add(t, k, n, k.parts[0].off, k.buf.AddHeaderForce(n))
	}
	a["RemoveHeader"] = func(t *rapid.T) {
		k := m.pick(t, "from", true)
		n := near(t, k.parts[0].n, "n")
		if ok := n >= 0 && n <= k.parts[0].n; k.buf.RemoveHeader(n) != ok {
			t.Fatalf("RemoveHeader(%d) of %d: %v", n, k.parts[0].n, !ok)
		} else if ok {
			move(k, -n)
		}
	}
	a["Header"] = func(t *rapid.T) {
		k := m.pick(t, "of", true)
		p := k.parts[0]
		n := rapid.IntRange(-p.n-2, p.off+2).Draw(t, "n")
		limit, header := room(k), k.buf.Header
		if rapid.Bool().Draw(t, "force") {
			limit, header = p.off, k.buf.HeaderForce
		}
		if ok := n >= -p.n && n <= max(limit, 0); header(n) != ok {
			t.Fatalf("Header(%d): %v", n, !ok)
		} else if ok {
			move(k, n)
		}
	}
	a["Extend"] = func(t *rapid.T) {
		k := m.pick(t, "what", true)
		p := k.parts[0]
		tail := 0
		if m.writable(p) {
			tail = len(p.blk.mem) - p.off - p.n
		}
		if got := k.buf.Tailroom(); got != tail {
			t.Fatalf("Tailroom %d, want %d", got, tail)
		}
		n := near(t, tail, "n")
		if got := k.buf.Extend(n); (got != nil) != (n >= 0 && n <= tail && len(k.parts) == 1) {
			t.Fatalf("Extend(%d) with tailroom %d, %d elements: %d bytes", n, tail, len(k.parts), len(got))
		} else if got != nil {
			p.n += n
		}
	}
	a["sum"] = func(t *rapid.T) {
		k := m.pick(t, "of", false)
		for e := k.buf; e != nil; e = e.next {
			e.Sum = checksum.Sum(e.Bytes())
			e.Flags |= HasSum
		}
	}
}

// chains adds what joins and cuts.
func (m *machine) chains(a map[string]func(*rapid.T)) {
	join := func(t *rapid.T, op func(k, tail *modelPacket) bool) (k, tail *modelPacket) {
		k, tail = m.pick(t, "head", true), m.pick(t, "tail", true)
		ok := k != tail && len(k.bytes())+len(tail.bytes()) <= MaxLen
		if op(k, tail) != ok {
			t.Fatalf("joining %d and %d bytes: %v", len(k.bytes()), len(tail.bytes()), !ok)
		}
		if !ok {
			t.Skip("refused")
		}
		k.parts = append(k.parts, tail.parts...)
		return k, tail
	}
	a["Cat"] = func(t *rapid.T) {
		_, tail := join(t, func(k, tail *modelPacket) bool { return k.buf.Cat(tail.buf) })
		m.remove(tail)
	}
	a["Chain"] = func(t *rapid.T) {
		k, tail := join(t, func(k, tail *modelPacket) bool { return k.buf.Chain(tail.buf) })
		k.tail, tail.head = tail, k
	}
	a["SetNext"] = func(t *rapid.T) {
		k, tail := m.pick(t, "head", true), m.pick(t, "tail", true)
		if len(k.parts) != 1 || k == tail || len(k.bytes())+len(tail.bytes()) > MaxLen {
			t.Skip("not for SetNext")
		}
		k.buf.SetNext(tail.buf)
		k.parts = append(k.parts, tail.parts...)
		m.remove(tail)
	}
	a["Unchain"] = func(t *rapid.T) {
		k := m.pick(t, "what", true)
		rest := k.buf.Unchain()
		if (rest != nil) != (len(k.parts) > 1) {
			t.Fatalf("Unchain of %d elements returned %v", len(k.parts), rest)
		} else if rest != nil {
			m.packets = append(m.packets, &modelPacket{buf: rest, owners: 1, parts: k.parts[1:]})
			k.parts = k.parts[:1:1]
		}
	}
	a["Dechain"] = func(t *rapid.T) {
		k := m.pick(t, "what", false)
		if k.head != nil || k.owners > 1 || k.tail != nil && len(k.parts)-len(k.tail.parts) != 1 {
			t.Skip("not for Dechain")
		}
		var want *Buf
		if k.tail != nil {
			want = k.tail.buf
			k.tail.head, k.tail = nil, nil
		}
		if got := k.buf.Dechain(); got != want {
			t.Fatalf("Dechain returned %p, want %p", got, want)
		}
		k.parts = k.parts[:1]
	}
	a["Realloc"] = func(t *rapid.T) {
		k := m.pick(t, "what", true)
		n := near(t, len(k.bytes()), "n")
		if ok := n >= 0 && n <= len(k.bytes()); k.buf.Realloc(n) != ok {
			t.Fatalf("Realloc(%d) of %d: %v", n, len(k.bytes()), !ok)
		} else if !ok {
			return
		}
		for i, p := range k.parts {
			if n <= p.n {
				p.n = n
				k.parts = k.parts[:i+1]
				return
			}
			n -= p.n
		}
	}
	a["FreeHeader"] = func(t *rapid.T) {
		k := m.pick(t, "what", true)
		n := near(t, len(k.bytes()), "n")
		k.buf = k.buf.FreeHeader(n)
		for n > 0 && len(k.parts) > 0 {
			if p := k.parts[0]; n < p.n {
				p.off += n
				p.n -= n
				break
			}
			n -= k.parts[0].n
			k.parts = k.parts[1:]
		}
		if len(k.parts) == 0 {
			m.remove(k)
			if k.buf != nil {
				t.Fatalf("FreeHeader of everything left something")
			}
		}
	}
}

// copies adds what writes and copies.
func (m *machine) copies(a map[string]func(*rapid.T)) {
	a["TakeAt"] = func(t *rapid.T) {
		k := m.pick(t, "to", false)
		off := near(t, len(k.bytes()), "off")
		b := content(t, max(near(t, len(k.bytes())-off, "n"), 0))
		if ok := m.canPut(k, off, len(b)); k.buf.TakeAt(b, off) != ok {
			t.Fatalf("TakeAt of %d at %d of %d: %v", len(b), off, len(k.bytes()), !ok)
		} else if ok {
			put(k, off, b)
		}
	}
	a["PutAt"] = func(t *rapid.T) {
		k := m.pick(t, "to", false)
		off, c := near(t, len(k.bytes()), "off"), rapid.Byte().Draw(t, "c")
		if ok := m.canPut(k, off, 1); k.buf.PutAt(off, c) != ok {
			t.Fatalf("PutAt %d of %d: %v", off, len(k.bytes()), !ok)
		} else if ok {
			put(k, off, []byte{c})
		}
	}
	a["CopyPartialBuf"] = func(t *rapid.T) {
		dst, src := m.pick(t, "dst", false), m.pick(t, "src", false)
		n, off := near(t, len(src.bytes()), "n"), near(t, len(dst.bytes()), "off")
		b := src.bytes()
		ok := n >= 0 && n <= len(b) && m.canPut(dst, off, n)
		if dst == src || dst.head != nil || dst.tail != nil || src.head != nil || src.tail != nil {
			t.Skip("overlapping")
		}
		if CopyPartialBuf(dst.buf, src.buf, n, off) != ok {
			t.Fatalf("CopyPartialBuf of %d to %d: %v", n, off, !ok)
		} else if ok {
			put(dst, off, b[:n])
		}
	}
	a["FillSum"] = func(t *rapid.T) {
		k := m.pick(t, "to", false)
		p := k.parts[0]
		off := near(t, p.n, "off")
		b := content(t, max(near(t, p.n-off, "n"), 0))
		before := rapid.Uint16().Draw(t, "sum")
		sum, ok := k.buf.FillSum(b, off, before)
		if want := off >= 0 && off+len(b) <= p.n && m.writable(p); ok != want {
			t.Fatalf("FillSum of %d at %d of %d: %v", len(b), off, p.n, ok)
		}
		want := before
		if ok {
			put(k, off, b)
			want = checksum.Add(want, checksum.Sum(append(make([]byte, off&1), b...)))
		}
		if sum != want {
			t.Fatalf("FillSum returned %#04x, want %#04x", sum, want)
		}
	}
	a["Clone"] = func(t *rapid.T) {
		k := m.pick(t, "of", false)
		typ := rapid.SampledFrom([]Type{RAM, Pooled}).Draw(t, "type")
		c := m.adopt(m.pool.Clone(k.buf, IP, typ))
		if !bytes.Equal(c.bytes(), k.bytes()) || c.buf.Headroom() != IP.Room() || c.buf.Flags != k.buf.Flags&^HasSum {
			t.Fatalf("Clone differs")
		}
		if len(m.packets) > 12 {
			m.freePacket(t, c)
		}
	}
	a["Coalesce"] = func(t *rapid.T) {
		k := m.pick(t, "what", true)
		want := k.bytes()
		single := len(k.parts) == 1
		buf := m.pool.Coalesce(k.buf, Link)
		if single != (buf == k.buf) {
			t.Fatalf("Coalesce of %d elements returned the same: %v", len(k.parts), !single)
		}
		if !single {
			m.remove(k)
			k = m.adopt(buf)
		}
		if len(k.parts) != 1 || !bytes.Equal(k.bytes(), want) {
			t.Fatalf("Coalesce: %d elements, or other bytes", len(k.parts))
		}
	}
}
