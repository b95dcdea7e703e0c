//go:build tools

// Names the programs that make volume snapshots so that their version is pinned in go.mod.
package snapshots

import (
	_ "github.com/kubernetes-csi/external-snapshotter/v8/cmd/csi-snapshotter"
	_ "github.com/kubernetes-csi/external-snapshotter/v8/cmd/snapshot-controller"
)
