package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// snapshot is a copy of a volume's image as it was at one moment. Its file is named <id>.of.<volume>.snapshot.
type snapshot struct {
	id, volume string
	size       int64
	taken      time.Time
}

const (
	snapshotOf       = ".of."
	snapshotFileName = ".snapshot"
)

var (
	errOtherVolume = errors.New("there is a snapshot of this name, but of another volume")
	errTooSmall    = errors.New("the volume is smaller than the snapshot it is made from")
)

// takeSnapshot copies a volume as it is at one moment, or finds that done already. Pods that write to the volume wait
// meanwhile; nothing is copied of what they never wrote.
func (f *imageFolder) takeSnapshot(ctx context.Context, id, volume string) (snapshot, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found, err := f.findSnapshot(id)
	if err == nil && found.volume != volume {
		return snapshot{}, fmt.Errorf("%w (%s)", errOtherVolume, found.volume)
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return found, err
	}
	source, err := f.file(volume)
	if err != nil {
		return snapshot{}, err
	}
	mountPoint, err := f.mountPoint(ctx, source)
	if err != nil {
		return snapshot{}, err
	}
	target := f.snapshotFile(id, volume)
	var taken time.Time
	copied := func() error {
		taken = time.Now()
		return copyImage(ctx, source, target+unfinished)
	}
	if mountPoint == "" {
		err = copied()
	} else {
		err = whileFrozen(mountPoint, copied)
	}
	if err == nil {
		err = os.Chtimes(target+unfinished, taken, taken)
	}
	if err := finish(target, err); err != nil {
		return snapshot{}, err
	}
	return f.findSnapshot(id)
}

// restore makes the image of a volume of at least the given size from a snapshot and answers its size. The file system in
// it grows when it is mounted.
func (f *imageFolder) restore(ctx context.Context, path string, size int64, from string) (int64, error) {
	source, err := f.findSnapshot(from)
	if err != nil {
		return 0, err
	}
	if size > 0 && size < source.size {
		return 0, fmt.Errorf("%w: %d bytes, where the snapshot %s has %d", errTooSmall, size, from, source.size)
	}
	size = max(roundUp(size), source.size)
	err = copyImage(ctx, f.snapshotFile(from, source.volume), path+unfinished)
	if err == nil {
		err = os.Truncate(path+unfinished, size)
	}
	return size, finish(path, err)
}

func (f *imageFolder) removeSnapshot(id string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	found, err := f.findSnapshot(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(f.snapshotFile(id, found.volume))
}

// snapshots answers all, in the order of their ids.
func (f *imageFolder) snapshots() ([]snapshot, error) {
	paths, err := f.list(snapshotFileName)
	if err != nil {
		return nil, err
	}
	var all []snapshot
	for _, path := range paths {
		id, volume, named := strings.Cut(strings.TrimSuffix(filepath.Base(path), snapshotFileName), snapshotOf)
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || !named {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, snapshot{id: id, volume: volume, size: info.Size(), taken: info.ModTime()})
	}
	return all, nil
}

func (f *imageFolder) findSnapshot(id string) (snapshot, error) {
	if !volumeID.MatchString(id) {
		return snapshot{}, fmt.Errorf("%q is not the id of a snapshot of this driver: %w", id, fs.ErrNotExist)
	}
	all, err := f.snapshots()
	if err != nil {
		return snapshot{}, err
	}
	at := slices.IndexFunc(all, func(s snapshot) bool { return s.id == id })
	if at < 0 {
		return snapshot{}, fmt.Errorf("there is no snapshot %s: %w", id, fs.ErrNotExist)
	}
	return all[at], nil
}

func (f *imageFolder) snapshotFile(id, volume string) string {
	return filepath.Join(f.path, id+snapshotOf+volume+snapshotFileName)
}
