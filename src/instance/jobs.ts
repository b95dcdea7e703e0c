import * as batch from "@pulumi/kubernetes/batch/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterSpec, PrimaryUpdateStrategy } from "../cnpg/cluster";
import type { EnvVar } from "../cnpg/pod";
import { cronJobManifest, jobManifest, jobName, type JobSpec, resultAnnotation } from "../jobs/job";
import type { Rule } from "../jobs/rule";
import { poolerHosts } from "../pooler/connection";
import { WaitFor, type PostgresInstanceArgs } from "./args";
import type { InstanceContext } from "./children";
import { serviceHost } from "./names";
import { trustedPeer } from "../replica/follow";
import { caDirectory, clusterManifest, metadata, type Metadata, port } from "./render";
import type { ResolvedInstance } from "./resolve";

/** Days a certificate authority is valid, and how many days before its end it is renewed with the same key. */
const authorityValidity = { validDays: 3650, renewBeforeDays: 730 };

/** A ServiceAccount that may do exactly what the rules say, in the namespace of the instance. */
export function account(
  context: InstanceContext,
  kubernetesName: string,
  purpose: string,
  rules: pulumi.Input<Rule[]>,
  dependsOn: pulumi.Resource[],
  annotations?: pulumi.Input<Record<string, string>>,
): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  const meta = metadata(instance, args, kubernetesName);
  const serviceAccount = children.make(
    "job",
    core.ServiceAccount,
    `${name}-${purpose}-account`,
    { metadata: annotations === undefined ? meta : { ...meta, annotations: joined(meta, annotations) } },
    { dependsOn },
  );
  const role = children.make(
    "job",
    rbac.Role,
    `${name}-${purpose}-role`,
    { metadata: meta, rules },
    { dependsOn },
  );
  const binding = children.make(
    "job",
    rbac.RoleBinding,
    `${name}-${purpose}-binding`,
    {
      metadata: meta,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: kubernetesName },
      subjects: [{ kind: "ServiceAccount", name: kubernetesName, namespace: instance.namespace }],
    },
    { dependsOn: [role, serviceAccount] },
  );
  return [serviceAccount, role, binding];
}

function joined(
  meta: Metadata,
  annotations: pulumi.Input<Record<string, string>>,
): pulumi.Output<Record<string, string>> {
  return pulumi.output(annotations).apply(more => ({ ...meta.annotations, ...more }));
}

export function jobSpec(
  instance: ResolvedInstance,
  args: PostgresInstanceArgs,
  prefix: string,
  operation: string,
  request: object,
  activeDeadlineSeconds: number,
): JobSpec {
  const meta = metadata(instance, args, jobName(prefix, { operation, request, image: instance.jobsImage }));
  return {
    name: meta.name,
    namespace: meta.namespace,
    labels: meta.labels,
    annotations: meta.annotations,
    operation,
    request,
    image: instance.jobsImage,
    imagePullPolicy: instance.jobsImagePullPolicy,
    serviceAccountName: prefix,
    activeDeadlineSeconds,
  };
}

/** Login of the owner and the certificate of the authority, for Jobs that connect as an application does. */
export function asApplication(instance: ResolvedInstance): Pick<JobSpec, "env" | "volumes" | "volumeMounts"> {
  const fromSecret = (name: string, key: string): EnvVar => ({
    name,
    valueFrom: { secretKeyRef: { name: instance.names.connectionSecret, key } },
  });
  return {
    env: [fromSecret("PGUSER", "username"), fromSecret("PGPASSWORD", "password")],
    volumes: [{ name: "postgres-ca", configMap: { name: instance.names.certificateAuthority } }],
    volumeMounts: [{ name: "postgres-ca", mountPath: caDirectory, readOnly: true }],
  };
}

/**
 * Makes the certificate authority when there is none, and renews it in time: at every update of this package's image
 * and once a month. The key never leaves Kubernetes, so it is in no state.
 */
export function certificatesJob(
  context: InstanceContext,
  serviceAccount: core.ServiceAccount,
): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  const { names, namespace } = instance;
  const objects = [names.certificateAuthority];
  const peer = trustedPeer(args);
  const accounts = account(
    context,
    names.certificatesJob,
    "certificates",
    [
      { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["create"] },
      {
        apiGroups: [""],
        resources: ["secrets", "configmaps"],
        verbs: ["get", "update", "patch"],
        resourceNames: objects,
      },
      ...(peer === undefined
        ? []
        : [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: [peer] }]),
      {
        apiGroups: [""],
        resources: ["serviceaccounts"],
        verbs: ["get"],
        resourceNames: [names.serviceAccount],
      },
    ],
    [serviceAccount],
  );
  const request = {
    namespace,
    owner: { apiVersion: "v1", kind: "ServiceAccount", name: names.serviceAccount },
    // A Job of its own for each exchange of roles: clients have to trust the other one before they are led to it.
    ...(peer === undefined ? {} : { primary: args.follow?.primary }),
    certificates: [
      {
        kind: "ca",
        secret: names.certificateAuthority,
        configMap: names.certificateAuthority,
        ...(peer === undefined ? {} : { trusted: [peer] }),
        commonName: instance.name,
        ...authorityValidity,
      },
    ],
  };
  const spec = jobSpec(instance, args, names.certificatesJob, "certificates", request, 120);
  const job = children.make("job", batch.Job, `${name}-certificates`, jobManifest(spec), {
    dependsOn: accounts,
  });
  // The peer may be made at any time after this instance.
  const schedule = {
    schedule: (peer === undefined ? monthly : hourly)(`${namespace}/${instance.name}`),
  };
  const renewal = children.make(
    "job",
    batch.CronJob,
    `${name}-certificates-renewal`,
    cronJobManifest({ ...spec, name: names.certificatesJob }, schedule),
    { dependsOn: accounts },
  );
  return [job, renewal];
}

