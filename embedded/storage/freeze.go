package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
	"k8s.io/mount-utils"
)

// Requests to a mounted file system that golang.org/x/sys does not name: write everything down and let nothing change,
// and let it change again.
const (
	freezeRequest = 0xc0045877
	thawRequest   = 0xc0045878
)

// whileFrozen does the work while the file system mounted there stands still: who writes to it waits. A file system that
// is copied while it changes is damaged, because its log and the blocks it describes are copied at different moments.
func whileFrozen(mountPoint string, work func() error) (err error) {
	// Held open, so that it cannot be unmounted before it is thawed.
	folder, err := os.Open(mountPoint)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	if err := unix.IoctlSetInt(int(folder.Fd()), freezeRequest, 0); err != nil {
		return &os.PathError{Op: "freeze", Path: mountPoint, Err: err}
	}
	defer func() { err = errors.Join(err, thaw(folder)) }()
	return work()
}

func thaw(folder *os.File) error {
	if err := unix.IoctlSetInt(int(folder.Fd()), thawRequest, 0); err != nil {
		return &os.PathError{Op: "thaw", Path: folder.Name(), Err: err}
	}
	return nil
}

// thawAll frees what a driver that was killed left frozen.
func (f *imageFolder) thawAll(ctx context.Context) error {
	images, err := f.list(".xfs")
	if err != nil {
		return err
	}
	for _, image := range images {
		mountPoint, err := f.mountPoint(ctx, image)
		if err != nil {
			return err
		}
		if mountPoint == "" {
			continue
		}
		folder, err := os.Open(mountPoint)
		if err != nil {
			return err
		}
		err = thaw(folder)
		// What is not frozen cannot be thawed, and that is the rule.
		if err == nil {
			klog.InfoS("thawed a volume that was left frozen", "volume", image)
		} else if !errors.Is(err, unix.EINVAL) {
			return errors.Join(err, folder.Close())
		}
		if err := folder.Close(); err != nil {
			return err
		}
	}
	return nil
}

// mountPoint answers a place where the image is mounted, or nothing when it is mounted nowhere.
func (f *imageFolder) mountPoint(ctx context.Context, path string) (string, error) {
	device, err := f.device(ctx, path)
	if err != nil || device == "" {
		return "", err
	}
	mounts, err := mount.New("").List()
	if err != nil {
		return "", err
	}
	for _, m := range mounts {
		if m.Device == device {
			return m.Path, nil
		}
	}
	return "", nil
}
