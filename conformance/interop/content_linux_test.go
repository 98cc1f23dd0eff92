package interop

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
)

// contentBlock is the unit of the content: random bytes, of which the first
// eight are its number.
const contentBlock = 64 << 10

// writeContent writes the first n bytes of the content.
func writeContent(w io.Writer, n int64) error {
	b := make([]byte, contentBlock)
	rand.NewChaCha8([32]byte{1}).Read(b)
	for i := uint64(0); n > 0; i++ {
		binary.BigEndian.PutUint64(b, i)
		k, err := w.Write(b[:min(n, contentBlock)])
		if err != nil {
			return err
		}
		n -= int64(k)
	}
	return nil
}

// serveContent answers GET /n with the first n bytes of the content.
func serveContent(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.ParseInt(r.URL.Path[1:], 10, 64)
	if err != nil || n < 0 {
		http.Error(w, "want /bytes", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
	writeContent(w, n)
}

// sink counts and sums what is written to it.
type sink struct {
	n   int64
	sum hash.Hash
}

func newSink() *sink { return &sink{sum: sha256.New()} }

func (s *sink) Write(b []byte) (int, error) {
	s.n += int64(len(b))
	return s.sum.Write(b)
}

// check returns an error if s did not get exactly the first n bytes.
func (s *sink) check(n int64) error {
	want := newSink()
	if err := writeContent(want, n); err != nil {
		return err
	}
	if got, want := hex.EncodeToString(s.sum.Sum(nil)), hex.EncodeToString(want.sum.Sum(nil)); s.n != n || got != want {
		return fmt.Errorf("got %d bytes with SHA-256 %s, want %d with %s", s.n, got, n, want)
	}
	return nil
}
