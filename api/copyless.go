package api

import (
	"io"
	"sync/atomic"

	"github.com/golwip/lwip/pbuf"
	"github.com/golwip/lwip/tcp"
	"github.com/golwip/lwip/timers"
)

// writeBufs sends a chain without copying it. Its bytes must not change until
// the chain is freed by who acknowledges them. It consumes buf, also on an
// error, and returns the number of bytes that tcp has taken.
func (s *stream) writeBufs(buf *pbuf.Buf, f writeFlags, limit timers.Time) (n int, err error) {
	if buf == nil {
		return 0, nil
	}
	if err := s.beginWrite(f, limit); err != nil {
		buf.Free()
		return 0, err
	}
	var left pbuf.FIFO
	left.Append(buf)
	for left.Len() > 0 {
		var space int
		if space, err = s.awaitSpace(left.Len(), f, limit); err != nil {
			break
		}
		part := left.Take(s.batch(left.Len(), space))
		if part == nil {
			err = ErrBuffer
			break
		}
		k := part.TotalLen()
		switch err = s.push(part, f); err {
		case nil:
			n += k
			continue
		case tcp.ErrWouldBlock:
			// A short write slipped in after awaitSpace looked: wait again.
			var all pbuf.FIFO
			all.Append(part)
			if rest := left.All(); rest != nil {
				all.Append(rest)
			}
			left = all
			continue
		}
		part.Free()
		break
	}
	s.endWrite()
	left.All().Free()
	return n, err
}

// writeNoCopy sends b without copying it. done, if not nil, is called once
// nobody looks at b any more: when the peer has acknowledged all that was taken
// of it, or the connection has ended. It may be called before writeNoCopy
// returns, and inside the core lock.
func (s *stream) writeNoCopy(b []byte, done func(), f writeFlags, limit timers.Time) (int, error) {
	pieces := (len(b) + pbuf.MaxLen - 1) / pbuf.MaxLen
	if pieces == 0 {
		if done != nil {
			done()
		}
		return 0, nil
	}
	release := done
	if release == nil {
		release = func() {}
	} else if pieces > 1 {
		var left atomic.Int32
		left.Store(int32(pieces))
		release = func() {
			if left.Add(-1) == 0 {
				done()
			}
		}
	}
	var chain pbuf.FIFO
	for at := 0; at < len(b); at += pbuf.MaxLen {
		part := b[at:min(at+pbuf.MaxLen, len(b))]
		chain.Append(s.p.pool.AllocCustom(part, 0, len(part), release))
	}
	return s.writeBufs(chain.All(), f, limit)
}

// splice moves what s receives to dst, buffer by buffer, until the end of the
// stream. No byte is copied.
func (s *stream) splice(dst *stream) (total int64, err error) {
	for {
		buf, err := s.readBufs(pbuf.MaxLen, 0, 0)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		n, err := dst.writeBufs(buf, 0, 0)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// copyUnit is how many bytes writeTo and readFrom move at once.
const copyUnit = 64 << 10

// writeTo copies what s receives to w until the end of the stream.
func (s *stream) writeTo(w io.Writer) (total int64, err error) {
	if c, ok := w.(*TCPConn); ok {
		return s.splice((*stream)(c))
	}
	unit := s.p.pool.AllocBytes(0, copyUnit-1)
	if unit == nil {
		return 0, ErrBuffer
	}
	defer unit.Free()
	b := unit.Bytes()
	for {
		n, err := s.read(b, 0, 0)
		if n > 0 {
			m, werr := w.Write(b[:n])
			total += int64(m)
			if werr == nil && m < n {
				werr = io.ErrShortWrite
			}
			if werr != nil {
				return total, werr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// readFrom sends what r has until its end. It reads straight into the buffers
// that tcp sends from, unless r gives little at a time: then it copies, so that
// a few bytes do not hold a large buffer.
func (s *stream) readFrom(r io.Reader) (total int64, err error) {
	var unit *pbuf.Buf
	defer func() { unit.Free() }()
	for {
		if unit == nil {
			if unit = s.p.pool.AllocBytes(0, copyUnit-1); unit == nil {
				return total, ErrBuffer
			}
		}
		m, rerr := r.Read(unit.Bytes())
		var n int
		switch {
		case m > copyUnit/2:
			unit.Realloc(m)
			n, err = s.writeBufs(unit, 0, 0)
			unit = nil
		case m > 0:
			n, err = s.write(unit.Bytes()[:m], 0, 0)
		}
		total += int64(n)
		switch {
		case err != nil:
			return total, err
		case rerr == io.EOF:
			return total, nil
		case rerr != nil:
			return total, rerr
		}
	}
}
