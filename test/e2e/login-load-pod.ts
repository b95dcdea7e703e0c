import { join } from "node:path";
import * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import { bundled } from "../../examples/application/bundle";
import { type Access, type DatabaseReference, TauApplication } from "../../src";
import { jobsImage } from "../../src/jobs/image";

/** An application that does nothing but log in, with credentials that are rotated. */
export function loginLoad(
  name: string,
  args: {
    namespace: string;
    database: pulumi.Input<DatabaseReference>;
    /** Logins a second, of all pods together. */
    rate: number;
    access: Access;
    replicas: number;
  },
  options: pulumi.ComponentResourceOptions,
): TauApplication {
  const { namespace, database, rate, access, replicas } = args;
  const program = new core.ConfigMap(
    `${name}-program`,
    {
      metadata: { name: `${name}-program`, namespace },
      data: { "load.js": bundled(join(__dirname, "login-load.js")) },
    },
    options,
  );
  return new TauApplication(
    name,
    {
      namespace,
      createNamespace: false,
      image: jobsImage,
      imagePullPolicy: "IfNotPresent",
      command: ["node", "/program/load.js"],
      replicas,
      env: { LOGINS_PER_SECOND: String(rate / replicas) },
      resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      volumes: [{ name: "program", mountPath: "/program", configMap: program.metadata.name, readOnly: true }],
      database: { enabled: true, existing: database, access, rotation: { gracePeriodSeconds: 5 } },
    },
    options,
  );
}
