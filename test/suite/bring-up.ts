import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { interruptible } from "../../embedded/driver/command";
import type { Display } from "../../embedded/driver/display";
import { type Environment, prepareEnvironment } from "../../embedded/driver/environment";
import { openKubernetes } from "../../embedded/driver/kubernetes";
import { requireEmbedded, thisMachine } from "../../embedded/driver/requirements";
import { stateDir } from "../../embedded/paths";
import { CnpgOperator } from "../../src";
import { clusterConfig, kubectl, runLabel, share } from "../e2e/environment";
import { SpecStack } from "../e2e/spec-stack";
import { removeLeftContainers } from "../e2e/stores";

/** Majors of the images that the specs run. */
const postgresVersions = ["17", "18"];

/** Provider plugins that the specs use besides those of the package's components. */
const plugins = ["postgresql"];

/** Longest wait for the end of what an interrupted run made, in seconds. */
const namespacesEnd = 180;

/** The environment of a whole run. */
export interface Suite {
  /** Describes the run to the processes of the spec files. */
  readonly file: string;
  /** Removes what the spec files made, when they were ended before they could. */
  clean(): Promise<void>;
  /** @param keep leaves the operator for a look at it */
  takeDown(keep: boolean): Promise<void>;
}

/** Brings up what every spec needs, once, and removes what a killed run left. */
export async function bringUp(
  display: Display,
  realPlugins: boolean,
  interruption: AbortSignal,
): Promise<Suite> {
  const context = process.env.E2E_CONTEXT;
  if (context === undefined) requireEmbedded(thisMachine());
  const options = { realPlugins, postgresVersions, plugins, ...(context === undefined ? {} : { context }) };
  const environment = await interruptible(prepareEnvironment(display, options), interruption);
  Object.assign(process.env, environment.programVariables);
  rmSync(stateDir("e2e", "stacks"), { recursive: true, force: true });
  const id = randomBytes(3).toString("hex");
  await removeLeft(environment, id, display);
  const operator = await interruptible(installOperator(environment, display), interruption);
  const file = stateDir("e2e", "run.json");
  share(file, id, environment);
  return {
    file,
    clean: () => clean(environment, id, display),
    takeDown: async keep => {
      rmSync(file, { force: true });
      if (operator && !keep) await display.step("Remove the operator of the specs", () => operator.destroy());
    },
  };
}

async function removeLeft(environment: Environment, id: string, display: Display): Promise<void> {
  const selector = `${runLabel}!=${id},${runLabel}`;
  const left = await kubectl(environment, ["get", "namespaces", "-l", selector, "-o", "name"]);
  const names = left.split("\n").filter(name => name !== "");
  if (names.length > 0) {
    display.note(`Removing what a killed run left: ${names.join(", ")}`);
    await kubectl(environment, ["delete", ...names, "--wait=false"]);
  }
  const containers = await removeLeftContainers(environment);
  if (containers.length > 0)
    display.note(`Removed containers that a killed run left: ${containers.join(", ")}`);
}

async function clean(environment: Environment, id: string, display: Display): Promise<void> {
  await display.step("Remove what the specs made", async say => {
    say("the namespaces");
    const bound = `--timeout=${namespacesEnd}s`;
    await kubectl(environment, ["delete", "namespaces", "-l", `${runLabel}=${id}`, bound]);
    await removeLeftContainers(environment);
    rmSync(stateDir("e2e", "stacks"), { recursive: true, force: true });
  });
}

// Installed once for all specs and removed at the end, because there can be only one in a cluster.
async function installOperator(environment: Environment, display: Display): Promise<SpecStack | undefined> {
  const stack = operatorStack(environment, display);
  const { interrupted } = await stack.recover();
  if (interrupted)
    display.note("The operator's stack was interrupted in an earlier run and has been repaired.");
  const kubernetes = await openKubernetes(environment.access);
  const found = await kubernetes.labels({
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "cnpg-system",
    name: "cnpg-controller-manager",
    labels: {},
  });
  if (found && (await stack.isEmpty())) {
    display.note("The cluster has an operator already: the specs use it as it is.");
    return undefined;
  }
  await display.step("Install the operator for the specs", say => {
    stack.say = say;
    return stack.up();
  });
  return stack;
}

function operatorStack(environment: Environment, display: Display): SpecStack {
  const cluster = environment.cluster?.id ?? encodeURIComponent(process.env.E2E_CONTEXT ?? "");
  return new SpecStack(
    {
      project: "pulumi-cnpg-e2e",
      stack: "operator",
      folder: stateDir("e2e", `operator-${cluster}`),
      engine: environment.engine,
      environment: environment.variables,
      ...clusterConfig(),
    },
    environment,
    "cnpg-system",
    async () => {
      const { CNPG_OPERATOR_MANIFEST: operator, CNPG_PLUGIN_MANIFEST: plugin } = process.env;
      const manifest = { ...(operator ? { operator } : {}), ...(plugin ? { plugin } : {}) };
      new CnpgOperator("cnpg", { manifest });
    },
    line => display.note(line),
  );
}
