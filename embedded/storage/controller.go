package main

import (
	"context"
	"errors"
	"io/fs"
	"strconv"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

type identity struct {
	csi.UnimplementedIdentityServer
	name string
}

func (i *identity) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: i.name, VendorVersion: "1"}, nil
}

func (i *identity) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

func (i *identity) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	service := &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE}
	expansion := &csi.PluginCapability_VolumeExpansion{Type: csi.PluginCapability_VolumeExpansion_ONLINE}
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{
		{Type: &csi.PluginCapability_Service_{Service: service}},
		{Type: &csi.PluginCapability_VolumeExpansion_{VolumeExpansion: expansion}},
	}}, nil
}

type controller struct {
	csi.UnimplementedControllerServer
	images *imageFolder
}

func (c *controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	response := &csi.ControllerGetCapabilitiesResponse{}
	for _, kind := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_LIST_SNAPSHOTS,
	} {
		rpc := &csi.ControllerServiceCapability_RPC{Type: kind}
		response.Capabilities = append(response.Capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: rpc},
		})
	}
	return response, nil
}

func (c *controller) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	source := request.GetVolumeContentSource()
	if source.GetVolume() != nil {
		return nil, status.Error(codes.InvalidArgument, "volumes are made empty or from a snapshot, not from another volume")
	}
	size, err := c.images.create(ctx, request.GetName(), request.GetCapacityRange().GetRequiredBytes(), source.GetSnapshot().GetSnapshotId())
	if err != nil {
		return nil, asStatus(err)
	}
	if limit := request.GetCapacityRange().GetLimitBytes(); limit > 0 && size > limit {
		return nil, status.Errorf(codes.OutOfRange, "the smallest volume has %d bytes, more than the limit of %d", size, limit)
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{VolumeId: request.GetName(), CapacityBytes: size, ContentSource: source}}, nil
}

func (c *controller) DeleteVolume(ctx context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	return &csi.DeleteVolumeResponse{}, asStatus(c.images.remove(ctx, request.GetVolumeId()))
}

func (c *controller) ValidateVolumeCapabilities(_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	for _, capability := range request.GetVolumeCapabilities() {
		if capability.GetBlock() != nil {
			return &csi.ValidateVolumeCapabilitiesResponse{Message: "volumes are file systems, not block devices"}, nil
		}
	}
	confirmed := &csi.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: request.GetVolumeCapabilities()}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: confirmed}, nil
}

func (c *controller) ControllerExpandVolume(_ context.Context, request *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	size, err := c.images.grow(request.GetVolumeId(), request.GetCapacityRange().GetRequiredBytes())
	if err != nil {
		return nil, asStatus(err)
	}
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: size, NodeExpansionRequired: true}, nil
}

func (c *controller) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	taken, err := c.images.takeSnapshot(ctx, request.GetName(), request.GetSourceVolumeId())
	if err != nil {
		return nil, asStatus(err)
	}
	return &csi.CreateSnapshotResponse{Snapshot: described(taken)}, nil
}

func (c *controller) DeleteSnapshot(_ context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	return &csi.DeleteSnapshotResponse{}, asStatus(c.images.removeSnapshot(request.GetSnapshotId()))
}

func (c *controller) ListSnapshots(_ context.Context, request *csi.ListSnapshotsRequest) (*csi.ListSnapshotsResponse, error) {
	all, err := c.images.snapshots()
	if err != nil {
		return nil, asStatus(err)
	}
	wanted := func(value, filter string) bool { return filter == "" || value == filter }
	var entries []*csi.ListSnapshotsResponse_Entry
	for _, s := range all {
		if wanted(s.id, request.GetSnapshotId()) && wanted(s.volume, request.GetSourceVolumeId()) {
			entries = append(entries, &csi.ListSnapshotsResponse_Entry{Snapshot: described(s)})
		}
	}
	return page(entries, request.GetStartingToken(), int(request.GetMaxEntries()))
}

// page answers the entries from the token on, which is a position, and the token of those that are left.
func page(entries []*csi.ListSnapshotsResponse_Entry, token string, most int) (*csi.ListSnapshotsResponse, error) {
	start := 0
	if token != "" {
		position, err := strconv.Atoi(token)
		if err != nil || position < 0 || position > len(entries) {
			return nil, status.Errorf(codes.Aborted, "%q is not a token of this list; list from its beginning", token)
		}
		start = position
	}
	if most <= 0 || start+most >= len(entries) {
		return &csi.ListSnapshotsResponse{Entries: entries[start:]}, nil
	}
	end := start + most
	return &csi.ListSnapshotsResponse{Entries: entries[start:end], NextToken: strconv.Itoa(end)}, nil
}

func described(s snapshot) *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId: s.id, SourceVolumeId: s.volume, SizeBytes: s.size, CreationTime: timestamppb.New(s.taken), ReadyToUse: true,
	}
}

// asStatus gives an error the code by which callers decide whether to try again.
func asStatus(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return status.Error(codes.NotFound, err.Error())
	case errors.Is(err, errOtherVolume):
		return status.Error(codes.AlreadyExists, err.Error())
	case errors.Is(err, errTooSmall):
		return status.Error(codes.OutOfRange, err.Error())
	case errors.Is(err, errInUse):
		return status.Error(codes.FailedPrecondition, err.Error())
	default:
		return status.Error(codes.Internal, err.Error())
	}
}
