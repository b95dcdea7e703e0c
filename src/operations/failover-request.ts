import { longestReason, longestSyncTimeout } from "../failover/options";
import {
  FailoverMode,
  type FailoverOptions,
  type FailoverRequest,
  OldPrimaryAction,
} from "../failover/request";
import { FailoverOrigin } from "../failover/status";
import { RequestError, type RequestReader } from "./operation";
import { present } from "../present";

/** Where a write is tried, with the login of PGUSER and PGPASSWORD. */
export interface WriteEndpoint {
  host: string;
  port: number;
  database: string;
  /** File with the certificate authority. */
  caFile: string;
}

/** Request of operation `failover`. */
export interface FailoverJobRequest extends FailoverRequest {
  origin: FailoverOrigin;
  /** Text of a declared trigger: it is done once for each. */
  trigger?: string;
  /** Switch back to the primary before the last failover. */
  undo: boolean;
  endpoint?: WriteEndpoint;
}

/** The request in its form. */
export function readFailoverRequest(json: RequestReader): FailoverJobRequest {
  const trigger = json.optionalText("trigger");
  const endpoint = json.optionalObject("endpoint");
  const undo = json.boolean("undo", false);
  const options = readOptions(json);
  if (undo && options.targetReplicaId !== undefined)
    throw new RequestError("targetReplicaId", "is not chosen with undo: it goes back to the former primary");
  return {
    namespace: json.text("namespace"),
    instance: json.text("instance"),
    ...options,
    undo,
    origin: trigger === undefined ? FailoverOrigin.Requested : FailoverOrigin.Declared,
    ...(trigger === undefined ? {} : { trigger }),
    ...(endpoint === undefined ? {} : { endpoint: readEndpoint(endpoint) }),
  };
}

function readOptions(json: RequestReader): FailoverOptions {
  const mode = choice(json, "mode", Object.values(FailoverMode));
  const waitForSync = json.optionalBoolean("waitForSync");
  if (mode === FailoverMode.Forced && waitForSync === true)
    throw new RequestError("waitForSync", "is for mode planned: a failed primary cannot be caught up with");
  const reason = json.optionalText("reason");
  if (reason !== undefined && reason.length > longestReason)
    throw new RequestError("reason", `must have at most ${longestReason} characters`);
  return present({
    targetReplicaId: json.optionalText("targetReplicaId"),
    mode,
    waitForSync,
    syncTimeout: json.optionalInteger("syncTimeout", 1, longestSyncTimeout),
    oldPrimaryAction: choice(json, "oldPrimaryAction", Object.values(OldPrimaryAction)),
    maxLagBytes: json.optionalInteger("maxLagBytes", 0, Number.MAX_SAFE_INTEGER),
    reason,
  });
}

function choice<T extends string>(json: RequestReader, name: string, choices: readonly T[]): T | undefined {
  return json.optionalText(name) === undefined ? undefined : json.choice(name, choices);
}

function readEndpoint(json: RequestReader): WriteEndpoint {
  return {
    host: json.text("host"),
    port: json.integer("port", 1, 65535, 5432),
    database: json.text("database"),
    caFile: json.text("caFile"),
  };
}
