package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// traceFile is a capture being read: a file or, for "-", the standard input. It
// shows how far it has been read where that takes long, and ends when the
// context does.
type traceFile struct {
	io.Reader
	file  *os.File
	t     *terminal
	shown *progress
}

// barFrom is the size of a file from which on a bar is shown.
const barFrom = 8 << 20

// openTrace opens a capture. With quiet there is no bar.
func openTrace(ctx context.Context, t *terminal, path string, quiet bool) (*traceFile, error) {
	f := &traceFile{file: os.Stdin, t: t}
	if path != "-" {
		var err error
		if f.file, err = os.Open(path); err != nil {
			return nil, err
		}
	}
	f.Reader = &interruptible{ctx, f.file}
	st, err := f.file.Stat()
	if err == nil && st.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s is a directory", path), f.Close())
	}
	if err == nil && t.live && !quiet && st.Mode().IsRegular() && st.Size() >= barFrom {
		f.shown = newProgress(t, st.Size(), time.Now())
		f.Reader = io.TeeReader(f.Reader, f.shown)
	}
	return f, nil
}

// Close closes the file and clears the bar.
func (f *traceFile) Close() error {
	if f.shown != nil {
		fmt.Fprint(f.t.out, "\r\x1b[K")
		f.shown = nil
	}
	if f.file == os.Stdin {
		return nil
	}
	return f.file.Close()
}

// interruptible is a reader that ends with its context.
type interruptible struct {
	ctx context.Context
	r   io.Reader
}

func (i *interruptible) Read(b []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(b)
}
