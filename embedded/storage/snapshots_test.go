package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const volume = "pvc-1"

// controllerWithVolume has one volume: data at its beginning and at 5 MiB, holes elsewhere.
func controllerWithVolume(t *testing.T) (*controller, string) {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, volume+".xfs")
	if err := truncate(path, 400*mebibyte); err != nil {
		t.Fatal(err)
	}
	writeAt(t, path, "first", 0)
	writeAt(t, path, "second", 5*mebibyte)
	return &controller{images: &imageFolder{path: folder}}, path
}

func writeAt(t *testing.T, path, text string, offset int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte(text), offset); err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, c *controller, name, of string) (*csi.Snapshot, codes.Code) {
	t.Helper()
	response, err := c.CreateSnapshot(context.Background(), &csi.CreateSnapshotRequest{Name: name, SourceVolumeId: of})
	return response.GetSnapshot(), status.Code(err)
}

func restore(c *controller, name string, size int64, from string) (*csi.CreateVolumeResponse, codes.Code) {
	snapshot := &csi.VolumeContentSource_Snapshot{Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: from}}
	response, err := c.CreateVolume(context.Background(), &csi.CreateVolumeRequest{
		Name: name, CapacityRange: &csi.CapacityRange{RequiredBytes: size},
		VolumeContentSource: &csi.VolumeContentSource{Type: snapshot},
	})
	return response, status.Code(err)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestSnapshotKeepsWhatTheVolumeHeld(t *testing.T) {
	c, path := controllerWithVolume(t)
	before := read(t, path)
	taken, code := take(t, c, "snapshot-1", volume)
	if code != codes.OK || !taken.ReadyToUse || taken.SizeBytes != 400*mebibyte || taken.SourceVolumeId != volume {
		t.Fatalf("%v: %v", code, taken)
	}
	writeAt(t, path, "later", 0)
	again, code := take(t, c, "snapshot-1", volume)
	if code != codes.OK || again.String() != taken.String() {
		t.Fatalf("taken again, it is another one: %v, %v", taken, again)
	}
	if _, code := restore(c, "pvc-2", 400*mebibyte, "snapshot-1"); code != codes.OK {
		t.Fatal(code)
	}
	if !bytes.Equal(read(t, filepath.Join(c.images.path, "pvc-2.xfs")), before) {
		t.Fatal("the restored volume differs from what the snapshot was taken of")
	}
}

func TestCopiesHaveTheHolesOfTheirSource(t *testing.T) {
	c, _ := controllerWithVolume(t)
	if _, code := take(t, c, "snapshot-1", volume); code != codes.OK {
		t.Fatal(code)
	}
	var s unix.Stat_t
	if err := unix.Stat(c.images.snapshotFile("snapshot-1", volume), &s); err != nil {
		t.Fatal(err)
	}
	if s.Blocks*512 > mebibyte {
		t.Fatalf("a copy of two short texts takes %d bytes", s.Blocks*512)
	}
}

func TestRestoreIntoOtherSizes(t *testing.T) {
	c, _ := controllerWithVolume(t)
	take(t, c, "snapshot-1", volume)
	larger, code := restore(c, "pvc-larger", 500*mebibyte-1, "snapshot-1")
	if code != codes.OK || larger.GetVolume().GetCapacityBytes() != 500*mebibyte {
		t.Fatalf("%v: %v", code, larger)
	}
	if size, err := c.images.size("pvc-larger"); err != nil || size != 500*mebibyte {
		t.Fatalf("%d, %v", size, err)
	}
	if _, code := restore(c, "pvc-smaller", 399*mebibyte, "snapshot-1"); code != codes.OutOfRange {
		t.Fatalf("a volume smaller than its snapshot: %v", code)
	}
	if _, code := restore(c, "pvc-nothing", 400*mebibyte, "snapshot-9"); code != codes.NotFound {
		t.Fatalf("a snapshot that does not exist: %v", code)
	}
}

func TestNamesAreTakenOnce(t *testing.T) {
	c, _ := controllerWithVolume(t)
	take(t, c, "snapshot-1", volume)
	if _, code := take(t, c, "snapshot-1", "pvc-other"); code != codes.AlreadyExists {
		t.Fatalf("the name of another volume's snapshot: %v", code)
	}
	if _, code := take(t, c, "snapshot-2", "pvc-missing"); code != codes.NotFound {
		t.Fatalf("a volume that does not exist: %v", code)
	}
	left, err := filepath.Glob(filepath.Join(c.images.path, "*"+unfinished))
	if err != nil || len(left) > 0 {
		t.Fatalf("a copy that failed leaves %v, %v", left, err)
	}
}

func TestAnInterruptedCopyLeavesNothing(t *testing.T) {
	c, path := controllerWithVolume(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	target := c.images.snapshotFile("snapshot-1", volume)
	err := copyImage(ctx, path, target+unfinished)
	if err == nil {
		t.Skip("the file system here shares blocks between files, so a copy is not interrupted")
	}
	if finish(target, err) == nil {
		t.Fatal("a copy that was interrupted counts as made")
	}
	files, err := os.ReadDir(c.images.path)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
}

func TestSnapshotsAreListedAndDeleted(t *testing.T) {
	c, _ := controllerWithVolume(t)
	for _, name := range []string{"snapshot-1", "snapshot-2", "snapshot-3"} {
		take(t, c, name, volume)
	}
	list := func(request *csi.ListSnapshotsRequest) (names []string, next string) {
		response, err := c.ListSnapshots(context.Background(), request)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range response.Entries {
			names = append(names, entry.Snapshot.SnapshotId)
		}
		return names, response.NextToken
	}
	var paged []string
	for token, pages := "", 0; pages == 0 || token != ""; pages++ {
		var names []string
		names, token = list(&csi.ListSnapshotsRequest{MaxEntries: 1, StartingToken: token})
		paged = append(paged, names...)
		if pages > 3 {
			t.Fatalf("the list does not end: %v", paged)
		}
	}
	if strings.Join(paged, " ") != "snapshot-1 snapshot-2 snapshot-3" {
		t.Fatal(paged)
	}
	for range 2 {
		if _, err := c.DeleteSnapshot(context.Background(), &csi.DeleteSnapshotRequest{SnapshotId: "snapshot-2"}); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := list(&csi.ListSnapshotsRequest{SourceVolumeId: volume}); len(left) != 2 {
		t.Fatal(left)
	}
	if found, _ := list(&csi.ListSnapshotsRequest{SnapshotId: "snapshot-2"}); len(found) != 0 {
		t.Fatal(found)
	}
}
