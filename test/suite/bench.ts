import { join } from "node:path";
import { main, UsageError } from "../../embedded/driver/command";
import { suiteOptions } from "./options";
import { runSuite } from "./run";

const usage = `Measures against plain CloudNativePG in the same run. Results are written to test/bench/results as JSON, with machine and versions.

  npm run bench                           every benchmark, on the embedded cluster
  npm run bench -- restore                only those whose title contains "restore"
  npm run bench -- --context kind-test    on the cluster of this kubeconfig context

One after the other. The embedded cluster stays up afterwards; \`npm stop\` takes it down.
Exit codes: 0 all passed, 1 failed, 2 wrong usage, 130 interrupted.`;

const content = { command: "npm run bench", folder: join(__dirname, "..", "bench"), ending: ".bench.js" };

void main({
  usage,
  async run(argv, interruption) {
    const options = suiteOptions(argv, {}, 1);
    if (options.jobs !== 1) throw new UsageError("Benchmarks run one after the other: leave out --jobs.");
    const passed = await runSuite(content, { ...options, again: false }, interruption);
    if (!passed) process.exitCode = 1;
  },
});
