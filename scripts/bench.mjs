// Runs the benchmarks: `npm run bench -- [--grep TEXT] [--context NAME] [--real-plugins] [--verbose]`.
import { runSuite } from "./cluster-suite.mjs";

runSuite(
  `Measures against plain CloudNativePG in the same run. Results are written to test/bench/results as JSON, with machine and versions.

  npm run bench                           every benchmark, on the embedded cluster
  npm run bench -- --grep restore         only those whose title contains "restore"
  npm run bench -- --context kind-test    on the cluster of this kubeconfig context

The embedded cluster stays up afterwards; \`npm stop\` takes it down.`,
  "dist/test/bench/**/*.bench.js",
);
