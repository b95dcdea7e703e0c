package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Between two pieces of a copy it is looked at whether the copy is still wanted.
const pieceOfCopy = 64 * mebibyte

// copyImage makes the target a copy of the source: one that shares its blocks where the file system can do that, else one
// that has the same holes.
func copyImage(ctx context.Context, source, target string) (err error) {
	from, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := os.OpenFile(target, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if unix.IoctlFileClone(int(to.Fd()), int(from.Fd())) == nil {
		return nil
	}
	info, err := from.Stat()
	if err != nil {
		return err
	}
	if err := to.Truncate(info.Size()); err != nil {
		return err
	}
	return copyData(ctx, from, to, info.Size())
}

// copyData copies what is not a hole.
func copyData(ctx context.Context, from, to *os.File, size int64) error {
	for offset := int64(0); offset < size; {
		data, err := unix.Seek(int(from.Fd()), offset, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", from.Name(), err)
		}
		end, err := unix.Seek(int(from.Fd()), data, unix.SEEK_HOLE)
		if err != nil {
			return fmt.Errorf("%s: %w", from.Name(), err)
		}
		if err := copyRange(ctx, from, to, data, end); err != nil {
			return err
		}
		offset = end
	}
	return nil
}

func copyRange(ctx context.Context, from, to *os.File, start, end int64) error {
	for offset := start; offset < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := from.Seek(offset, io.SeekStart); err != nil {
			return err
		}
		if _, err := to.Seek(offset, io.SeekStart); err != nil {
			return err
		}
		copied, err := io.CopyN(to, from, min(pieceOfCopy, end-offset))
		if err != nil {
			return err
		}
		offset += copied
	}
	return nil
}
