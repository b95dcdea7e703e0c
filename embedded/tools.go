//go:build tools

// Names the programs that are built from their modules, so that go.mod pins them.
package embedded

import (
	_ "github.com/cloudnative-pg/cloudnative-pg/cmd/kubectl-cnpg"
	_ "github.com/cloudnative-pg/cloudnative-pg/cmd/manager"
	_ "github.com/cloudnative-pg/plugin-barman-cloud/cmd/manager"
	_ "github.com/kubernetes-csi/external-resizer/v2/cmd/csi-resizer"
)
