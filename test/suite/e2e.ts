import { join } from "node:path";
import { main } from "../../embedded/driver/command";
import { projectDir } from "../../embedded/paths";
import { suiteOptions } from "./options";
import { runSuite } from "./run";

const usage = `Runs the end-to-end tests against a real Kubernetes and a real Pulumi engine.

  npm run e2e                             every spec, on the embedded cluster
  npm run e2e -- --grep lifecycle         only the tests whose title contains "lifecycle"
  npm run e2e -- --jobs 1                 one spec file after the other; without it (and without E2E_JOBS) three at a time
  npm run e2e -- --once                   a spec file that failed does not run a second time
  npm run e2e -- --context kind-test      on the cluster of this kubeconfig context
  npm run e2e -- --real-plugins           refuse the stand-in provider plugins
  npm run e2e -- --verbose                also which test begins, and what the environment waits for

Specs that need many repetitions have a long form: E2E=long. E2E_KEEP=1 leaves what the specs made.
UPDATE_DURATIONS=1 writes what the files took into test/e2e/durations.json, by which the longest begin first.
Ctrl-C ends the specs and removes what they made. The embedded cluster stays up afterwards; \`npm stop\` takes it down.
Exit codes: 0 all passed, 1 failed, 2 wrong usage, 130 interrupted.`;

const content = {
  command: "npm run e2e",
  folder: join(__dirname, "..", "e2e"),
  ending: ".spec.js",
  durations: join(projectDir(), "test", "e2e", "durations.json"),
};

/** Spec files at once: most of their time they wait. */
const jobs = 3;

void main({
  usage,
  async run(argv, interruption) {
    const passed = await runSuite(content, suiteOptions(argv, process.env, jobs), interruption);
    if (!passed) process.exitCode = 1;
  },
});
