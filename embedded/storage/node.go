package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"k8s.io/mount-utils"
)

// node mounts volumes: once per volume (stage), then by a bind mount into every pod that uses it (publish).
type node struct {
	csi.UnimplementedNodeServer
	name   string
	images *imageFolder
}

func (n *node) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.name}, nil
}

func (n *node) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	response := &csi.NodeGetCapabilitiesResponse{}
	for _, kind := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME,
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_GET_VOLUME_STATS,
	} {
		rpc := &csi.NodeServiceCapability_RPC{Type: kind}
		response.Capabilities = append(response.Capabilities, &csi.NodeServiceCapability{
			Type: &csi.NodeServiceCapability_Rpc{Rpc: rpc},
		})
	}
	return response, nil
}

func (n *node) NodeStageVolume(ctx context.Context, request *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	if request.GetVolumeCapability().GetMount() == nil {
		return nil, status.Error(codes.InvalidArgument, "volumes are file systems, not block devices")
	}
	device, err := n.images.attach(ctx, request.GetVolumeId())
	if err != nil {
		return nil, asStatus(err)
	}
	target := request.GetStagingTargetPath()
	// nouuid: a copy of a volume carries its original's id and is mounted beside it.
	flags := append([]string{"noatime", "nouuid"}, request.GetVolumeCapability().GetMount().GetMountFlags()...)
	if err := mountOnce(ctx, target, "-t", "xfs", "-o", strings.Join(flags, ","), device, target); err != nil {
		return nil, asStatus(err)
	}
	// The image may have been enlarged while it was not mounted.
	_, err = command(ctx, "xfs_growfs", "-d", target)
	return &csi.NodeStageVolumeResponse{}, asStatus(err)
}

func (n *node) NodeUnstageVolume(ctx context.Context, request *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	if err := unmount(ctx, request.GetStagingTargetPath()); err != nil {
		return nil, asStatus(err)
	}
	return &csi.NodeUnstageVolumeResponse{}, asStatus(n.images.detach(ctx, request.GetVolumeId()))
}

func (n *node) NodePublishVolume(ctx context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	source, target := request.GetStagingTargetPath(), request.GetTargetPath()
	if err := mountOnce(ctx, target, "--bind", source, target); err != nil {
		return nil, asStatus(err)
	}
	if !request.GetReadonly() {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	_, err := command(ctx, "mount", "-o", "remount,bind,ro", target)
	return &csi.NodePublishVolumeResponse{}, asStatus(err)
}

func (n *node) NodeUnpublishVolume(ctx context.Context, request *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if err := unmount(ctx, request.GetTargetPath()); err != nil {
		return nil, asStatus(err)
	}
	if err := os.Remove(request.GetTargetPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, asStatus(err)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func (n *node) NodeExpandVolume(ctx context.Context, request *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	if _, err := n.images.attach(ctx, request.GetVolumeId()); err != nil {
		return nil, asStatus(err)
	}
	if _, err := command(ctx, "xfs_growfs", "-d", request.GetVolumePath()); err != nil {
		return nil, asStatus(err)
	}
	size, err := n.images.size(request.GetVolumeId())
	return &csi.NodeExpandVolumeResponse{CapacityBytes: size}, asStatus(err)
}

func (n *node) NodeGetVolumeStats(_ context.Context, request *csi.NodeGetVolumeStatsRequest) (*csi.NodeGetVolumeStatsResponse, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(request.GetVolumePath(), &s); err != nil {
		return nil, asStatus(err)
	}
	block := int64(s.Bsize)
	return &csi.NodeGetVolumeStatsResponse{Usage: []*csi.VolumeUsage{
		{
			Unit: csi.VolumeUsage_BYTES, Total: int64(s.Blocks) * block,
			Available: int64(s.Bavail) * block, Used: int64(s.Blocks-s.Bfree) * block,
		},
		{Unit: csi.VolumeUsage_INODES, Total: int64(s.Files), Available: int64(s.Ffree), Used: int64(s.Files - s.Ffree)},
	}}, nil
}

// mountOnce runs mount unless something is mounted on the target already; kubelet repeats calls it is unsure about.
func mountOnce(ctx context.Context, target string, args ...string) error {
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	mounted, err := mount.New("").IsMountPoint(target)
	if err != nil || mounted {
		return err
	}
	_, err = command(ctx, "mount", args...)
	return err
}

func unmount(ctx context.Context, target string) error {
	mounted, err := mount.New("").IsMountPoint(target)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && !mounted) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = command(ctx, "umount", target)
	return err
}
