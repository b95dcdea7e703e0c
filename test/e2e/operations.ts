import { openCluster } from "../../src/operations/kubeconfig";
import type { KubernetesApi } from "../../src/operations/kubernetes";
import type { Execute, PodSql } from "../../src/operations/execute";
import { type Clock, systemClock } from "../../src/operations/waiting";
import type { Harness } from "./harness";

/** What an operation gets that is started from a terminal. */
export interface TerminalContext {
  api: KubernetesApi;
  execute: Execute;
  sql: PodSql;
  clock: Clock;
  say: (sentence: string) => void;
  /** Everything it said. */
  said: string[];
}

/** The cluster of the tests as a person at a terminal reaches it. */
export async function terminal(bench: Harness): Promise<TerminalContext> {
  const { cluster } = bench.environment;
  const context = process.env.E2E_CONTEXT;
  const { api, execute, sql } = await openCluster({
    ...(context === undefined ? {} : { context }),
    ...(cluster === undefined ? {} : { env: { ...process.env, KUBECONFIG: cluster.kubeconfig } }),
  });
  const said: string[] = [];
  return { api, execute, sql, clock: systemClock, said, say: sentence => void said.push(sentence) };
}
