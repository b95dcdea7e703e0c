// Storage of the embedded cluster: a CSI driver whose volumes are XFS image
// files on loop devices, so that a volume has exactly the size that was asked
// for, can be grown while it is in use, and can be copied as it is at one moment.
package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"github.com/kubernetes-csi/external-snapshotter/client/v8/clientset/versioned"
	"google.golang.org/grpc"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

type options struct {
	driver, node, kubeconfig, socket, registry, images, health string
}

func main() {
	var o options
	flag.StringVar(&o.driver, "driver", "", "name of the CSI driver")
	flag.StringVar(&o.node, "node", "", "name of the node")
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "how to reach the API server")
	flag.StringVar(&o.socket, "socket", "", "CSI socket to listen on")
	flag.StringVar(&o.registry, "registry", "", "kubelet's folder of registration sockets")
	flag.StringVar(&o.images, "images", "", "folder of the image files")
	flag.StringVar(&o.health, "health", "", "address that answers /healthz")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, o); err != nil {
		klog.ErrorS(err, "the storage of the embedded cluster ended")
		klog.FlushAndExit(klog.ExitFlushTimeout, 1)
	}
}

func serve(ctx context.Context, o options) error {
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	snapshots, err := versioned.NewForConfig(config)
	if err != nil {
		return err
	}
	images := &imageFolder{path: o.images}
	if err := images.thawAll(ctx); err != nil {
		return err
	}
	// A copy that is under way ends, and thaws its volume, before the process does.
	defer images.mutex.Lock()
	driver := grpc.NewServer()
	csi.RegisterIdentityServer(driver, &identity{name: o.driver})
	csi.RegisterControllerServer(driver, &controller{images: images})
	csi.RegisterNodeServer(driver, &node{name: o.node, images: images})
	registrar := grpc.NewServer()
	registration.RegisterRegistrationServer(registrar, &registrationServer{driver: o.driver, socket: o.socket})
	failed := make(chan error, 4)
	for socket, server := range map[string]*grpc.Server{o.socket: driver, filepath.Join(o.registry, o.driver+"-reg.sock"): registrar} {
		listener, err := listen(socket)
		if err != nil {
			return err
		}
		go func() { failed <- server.Serve(listener) }()
		defer server.Stop()
	}
	go func() { failed <- http.ListenAndServe(o.health, http.HandlerFunc(healthz)) }()
	go func() {
		sources := &snapshotSources{driver: o.driver, client: snapshots}
		runProvisioner(ctx, client, &provisioner{driver: o.driver, images: images, sources: sources})
		failed <- ctx.Err()
	}()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func listen(socket string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(socket), 0o755); err != nil {
		return nil, err
	}
	// A socket that a killed process left behind would refuse the new one.
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", socket)
}

func healthz(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
