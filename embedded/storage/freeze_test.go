package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// mountedVolume is a volume as the node mounts it.
func mountedVolume(t *testing.T) (*imageFolder, string) {
	t.Helper()
	if _, err := exec.LookPath("mkfs.xfs"); err != nil || os.Getuid() != 0 {
		t.Skip("mounting a volume needs root, and mkfs.xfs on PATH")
	}
	ctx, folder := context.Background(), t.TempDir()
	images := &imageFolder{path: folder}
	if _, err := images.create(ctx, volume, 0, ""); err != nil {
		t.Fatal(err)
	}
	device, err := images.attach(ctx, volume)
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(folder, "mounted")
	if err := mountOnce(ctx, target, "-t", "xfs", device, target); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unmount(ctx, target); err != nil {
			t.Error(err)
		}
		if err := images.detach(ctx, volume); err != nil {
			t.Error(err)
		}
	})
	return images, target
}

func writeInBackground(folder string) <-chan error {
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(filepath.Join(folder, "file"), []byte("text"), 0o600) }()
	return written
}

func TestWritersWaitWhileAVolumeIsFrozen(t *testing.T) {
	_, folder := mountedVolume(t)
	var written <-chan error
	err := whileFrozen(folder, func() error {
		written = writeInBackground(folder)
		select {
		case err := <-written:
			t.Errorf("the write ended while the volume was frozen: %v", err)
		case <-time.After(200 * time.Millisecond):
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}

func TestVolumesLeftFrozenAreThawed(t *testing.T) {
	images, folder := mountedVolume(t)
	if _, err := command(context.Background(), "fsfreeze", "--freeze", folder); err != nil {
		t.Fatal(err)
	}
	written := writeInBackground(folder)
	// The second time nothing is frozen.
	for range 2 {
		if err := images.thawAll(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-written; err != nil {
		t.Fatal(err)
	}
}
