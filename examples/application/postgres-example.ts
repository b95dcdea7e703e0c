import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { type ApplicationDatabaseArgs, TauApplication } from "pulumi-cnpg";
import { bundledServer } from "./bundle";

/** What the example is told. */
export interface PostgresExampleArgs {
  namespace?: string;
  /** Where its database is. @default an instance of its own */
  database?: Partial<ApplicationDatabaseArgs>;
  /** Any image with Node 20. @default the image of this package's Jobs, which every cluster with the package has */
  image?: string;
  replicas?: number;
  /** Only reads notes, that another one writes. @default false */
  readOnly?: boolean;
}

/** An HTTP service that keeps notes: `POST /notes` writes one, `GET /notes` reads them. Its database has two extensions. */
export class PostgresExample extends TauApplication {
  constructor(name: string, args: PostgresExampleArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const program = `${name}-program`;
    super(
      name,
      {
        namespace: args.namespace,
        createNamespace: false,
        image: args.image ?? "ghcr.io/pulumi-cnpg/jobs:0.1.0",
        imagePullPolicy: "IfNotPresent",
        command: ["node", "/program/server.js"],
        replicas: args.replicas,
        ports: [{ port: 8080, servicePort: 80 }],
        probes: { readiness: { path: "/health", periodSeconds: 2 } },
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        volumes: [{ name: "program", mountPath: "/program", configMap: program, readOnly: true }],
        env: { READ_ONLY: String(args.readOnly ?? false) },
        database: {
          enabled: true,
          connections: 5,
          // A database that is declared elsewhere has its extensions already.
          ...(args.database?.existing === undefined ? { extensions: ["uuid-ossp", "pgcrypto"] } : {}),
          ...args.database,
        },
      },
      opts,
    );
    new core.ConfigMap(
      program,
      {
        metadata: { name: program, namespace: args.namespace },
        data: { "server.js": bundledServer() },
      },
      { parent: this },
    );
  }
}
