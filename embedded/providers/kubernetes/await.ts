import { setTimeout as sleep } from "node:timers/promises";

import type { Cluster } from "./cluster";
import { annotation, annotations, isTrue, nameOf, qualifiedName } from "./manifest";
import type { Manifest } from "./manifest";
import { isJudgedOnRead, readinessOf } from "./readiness";
import { serviceReadiness } from "./readiness/service";
import type { Readiness, Verdict } from "./readiness/verdict";
import { waitForTerms } from "./wait-for";

/** The object exists and did not become ready. */
export class NotReady extends Error {
  constructor(
    message: string,
    readonly live: Manifest,
    readonly reasons: string[],
  ) {
    super(message);
  }
}

export interface Awaited {
  cluster: Cluster;
  urn: string;
  /** The program's inputs; their annotations say how to wait. */
  inputs: Manifest;
  /** The object as the API server answered. */
  live: Manifest;
  timeoutMs: number;
  updating: boolean;
}

const defaultTimeoutSeconds = 600;

/** The resource's own timeout, else its annotation, else ten minutes. In milliseconds. */
export function timeoutOf(inputs: Manifest, customSeconds: number): number {
  const annotated = annotation(inputs, annotations.timeoutSeconds);
  const seconds = customSeconds || (/^\d+$/.test(annotated) ? Number(annotated) : defaultTimeoutSeconds);
  return seconds * 1000;
}

/** Waits until the object is what its kind or its annotations call ready; returns it as it is then. Throws {@link NotReady}. */
export async function awaitReady(awaited: Awaited): Promise<Manifest> {
  const readiness = chooseReadiness(awaited);
  if (readiness === undefined) return awaited.live;
  const deadline = Date.now() + awaited.timeoutMs;
  const say = reporter(awaited.cluster, awaited.urn);
  let { live } = awaited;
  for (const pause of pauses()) {
    const verdict = await readiness(live, { cluster: awaited.cluster, updating: awaited.updating });
    if (verdict.ready) break;
    if (verdict.failed === true) throw new NotReady(verdict.message, live, verdict.reasons ?? []);
    say(verdict.message);
    const left = deadline - Date.now();
    if (left <= 0) throw timedOut(awaited, live, verdict);
    await sleep(Math.min(pause, left), undefined, { signal: awaited.cluster.cancelled });
    live = await reload(awaited, live);
  }
  say("");
  return live;
}

function chooseReadiness({ cluster, urn, inputs, live }: Awaited): Readiness | undefined {
  if (isTrue(inputs, annotations.skipAwait)) return undefined;
  const terms = waitForTerms(live);
  if (terms === undefined) {
    const readiness = readinessOf(live);
    return readiness === serviceReadiness ? settled(readiness) : readiness;
  }
  if (process.env["PULUMI_K8S_AWAIT_ALL"] === "true") {
    cluster.log.warning(urn, "PULUMI_K8S_AWAIT_ALL is not served by the stand-in plugin");
  }
  return async object => allOf(terms.map(term => term(object)));
}

function allOf(verdicts: Verdict[]): Verdict {
  const open = verdicts.filter(verdict => !verdict.ready);
  return {
    ready: open.length === 0,
    message: open.map(verdict => verdict.message).join("; "),
    reasons: open.map(verdict => verdict.message),
  };
}

const settleMs = 3000;

/** Endpoints come one by one: a Service counts as ready when it has been so for a moment. */
function settled(readiness: Readiness): Readiness {
  let readySince: number | undefined;
  return async (object, context) => {
    const verdict = await readiness(object, context);
    if (!verdict.ready) readySince = undefined;
    else readySince ??= Date.now();
    const calm = readySince !== undefined && Date.now() - readySince >= settleMs;
    return { ...verdict, ready: calm || (verdict.ready && context.updating) };
  };
}

async function reload(awaited: Awaited, last: Manifest): Promise<Manifest> {
  const live = await awaited.cluster.find(last, nameOf(last));
  if (live !== undefined) return live;
  throw new NotReady(`"${qualifiedName(last)}" was deleted while it was awaited`, last, []);
}

function timedOut(awaited: Awaited, live: Manifest, verdict: Verdict): NotReady {
  const message = `"${qualifiedName(live)}" timed out waiting to be Ready after ${awaited.timeoutMs / 1000} s: ${verdict.message}`;
  return new NotReady(message, live, verdict.reasons ?? []);
}

/** Judges an object once, as a refresh does. Returns why it is not ready, or undefined. */
export async function judge(
  cluster: Cluster,
  inputs: Manifest,
  live: Manifest,
): Promise<NotReady | undefined> {
  const readiness = isJudgedOnRead(live) ? readinessOf(live) : undefined;
  if (readiness === undefined || isTrue(inputs, annotations.skipAwait)) return undefined;
  const verdict = await readiness(live, { cluster, updating: true });
  return verdict.ready ? undefined : new NotReady(verdict.message, live, verdict.reasons ?? []);
}

/** Growing pauses between looks at the cluster, in milliseconds: quick answers are quick, long waits are cheap. */
export function* pauses(): Generator<number, void, void> {
  for (let pause = 100; ; pause = Math.min(pause * 1.5, 1000)) yield pause;
}

/** Shows each new message once. */
export function reporter(cluster: Cluster, urn: string): (message: string) => void {
  let shown = "";
  return message => {
    if (message !== shown) cluster.log.status(urn, message);
    shown = message;
  };
}
