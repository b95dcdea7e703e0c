// The programs of a one-node Kubernetes in one binary: the first argument, or
// the name it is called by, picks the program.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/coredns/coredns/core/plugin"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

var _ = dnsserver.Directives

func cobraMain(c *cobra.Command) { os.Exit(cli.Run(c)) }

var applets = map[string]func(){
	"etcd":                    func() { etcdmain.Main(os.Args) },
	"kube-apiserver":          func() { cobraMain(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() { cobraMain(controllers.NewControllerManagerCommand()) },
	"kube-scheduler":          func() { cobraMain(scheduler.NewSchedulerCommand()) },
	"kube-proxy":              func() { cobraMain(proxy.NewProxyCommand()) },
	"coredns":                 func() { coremain.Run() },
	"kubelet":                 func() { cobraMain(kubelet.NewKubeletCommand(context.Background())) },
	"kubectl":                 func() { cobraMain(kubectl.NewDefaultKubectlCommand()) },
}

func main() {
	name := filepath.Base(os.Args[0])
	if _, ok := applets[name]; !ok && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		name = os.Args[0]
	}
	run, ok := applets[name]
	if !ok {
		fmt.Fprintf(os.Stderr, "unknown program %q\n", name)
		os.Exit(2)
	}
	run()
}
