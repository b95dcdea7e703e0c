import { createHash } from "node:crypto";
import type { Manifest } from "../cnpg/object";
import { cronJobManifest, deploymentManifest, jobManifest, jobName, type JobSpec } from "../jobs";
import type { Rule } from "../jobs/rule";
import { operatorLabels, operatorNames } from "./render";
import type { ResolvedOperator } from "./resolve";

/** One Job and what it needs to run. */
export interface JobObjects {
  /** ServiceAccount, roles and bindings, in the order of their creation. */
  access: Manifest[];
  job: Manifest;
  /** Runs the same operation again and again, where that is needed. */
  cronJob?: Manifest;
}

/** Days a self-managed certificate of the plugin is valid. */
const certificateDays = 365;
/** Days before its end at which it is renewed: long enough to notice that renewal does not work. */
const renewBeforeDays = 120;

/** Refuses an operator that is in the cluster already, before anything of the whole cluster is touched. */
export function preflightJob(operator: ResolvedOperator): JobObjects {
  const name = "cnpg-operator-preflight";
  const rules: Rule[] = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] }];
  // Deployments of every namespace have to be seen. The name carries the namespace, so that two operators in one
  // cluster reach the check that refuses the second.
  const clusterName = `${name}-${operator.namespace}`;
  return {
    access: [
      serviceAccount(name, operator),
      { ...object("rbac.authorization.k8s.io/v1", "ClusterRole", clusterName), rules },
      {
        ...object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", clusterName),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterName },
        subjects: [{ kind: "ServiceAccount", name, namespace: operator.namespace }],
      },
    ],
    // Asked once: another operator does not go away by asking again.
    job: job(name, "operator-preflight", { namespace: operator.namespace }, operator, 0),
  };
}

/** Waits until admission really answers, which a ready pod does not prove. */
export function admissionGateJob(operator: ResolvedOperator): JobObjects {
  const name = "cnpg-admission-gate";
  const request = {
    namespace: operator.namespace,
    timeoutSeconds: operator.readyTimeout,
    // Not read by the operation: a new version or new settings are a new operator, which is asked again.
    operator: { version: operator.version, image: operator.image, settings: operator.settings },
  };
  return {
    access: access(name, operator, [
      { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
    ]),
    job: job(name, "admission-gate", request, operator),
  };
}

/** Makes the certificates of operator and plugin, and renews them in time. */
export function certificatesJob(operator: ResolvedOperator): JobObjects {
  const name = "cnpg-plugin-certificates";
  const secrets = [operatorNames.pluginServerSecret, operatorNames.pluginClientSecret];
  const request = {
    namespace: operator.namespace,
    certificates: [
      certificate(operatorNames.pluginServerSecret, "barman-cloud", ["barman-cloud"]),
      certificate(operatorNames.pluginClientSecret, "barman-cloud-client", []),
    ],
    // With the ServiceAccount go the Secrets.
    owner: { apiVersion: "v1", kind: "ServiceAccount", name },
  };
  const rules: Rule[] = [
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    { apiGroups: [""], resources: ["secrets"], resourceNames: secrets, verbs: ["get", "patch"] },
    { apiGroups: [""], resources: ["serviceaccounts"], resourceNames: [name], verbs: ["get"] },
  ];
  const spec = jobSpec(name, "certificates", request, operator);
  return {
    access: access(name, operator, rules),
    job: scheduled(jobManifest({ ...spec, name: jobName(name, spec) }), operator),
    cronJob: scheduled(cronJobManifest({ ...spec, name }, { schedule: daily(operator.namespace) }), operator),
  };
}

/** Records Events when archiving or a backup of an instance fails and when it works again; conditions alone tell nobody. */
export function watchDeployment(operator: ResolvedOperator): Manifest[] {
  const name = "pulumi-cnpg-watch";
  const rules: Rule[] = [
    { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["get", "list"] },
    { apiGroups: ["barmancloud.cnpg.io"], resources: ["objectstores"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "get", "list", "patch"] },
  ];
  const spec = jobSpec(name, "watch", {}, operator);
  return [
    serviceAccount(name, operator),
    { ...object("rbac.authorization.k8s.io/v1", "ClusterRole", name), rules },
    {
      ...object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", name),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: operator.namespace }],
    },
    scheduled(deploymentManifest(spec), operator),
  ];
}

function certificate(secret: string, commonName: string, dnsNames: string[]): object {
  return { kind: "tls", secret, commonName, dnsNames, validDays: certificateDays, renewBeforeDays };
}

/** A time of day that differs between installations, so that not every cluster asks at once. */
function daily(seed: string): string {
  const minute = createHash("sha256").update(seed).digest().readUInt16BE(0) % (24 * 60);
  return `${minute % 60} ${Math.floor(minute / 60)} * * *`;
}

function job(
  name: string,
  operation: string,
  request: object,
  operator: ResolvedOperator,
  backoffLimit?: number,
): Manifest {
  const spec = { ...jobSpec(name, operation, request, operator), backoffLimit };
  return scheduled(jobManifest({ ...spec, name: jobName(name, spec) }), operator);
}

function jobSpec(name: string, operation: string, request: object, operator: ResolvedOperator): JobSpec {
  return {
    name,
    namespace: operator.namespace,
    operation,
    request,
    image: operator.jobsImage,
    imagePullPolicy: operator.jobsImagePullPolicy,
    serviceAccountName: name,
    labels: { ...operatorLabels },
    // Later than the operation's own limit, whose message says more.
    activeDeadlineSeconds: operator.readyTimeout + 30,
  };
}

/** The Job with its pods where those of the operator may run. */
function scheduled(manifest: object, operator: ResolvedOperator): Manifest {
  const { nodeSelector, tolerations, priorityClassName } = operator.scheduling;
  const pullSecrets = operator.imagePullSecrets.map(name => ({ name }));
  const additions = Object.entries({
    nodeSelector,
    tolerations,
    priorityClassName,
    imagePullSecrets: pullSecrets.length > 0 ? pullSecrets : undefined,
  }).filter(([, value]) => value !== undefined);
  return withPodFields(manifest as Manifest, Object.fromEntries(additions));
}

interface PodOwner extends Manifest {
  spec: {
    jobTemplate?: { spec: { template: { spec: object } } };
    template?: { spec: object };
  };
}

function withPodFields(manifest: Manifest, fields: object): Manifest {
  const { spec } = manifest as PodOwner;
  const { template, jobTemplate } = spec;
  if (template !== undefined) {
    return {
      ...manifest,
      spec: { ...spec, template: { ...template, spec: { ...template.spec, ...fields } } },
    };
  }
  if (jobTemplate === undefined) return manifest;
  const pod = { ...jobTemplate.spec.template, spec: { ...jobTemplate.spec.template.spec, ...fields } };
  const inner = { ...jobTemplate, spec: { ...jobTemplate.spec, template: pod } };
  return { ...manifest, spec: { ...spec, jobTemplate: inner } };
}

function access(name: string, operator: ResolvedOperator, rules: Rule[]): Manifest[] {
  return [
    serviceAccount(name, operator),
    { ...object("rbac.authorization.k8s.io/v1", "Role", name, operator.namespace), rules },
    {
      ...object("rbac.authorization.k8s.io/v1", "RoleBinding", name, operator.namespace),
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: operator.namespace }],
    },
  ];
}

function serviceAccount(name: string, operator: ResolvedOperator): Manifest {
  return object("v1", "ServiceAccount", name, operator.namespace);
}

function object(apiVersion: string, kind: string, name: string, namespace?: string): Manifest {
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), labels: { ...operatorLabels } };
  return { apiVersion, kind, metadata };
}
