package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// imageFolder holds one sparse image file per volume, and one per snapshot of a volume.
type imageFolder struct {
	path string
	// Attaching looks for a free loop device and takes it, in two steps.
	mutex sync.Mutex
}

const (
	mebibyte = int64(1) << 20
	// mkfs.xfs refuses smaller file systems.
	smallestVolume = 320 * mebibyte
)

var volumeID = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,99}$`)

func (f *imageFolder) file(id string) (string, error) {
	if !volumeID.MatchString(id) {
		return "", fmt.Errorf("%q is not the id of a volume of this driver", id)
	}
	return filepath.Join(f.path, id+".xfs"), nil
}

// list answers the paths of the files whose names end so, in the order of their names.
func (f *imageFolder) list(ending string) ([]string, error) {
	return filepath.Glob(filepath.Join(f.path, "*"+ending))
}

// create makes a formatted image of at least the given size, from a snapshot where one is named, or finds it made already,
// and answers its size.
func (f *imageFolder) create(ctx context.Context, id string, size int64, from string) (int64, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	path, err := f.file(id)
	if err != nil {
		return 0, err
	}
	if info, err := os.Stat(path); err == nil {
		return info.Size(), nil
	}
	if from != "" {
		return f.restore(ctx, path, size, from)
	}
	size = max(roundUp(size), smallestVolume)
	err = truncate(path+unfinished, size)
	if err == nil {
		_, err = command(ctx, "mkfs.xfs", "-q", "-f", "-m", "reflink=1", path+unfinished)
	}
	return size, finish(path, err)
}

// A file gets its name when it is complete: an image that exists is formatted, a snapshot that exists is whole.
const unfinished = ".unfinished"

// finish names a file that was made without an error, and removes what is there of one that was not.
func finish(path string, err error) error {
	if err == nil {
		return os.Rename(path+unfinished, path)
	}
	if gone := os.Remove(path + unfinished); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(err, gone)
	}
	return err
}

func (f *imageFolder) size(id string) (int64, error) {
	path, err := f.file(id)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// grow enlarges the image; it never shrinks one.
func (f *imageFolder) grow(id string, size int64) (int64, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	current, err := f.size(id)
	if err != nil || current >= size {
		return current, err
	}
	path, err := f.file(id)
	if err != nil {
		return 0, err
	}
	size = roundUp(size)
	return size, os.Truncate(path, size)
}

var errInUse = errors.New("the volume is still attached to a loop device")

func (f *imageFolder) remove(ctx context.Context, id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	path, err := f.file(id)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	device, err := f.device(ctx, path)
	if err != nil {
		return err
	}
	if device != "" {
		return fmt.Errorf("%w (%s)", errInUse, device)
	}
	return os.Remove(path)
}

// attach answers the image's loop device, making one when there is none.
func (f *imageFolder) attach(ctx context.Context, id string) (string, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	path, err := f.file(id)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", err
	}
	device, err := f.device(ctx, path)
	if err != nil {
		return "", err
	}
	if device != "" {
		_, err := command(ctx, "losetup", "--set-capacity", device)
		return device, err
	}
	return command(ctx, "losetup", "--find", "--show", path)
}

func (f *imageFolder) detach(ctx context.Context, id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	path, err := f.file(id)
	if err != nil {
		return err
	}
	device, err := f.device(ctx, path)
	if err != nil || device == "" {
		return err
	}
	_, err = command(ctx, "losetup", "--detach", device)
	return err
}

func (f *imageFolder) device(ctx context.Context, path string) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	listed, err := command(ctx, "losetup", "--noheadings", "--output", "NAME", "--associated", path)
	first, _, _ := strings.Cut(listed, "\n")
	return strings.TrimSpace(first), err
}

func roundUp(size int64) int64 { return (size + mebibyte - 1) / mebibyte * mebibyte }

func truncate(path string, size int64) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Truncate(size), file.Close())
}

// command runs a program and answers what it printed, without the blanks around it.
func command(ctx context.Context, name string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}
