package main

import (
	"context"
	"errors"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	provisioning "sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// provisioner makes a volume and its PersistentVolume for every claim. It stands where external-provisioner would,
// built on the same library: that program needs a version of the library that the checksum database does not know.
type provisioner struct {
	driver  string
	images  *imageFolder
	sources *snapshotSources
}

func runProvisioner(ctx context.Context, client kubernetes.Interface, p *provisioner) {
	ctx = klog.NewContext(ctx, klog.Background().WithName("provisioner"))
	retry := workqueue.NewTypedItemExponentialFailureRateLimiter[string](200*time.Millisecond, 10*time.Second)
	provisioning.NewProvisionController(
		ctx, client, p.driver, p,
		provisioning.LeaderElection(false),
		provisioning.FailedProvisionThreshold(0),
		// A volume that is still mounted cannot be deleted yet; that is no reason to give up on it.
		provisioning.FailedDeleteThreshold(0),
		provisioning.RateLimiter(retry),
		provisioning.AddFinalizer(true),
		provisioning.MetricsPort(0),
	).Run(ctx)
}

func (p *provisioner) Provision(ctx context.Context, o provisioning.ProvisionOptions) (*v1.PersistentVolume, provisioning.ProvisioningState, error) {
	if o.PVC.Spec.VolumeMode != nil && *o.PVC.Spec.VolumeMode == v1.PersistentVolumeBlock {
		return nil, provisioning.ProvisioningFinished, errors.New("volumes are file systems, not block devices")
	}
	source, err := p.sources.snapshotOf(ctx, o.PVC)
	if err != nil {
		return nil, provisioning.ProvisioningFinished, err
	}
	wanted := o.PVC.Spec.Resources.Requests[v1.ResourceStorage]
	size, err := p.images.create(ctx, o.PVName, wanted.Value(), source)
	if err != nil {
		return nil, provisioning.ProvisioningFinished, err
	}
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: v1.PersistentVolumeSpec{
			AccessModes:                   o.PVC.Spec.AccessModes,
			MountOptions:                  o.StorageClass.MountOptions,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: *resource.NewQuantity(size, resource.BinarySI)},
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			VolumeMode:                    o.PVC.Spec.VolumeMode,
			PersistentVolumeSource: v1.PersistentVolumeSource{
				CSI: &v1.CSIPersistentVolumeSource{Driver: p.driver, VolumeHandle: o.PVName, FSType: "xfs"},
			},
		},
	}, provisioning.ProvisioningFinished, nil
}

func (p *provisioner) Delete(ctx context.Context, volume *v1.PersistentVolume) error {
	if volume.Spec.CSI == nil || volume.Spec.CSI.Driver != p.driver {
		return &provisioning.IgnoredError{Reason: "the volume belongs to another driver"}
	}
	return p.images.remove(ctx, volume.Spec.CSI.VolumeHandle)
}
