import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interruptible, main, PlainFailure } from "../../embedded/driver/command";
import { openKubernetes } from "../../embedded/driver/kubernetes";
import { recoverStack } from "../../embedded/driver/recover";
import type { OpenStack } from "../../embedded/driver/stack";
import { killUpdate } from "./kill";
import { usage, type VerifyOptions, verifyOptions } from "./options";
import { type Step, Steps, verification } from "./record";
import { type Ask, requireAzure } from "./requirements";
import { openVerification, place } from "./stack";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

const ask: Ask = (command, ...args) => {
  const { status, stdout, error } = spawnSync(command, args, { encoding: "utf8" });
  return { exitCode: error === undefined ? (status ?? undefined) : undefined, stdout: stdout ?? "" };
};

const firstLine = (text: string): string => text.trim().split("\n")[0] ?? "";

/** The kubeconfig of the cluster, in the folder of the verification; it holds no secret. */
async function writeKubeconfig({ stack }: OpenStack): Promise<string> {
  const { kubeconfig } = await stack.outputs();
  const file = join(place.folder, "kubeconfig");
  writeFileSync(file, String(kubeconfig?.value), { mode: 0o600 });
  process.env.KUBECONFIG = file;
  return file;
}

async function resume(opened: OpenStack): Promise<string> {
  // The outputs of an update that was killed are not there; the provider's inputs are.
  const state = JSON.stringify(await opened.stack.exportStack());
  const kubeconfig = /"kubeconfig":"((?:[^"\\]|\\.)*)"/.exec(state)?.[1];
  if (kubeconfig === undefined)
    throw new PlainFailure("The state has no kubeconfig: the cluster was not made.");
  const file = join(place.folder, "kubeconfig");
  writeFileSync(file, JSON.parse(`"${kubeconfig}"`) as string, { mode: 0o600 });
  const { interrupted, decisions } = await recoverStack(
    place,
    opened,
    await openKubernetes({ kubeconfig: file }),
    say,
  );
  if (!interrupted) throw new PlainFailure("The kill left no trace, so nothing was resumed.");
  const { summary } = await opened.stack.up({ onOutput: text => say(text.trimEnd()) });
  return `${decisions.length} pending; the update after it ${summary.result}`;
}

async function unchanged({ stack }: OpenStack): Promise<string> {
  const { changeSummary } = await stack.preview({ refresh: true });
  const changes = Object.entries(changeSummary).filter(([operation]) => operation !== "same");
  if (changes.length > 0) throw new PlainFailure(`A second update would change: ${JSON.stringify(changes)}`);
  return "a second update changes nothing";
}

/** The suite that runs on the embedded cluster, on this one. */
function endToEnd(context: string, { grep }: VerifyOptions): string {
  const words = ["--context", context, "--real-plugins", ...(grep === undefined ? [] : ["--grep", grep])];
  const suite = join(__dirname, "..", "suite", "e2e.js");
  const { status, stdout } = spawnSync(process.execPath, [suite, ...words], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 256 * 1024 * 1024,
  });
  const last = stdout.trim().split("\n").at(-1) ?? "";
  if (status !== 0) throw new PlainFailure(last);
  return last;
}

async function verify(options: VerifyOptions, interruption: AbortSignal): Promise<readonly Step[]> {
  const steps = new Steps(Date.now, say);
  const opened = await openVerification(options);
  const step = (name: string, work: () => Promise<string | undefined>, always = false): Promise<void> =>
    steps.run(name, () => interruptible(work(), interruption), { always });
  await step("an update is killed while the instance is made", () => killUpdate(options));
  await step("the update is resumed", () => resume(opened));
  await step("a second update changes nothing", () => unchanged(opened));
  await step("the end-to-end tests pass", async () => {
    await writeKubeconfig(opened);
    const { cluster } = await opened.stack.outputs();
    return endToEnd(String(cluster?.value), options);
  });
  if (!options.keep)
    await step(
      "everything is deleted",
      async () => (await opened.stack.destroy({ onOutput: text => say(text.trimEnd()) })).summary.result,
      true,
    );
  return steps.all;
}

void main({
  usage,
  async run(argv, interruption) {
    const options = verifyOptions(argv);
    const { subscription, user } = requireAzure(ask, process.env);
    say(`Subscription ${subscription}, as ${user}: examples/aks in ${options.location}.`);
    mkdirSync(place.folder, { recursive: true });
    const startedAt = new Date();
    const versions = {
      node: process.version,
      pulumi: firstLine(ask("pulumi", "version").stdout),
      az:
        (JSON.parse(ask("az", "version", "--output", "json").stdout) as Record<string, string>)[
          "azure-cli"
        ] ?? "",
    };
    const steps = await verify(options, interruption);
    const result = verification(startedAt, options.location, versions, steps);
    writeFileSync(options.output, `${JSON.stringify(result, undefined, 2)}\n`);
    say(`${options.output}: ${result.passed ? "all as it should be" : "something failed"}`);
    if (!result.passed) process.exitCode = 1;
  },
});
