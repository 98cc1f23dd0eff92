package api

import (
	"bytes"
	"io"
	"testing"

	"github.com/golwip/lwip/pbuf"
)

// Guide §7: the bytes that are sent without copying are the caller's own.
func TestWriteNoCopy(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	sent := bytes.Repeat([]byte("no copy "), 20<<10)
	before := a.pool.Stats().BytesInUse
	done := make(chan int, 1)
	peak := 0
	result := async(func() error {
		_, err := c.WriteNoCopy(sent, func() { done <- 1 })
		return err
	})
	got := make([]byte, len(sent))
	for n := 0; n < len(got); {
		peak = max(peak, a.pool.Stats().BytesInUse-before)
		if len(done) > 0 && n < len(got)/2 {
			t.Fatal("done was called with half of the bytes unread")
		}
		k, err := s.Read(got[n:min(n+5000, len(got))])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	if err := <-result; err != nil {
		t.Fatal(err)
	}
	c.Close()
	s.Close()
	<-done
	if !bytes.Equal(got, sent) {
		t.Error("the bytes differ")
	}
	if peak > len(sent)/2 {
		t.Errorf("%d bytes of buffers for %d bytes that are not copied", peak, len(sent))
	}
}

// done is called also if the write fails.
func TestWriteNoCopyFails(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	c.Close()
	for _, n := range []int{0, 10, 200000} {
		called := 0
		c.WriteNoCopy(make([]byte, n), func() { called++ })
		if called != 1 {
			t.Errorf("%d bytes: done was called %d times", n, called)
		}
	}
}

// Bytes pass from one connection to another without being copied.
func TestSplice(t *testing.T) {
	a, b := pair(t, setup{})
	c1, s1 := connect(t, a, b)
	c2, s2 := connect(t, a, b)
	go func() {
		io.Copy(c2, s1)
		c2.Close()
	}()
	sent := bytes.Repeat([]byte("splice "), 50<<10)
	go func() {
		c1.Write(sent)
		c1.Close()
	}()
	got, err := io.ReadAll(s2)
	if err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("%d bytes of %d, %v", len(got), len(sent), err)
	}
	s1.Close()
	s2.Close()
}

func TestWriterToAndReaderFrom(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	sent := bytes.Repeat([]byte("0123456789"), 30<<10)
	done := async(func() error {
		_, err := io.Copy(c, bytes.NewBuffer(sent)) // bytes.Buffer has WriteTo: plain writes
		if err == nil {
			_, err = c.ReadFrom(io.MultiReader(bytes.NewReader(sent), bytes.NewReader([]byte("tail"))))
		}
		c.Close()
		return err
	})
	var got bytes.Buffer
	n, err := s.WriteTo(&got)
	if err != nil || n != int64(2*len(sent)+4) {
		t.Fatalf("%d, %v", n, err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(got.Bytes(), sent) || !bytes.HasSuffix(got.Bytes(), []byte("tail")) {
		t.Error("the bytes differ")
	}
	s.Close()
}

func TestReadBufs(t *testing.T) {
	a, b := pair(t, setup{})
	c, s := connect(t, a, b)
	defer s.Close()
	defer c.Close()
	c.Write([]byte("abcdef"))
	buf, err := s.ReadBufs(4)
	if err != nil || string(buf.Bytes()) != "abcd" {
		t.Fatalf("%v", err)
	}
	buf.Free()
	if buf, err = s.ReadBufs(pbuf.MaxLen); err != nil || string(buf.Bytes()) != "ef" {
		t.Fatalf("%v", err)
	}
	buf.Free()
}
