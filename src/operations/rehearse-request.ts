import { RehearsalEndpoint, RehearsalKind, type RehearsalLimits } from "../rehearsal/args";
import type { RehearsalRequest } from "../rehearsal/render";
import type { RequestReader } from "./operation";
import { present } from "../present";
import { type ProbedServer, readProbedServer } from "./probe";

/** Request of `rehearse`. */
export interface RehearseRequest {
  namespace: string;
  instance: string;
  /** The endpoint of the primary. */
  endpoint: ProbedServer & { host: string };
  rehearsal: RehearsalRequest;
}

/** The request in its form; `kind` and `via` beside `rehearsal` win over those in it. */
export function readRehearseRequest(json: RequestReader): RehearseRequest {
  const endpoint = json.object("endpoint");
  const rehearsal = json.object("rehearsal");
  const chosen = <T extends string>(name: string, choices: Record<string, T>): T =>
    (json.optionalText(name) === undefined ? rehearsal : json).choice(name, Object.values(choices));
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    endpoint: { host: endpoint.text("host"), ...readProbedServer(endpoint) },
    rehearsal: {
      kind: chosen("kind", RehearsalKind),
      via: chosen("via", RehearsalEndpoint),
      intervalMs: rehearsal.integer("intervalMs", 1, 1000, 10),
      settleSeconds: rehearsal.integer("settleSeconds", 1, 600, 10),
      timeoutSeconds: rehearsal.integer("timeoutSeconds", 60, 3600, 600),
      history: rehearsal.integer("history", 1, 100, 10),
      limits: readLimits(rehearsal.optionalObject("limits")),
      readOnlyHost: rehearsal.text("readOnlyHost"),
      ...(present({ poolerHost: rehearsal.optionalText("poolerHost") }) as { poolerHost?: string }),
    },
  };
}

function readLimits(json: RequestReader | undefined): RehearsalLimits {
  const limit = (name: keyof RehearsalLimits, least: number, most: number): number | undefined =>
    json?.optionalInteger(name, least, most);
  return present({
    maxWriteGapMs: limit("maxWriteGapMs", 1, 3_600_000),
    maxReadGapMs: limit("maxReadGapMs", 1, 3_600_000),
    maxFailedStatements: limit("maxFailedStatements", 0, 1_000_000),
    maxLostWrites: limit("maxLostWrites", 0, 1_000_000),
  });
}
