//go:build tools

// Names the Pulumi command line so that its version is pinned in go.mod.
package engine

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
