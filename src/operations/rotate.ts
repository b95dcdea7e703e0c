import { SslMode } from "../application/credentials";
import {
  type RotatedApplication,
  type RotatedLogin,
  RotationMode,
  type RotateRequest,
  type SecretOwner,
  WorkloadKind,
} from "../application/rotation/request";
import { ensureLogins } from "./ensure-logins";
import { type Operation, RequestError, type RequestReader } from "./operation";
import { leaveOnJob } from "./result";
import { rotateLogins } from "./rotation-run";

export const rotate: Operation<RotateRequest> = {
  help: `Keeps two logins of an application that take turns: makes them ("ensure"), or gives the application the other one ("rotate").
Request: namespace, mode ("ensure" or "rotate"), owner {apiVersion, kind, name}, logins [{role, secret, databaseRole} twice],
  host, port (5432), database, caFile, setRole, gracePeriodSeconds, timeoutSeconds (of each step),
  application {namespace, secret, owner, labels, directory, sslMode ("verify-full" or "require"), host, port},
  workloads [{kind ("Deployment", "StatefulSet" or "DaemonSet"), name}].
Result of "rotate": active, retired, rotatedAt, secret, workloads, seconds.`,
  read: readRequest,
  async run(request, context) {
    if (request.mode === RotationMode.Ensure) return ensureLogins(request, context);
    await leaveOnJob(await rotateLogins(request, context), context);
  },
};

function readRequest(json: RequestReader): RotateRequest {
  const setRole = json.optionalText("setRole");
  return {
    mode: json.choice("mode", Object.values(RotationMode)),
    namespace: json.text("namespace"),
    owner: readOwner(json.object("owner")),
    logins: readLogins(json.objects("logins")),
    host: json.text("host"),
    port: json.integer("port", 1, 65535, 5432),
    database: json.text("database"),
    caFile: json.text("caFile"),
    application: readApplication(json.object("application")),
    workloads: json.objects("workloads").map(workload => ({
      kind: workload.choice("kind", Object.values(WorkloadKind)),
      name: workload.text("name"),
    })),
    ...(setRole === undefined ? {} : { setRole }),
    gracePeriodSeconds: json.integer("gracePeriodSeconds", 0, 86_400),
    timeoutSeconds: json.integer("timeoutSeconds", 1, 86_400),
  };
}

function readLogins(list: RequestReader[]): [RotatedLogin, RotatedLogin] {
  const [first, second, ...others] = list.map(login => ({
    role: login.text("role"),
    secret: login.text("secret"),
    databaseRole: login.text("databaseRole"),
  }));
  if (first === undefined || second === undefined || others.length > 0)
    throw new RequestError("logins", "must be two");
  if (first.role === second.role || first.secret === second.secret)
    throw new RequestError("logins", "must have a role and a Secret each of their own");
  return [first, second];
}

function readApplication(json: RequestReader): RotatedApplication {
  const host = json.optionalText("host");
  const port = json.optionalInteger("port", 1, 65535);
  return {
    namespace: json.text("namespace"),
    secret: json.text("secret"),
    owner: readOwner(json.object("owner")),
    labels: json.textMap("labels"),
    directory: json.text("directory"),
    sslMode: json.choice("sslMode", Object.values(SslMode)),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
  };
}

function readOwner(json: RequestReader): SecretOwner {
  return { apiVersion: json.text("apiVersion"), kind: json.text("kind"), name: json.text("name") };
}
