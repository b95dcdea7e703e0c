package main

import (
	"context"
	"strings"
	"testing"

	snapshots "github.com/kubernetes-csi/external-snapshotter/client/v8/apis/volumesnapshot/v1"
	"github.com/kubernetes-csi/external-snapshotter/client/v8/clientset/versioned/fake"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func pointer[T any](value T) *T { return &value }

func claimFrom(group, kind string) *v1.PersistentVolumeClaim {
	claim := &v1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: "orders"}}
	claim.Spec.DataSource = &v1.TypedLocalObjectReference{APIGroup: &group, Kind: kind, Name: "nightly"}
	return claim
}

func TestTheSnapshotOfAClaim(t *testing.T) {
	for name, test := range map[string]struct {
		claim   *v1.PersistentVolumeClaim
		change  func(*snapshots.VolumeSnapshot, *snapshots.VolumeSnapshotContent)
		wanted  string
		refused string
	}{
		"none":         {claim: &v1.PersistentVolumeClaim{}},
		"ready":        {wanted: "snapshot-1"},
		"another kind": {claim: claimFrom("", "PersistentVolumeClaim"), refused: "from nothing else"},
		"not ready": {
			change: func(s *snapshots.VolumeSnapshot, _ *snapshots.VolumeSnapshotContent) {
				s.Status.ReadyToUse = pointer(false)
			},
			refused: "not ready yet",
		},
		"of another driver": {
			change:  func(_ *snapshots.VolumeSnapshot, c *snapshots.VolumeSnapshotContent) { c.Spec.Driver = "other" },
			refused: "was made by the driver other",
		},
		"taken over by another snapshot": {
			change: func(_ *snapshots.VolumeSnapshot, c *snapshots.VolumeSnapshotContent) {
				c.Spec.VolumeSnapshotRef.UID = "2"
			},
			refused: "bound to another snapshot",
		},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot := &snapshots.VolumeSnapshot{
				ObjectMeta: metav1.ObjectMeta{Name: "nightly", Namespace: "orders", UID: "1"},
				Status:     &snapshots.VolumeSnapshotStatus{BoundVolumeSnapshotContentName: pointer("content"), ReadyToUse: pointer(true)},
			}
			content := &snapshots.VolumeSnapshotContent{
				ObjectMeta: metav1.ObjectMeta{Name: "content"},
				Spec:       snapshots.VolumeSnapshotContentSpec{Driver: "this", VolumeSnapshotRef: v1.ObjectReference{UID: "1"}},
				Status:     &snapshots.VolumeSnapshotContentStatus{SnapshotHandle: pointer("snapshot-1")},
			}
			if test.change != nil {
				test.change(snapshot, content)
			}
			claim := test.claim
			if claim == nil {
				claim = claimFrom(snapshots.GroupName, "VolumeSnapshot")
			}
			sources := &snapshotSources{driver: "this", client: fake.NewSimpleClientset(snapshot, content)}
			id, err := sources.snapshotOf(context.Background(), claim)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("%q, %v", id, err)
				}
				return
			}
			if err != nil || id != test.wanted {
				t.Fatalf("%q, %v", id, err)
			}
		})
	}
}
