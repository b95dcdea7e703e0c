import { type DrillAssertion, type DrillChecks, DrillTarget } from "../backup/drill/args";
import type { InstanceResources, StorageArgs } from "../instance/args";
import type { RequestReader } from "./operation";

/** Request of `drill`. */
export interface DrillRequest {
  namespace: string;
  instance: string;
  target: DrillTarget;
  checks: DrillChecks;
  storage?: StorageArgs;
  resources?: InstanceResources;
  /** Longest time to restore that counts as success. */
  maxRtoSeconds?: number;
  timeoutSeconds: number;
  /** How many reports are kept. */
  history: number;
}

/** The request in its form. */
export function readDrillRequest(json: RequestReader): DrillRequest {
  const storage = json.optionalObject("storage");
  const resources = json.optionalObject("resources");
  const maxRtoSeconds = json.integer("maxRtoSeconds", 0, 604_800, 0);
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    target: json.choice("target", Object.values(DrillTarget)),
    checks: readChecks(json.optionalObject("checks")),
    ...(storage === undefined ? {} : { storage: texts(storage, ["size", "storageClass"]) }),
    ...(resources === undefined ? {} : { resources: readResources(resources) }),
    ...(maxRtoSeconds === 0 ? {} : { maxRtoSeconds }),
    timeoutSeconds: json.integer("timeoutSeconds", 60, 604_800, 14_400),
    history: json.integer("history", 1, 100, 10),
  };
}

function readChecks(json: RequestReader | undefined): DrillChecks {
  if (json === undefined) return {};
  const assertions = json.objects("assertions").map((assertion): DrillAssertion => {
    const database = assertion.optionalText("database");
    return {
      name: assertion.text("name"),
      sql: assertion.text("sql"),
      ...(database === undefined ? {} : { database }),
    };
  });
  return {
    amcheck: json.boolean("amcheck", true),
    checksums: json.boolean("checksums", true),
    rowCounts: json.boolean("rowCounts", true),
    assertions,
  };
}

function readResources(json: RequestReader): InstanceResources {
  const requests = json.optionalObject("requests");
  return {
    ...texts(json, ["cpu", "memory"]),
    ...(requests === undefined ? {} : { requests: texts(requests, ["cpu", "memory"]) }),
  };
}

function texts<Name extends string>(json: RequestReader, names: readonly Name[]): { [K in Name]?: string } {
  const entries = names.map(name => [name, json.optionalText(name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as { [K in Name]?: string };
}