/** A five-field schedule once an hour, spread by the name. */
function hourly(seed: string): string {
  return `${monthly(seed).split(" ")[0]} * * * *`;
}

/** A five-field schedule once a month, spread by the name so that not every instance renews at the same minute. */
export function monthly(seed: string): string {
  let hash = 0;
  for (const char of seed) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return `${hash % 60} ${Math.floor(hash / 60) % 24} ${1 + (Math.floor(hash / 1440) % 28)} * *`;
}

/** Waits until pods and servers are what the specification says; runs again whenever the specification changes. */
export function settleJob(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  if (instance.hibernated) return [];
  const { names, namespace, active } = instance;
  const accounts = account(
    context,
    names.settleJob,
    "settle",
    [
      {
        apiGroups: ["postgresql.cnpg.io"],
        resources: ["clusters"],
        verbs: ["get"],
        resourceNames: [active.clusterName],
      },
      { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
    ],
    dependsOn,
  );
  const manifest = clusterManifest(instance, args, active).spec;
  const request = {
    namespace,
    cluster: active.clusterName,
    image: active.image,
    instances: instance.instances,
    waitFor: instance.waitFor === WaitFor.Serving ? "serving" : "complete",
    supervised: args.primaryUpdateStrategy === PrimaryUpdateStrategy.Supervised,
    resources: { limits: instance.limits, requests: instance.requests },
    parameters: manifest.postgresql?.parameters ?? {},
    held: instance.held,
    database: instance.database,
    caFile: `${caDirectory}/ca.crt`,
    timeoutSeconds: instance.readyTimeout,
  };
  const spec = jobSpec(
    instance,
    args,
    names.settleJob,
    "settle",
    { ...request, specification: hash(plain(manifest)) },
    instance.readyTimeout + 60,
  );
  const job = children.make(
    "job",
    batch.Job,
    `${name}-settle`,
    jobManifest({ ...spec, ...asApplication(instance), backoffLimit: 0 }),
    {
      dependsOn: accounts,
      customTimeouts: { create: `${instance.readyTimeout + 90}s` },
    },
  );
  return [...accounts, job];
}

/** Without what may not be known yet. */
function plain({
  plugins,
  externalClusters: _,
  inheritedMetadata: _labels,
  certificates: _names,
  ...spec
}: ClusterSpec): object {
  return plugins === undefined ? spec : { ...spec, plugins: plugins.map(({ name }) => name) };
}

function hash(value: object): string {
  return jobName("spec", { operation: "", request: value, image: "" });
}

/**
 * Connects as an application does, through the Service and with the certificate verified.
 * @returns what the server answered to `SELECT version()`, or undefined while the check is off.
 */
export function connectionCheckJob(
  context: InstanceContext,
  external: core.Service | undefined,
  dependsOn: pulumi.Resource[],
): pulumi.Output<string> | undefined {
  const { children, name, args, instance } = context;
  if (!instance.connectionCheck) return undefined;
  const { names, namespace } = instance;
  const aliases: ReturnType<typeof externalAlias>[] = [
    ...(external === undefined ? [] : [externalAlias(instance)]),
    ...poolerHosts(instance).map(pooler => ({ host: pooler, required: true })),
  ];
  const seconds =
    instance.connectionCheckTimeout * (1 + aliases.filter(({ required }) => required === true).length);
  const request = {
    host: serviceHost(names.service, namespace),
    port,
    database: instance.database,
    sslmode: "verify-full",
    caFile: `${caDirectory}/ca.crt`,
    cluster: instance.active.clusterName,
    timeoutSeconds: instance.connectionCheckTimeout,
    ...(aliases.length === 0 ? {} : { aliases }),
  };
  const spec = jobSpec(instance, args, names.checkJob, "connection-check", request, seconds + 60);
  const accounts = account(
    context,
    names.checkJob,
    "check",
    [
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "patch"], resourceNames: [spec.name] },
      ...(external === undefined
        ? []
        : [
            {
              apiGroups: [""],
              resources: ["services"],
              verbs: ["get"],
              resourceNames: [names.externalService],
            },
          ]),
    ],
    dependsOn,
  );
  const job = children.make(
    "job",
    batch.Job,
    `${name}-check`,
    jobManifest({ ...spec, ...asApplication(instance), backoffLimit: 0 }),
    {
      dependsOn: accounts,
      customTimeouts: { create: `${seconds + 90}s` },
    },
  );
  return job.metadata.annotations.apply(annotations => {
    const result = annotations?.[resultAnnotation];
    return result === undefined ? "not checked yet" : (JSON.parse(result) as { version: string }).version;
  });
}

/** The endpoint outside: by its DNS name, else by the address the Service has when the check runs. */
function externalAlias(instance: ResolvedInstance): { host: string; service?: string; required?: boolean } {
  if (instance.publicDnsName !== undefined) return { host: instance.publicDnsName };
  return {
    host: serviceHost(instance.names.service, instance.namespace),
    service: instance.names.externalService,
  };
}
