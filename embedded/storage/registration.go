package main

import (
	"context"

	"k8s.io/klog/v2"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// registrationServer tells kubelet where the driver listens.
type registrationServer struct {
	registration.UnimplementedRegistrationServer
	driver, socket string
}

func (r *registrationServer) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: r.driver, Endpoint: r.socket, SupportedVersions: []string{"1.0.0"},
	}, nil
}

func (r *registrationServer) NotifyRegistrationStatus(_ context.Context, s *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !s.GetPluginRegistered() {
		klog.ErrorS(nil, "kubelet refused the driver", "reason", s.GetError())
	}
	return &registration.RegistrationStatusResponse{}, nil
}
