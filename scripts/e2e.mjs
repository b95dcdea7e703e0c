// Runs the end-to-end tests: `npm run e2e -- [--grep TEXT] [--context NAME] [--real-plugins] [--verbose]`.
import { runSuite } from "./cluster-suite.mjs";

runSuite(
  `Runs the end-to-end tests against a real Kubernetes and a real Pulumi engine.

  npm run e2e                             every spec, on the embedded cluster
  npm run e2e -- --grep lifecycle         only the specs whose title contains "lifecycle"
  npm run e2e -- --context kind-test      on the cluster of this kubeconfig context
  npm run e2e -- --real-plugins           refuse the stand-in provider plugins

Specs that need many repetitions have a long form: E2E=long.
The embedded cluster stays up afterwards; \`npm stop\` takes it down.`,
  "dist/test/e2e/**/*.spec.js",
);
