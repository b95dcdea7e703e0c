package main

import (
	"context"
	"errors"
	"fmt"

	snapshots "github.com/kubernetes-csi/external-snapshotter/client/v8/apis/volumesnapshot/v1"
	"github.com/kubernetes-csi/external-snapshotter/client/v8/clientset/versioned"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// snapshotSources finds the snapshot of this driver that a claim asks to be filled from.
type snapshotSources struct {
	driver string
	client versioned.Interface
}

// snapshotOf answers the driver's id of the snapshot, or nothing for a claim that wants an empty volume.
func (s *snapshotSources) snapshotOf(ctx context.Context, claim *v1.PersistentVolumeClaim) (string, error) {
	source := claim.Spec.DataSource
	if source == nil && claim.Spec.DataSourceRef == nil {
		return "", nil
	}
	if source == nil || source.APIGroup == nil || *source.APIGroup != snapshots.GroupName || source.Kind != "VolumeSnapshot" {
		return "", errors.New("volumes are made empty or from a VolumeSnapshot of the claim's namespace, from nothing else")
	}
	found, err := s.client.SnapshotV1().VolumeSnapshots(claim.Namespace).Get(ctx, source.Name, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	status := found.Status
	if status == nil || status.BoundVolumeSnapshotContentName == nil || status.ReadyToUse == nil || !*status.ReadyToUse {
		return "", fmt.Errorf("the VolumeSnapshot %s is not ready yet", source.Name)
	}
	content, err := s.client.SnapshotV1().VolumeSnapshotContents().Get(ctx, *status.BoundVolumeSnapshotContentName, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return s.handleOf(found, content)
}

// handleOf answers the id in a content, unless the content belongs to another snapshot or another driver.
func (s *snapshotSources) handleOf(found *snapshots.VolumeSnapshot, content *snapshots.VolumeSnapshotContent) (string, error) {
	if content.Spec.VolumeSnapshotRef.UID != found.UID {
		return "", fmt.Errorf("the VolumeSnapshotContent %s is bound to another snapshot than %s", content.Name, found.Name)
	}
	if content.Spec.Driver != s.driver {
		return "", fmt.Errorf("the VolumeSnapshot %s was made by the driver %s; this is %s", found.Name, content.Spec.Driver, s.driver)
	}
	if content.Status == nil || content.Status.SnapshotHandle == nil {
		return "", fmt.Errorf("the VolumeSnapshotContent %s does not name its snapshot yet", content.Name)
	}
	return *content.Status.SnapshotHandle, nil
}
