import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import type { ClusterFacts } from "../../embedded/cluster/index";
import type { Environment } from "../../embedded/driver/environment";
import { type Kubernetes, openKubernetes } from "../../embedded/driver/kubernetes";
import { engineAt } from "../../embedded/driver/stack";

const execute = promisify(execFile);

/** Labels every namespace the specs make, so that the next run finds what a killed one left. */
export const runLabel = "cnpg.pulumi.com/e2e-run";

/** Names to the processes of the spec files the file that {@link share} wrote. */
export const sharedFile = "E2E_ENVIRONMENT";

/** The environment as the specs see it: brought up by the process that runs the suite, once for all spec files. */
export type SpecEnvironment = Omit<Environment, "cluster"> & { readonly cluster?: ClusterFacts };

/** A run of the suite, seen by one spec file. */
export interface JoinedRun {
  /** Value of {@link runLabel}. */
  readonly id: string;
  readonly environment: SpecEnvironment;
  readonly kubernetes: Kubernetes;
}

/** What is plain data of a run, and so passes from process to process. */
type SharedRun = { readonly id: string; readonly engine: string } & Omit<SpecEnvironment, "engine">;

/** Writes down what the processes of the spec files need to know. The file holds the key of the object store. */
export function share(file: string, id: string, environment: Environment): void {
  const { engine, cluster, ...rest } = environment;
  const shared: SharedRun = { ...rest, ...(cluster ? { cluster } : {}), id, engine: engine.command };
  writeFileSync(file, JSON.stringify(shared), { mode: 0o600 });
}

/** Joins the run that started this process. */
export async function join(): Promise<JoinedRun> {
  const file = process.env[sharedFile];
  if (file === undefined)
    throw new Error("Nobody has brought the environment up: run the specs by `npm run e2e -- --grep TEXT`.");
  const { id, engine, ...rest } = JSON.parse(readFileSync(file, "utf8")) as SharedRun;
  Object.assign(process.env, rest.programVariables);
  const environment = { ...rest, engine: await engineAt(engine) };
  return { id, environment, kubernetes: await openKubernetes(environment.access) };
}

/** Runs kubectl on the cluster of the run, and gives back its stdout. */
export async function kubectl({ cluster }: SpecEnvironment, args: readonly string[]): Promise<string> {
  const [command, own] = cluster
    ? [cluster.kubectl, ["--kubeconfig", cluster.kubeconfig]]
    : ["kubectl", ["--context", process.env.E2E_CONTEXT ?? ""]];
  try {
    const { stdout } = await execute(command, [...own, ...args], { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(`kubectl ${args.join(" ")} failed: ${stderr.trim() || String(error)}`, { cause: error });
  }
}

/** Configuration of a stack that the named context needs. */
export function clusterConfig(): { config?: Record<string, string> } {
  const name = process.env.E2E_CONTEXT;
  return name === undefined ? {} : { config: { "kubernetes:context": name } };
}
