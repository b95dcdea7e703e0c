import { createHash } from "node:crypto";
import { ArgumentError } from "../argument-error";
import type { Manifest, ObjectMeta } from "../cnpg/object";
import { merge } from "../merge";
import { appLabels, managedBy, takenOver } from "../cnpg/metadata";
import { nearest } from "../nearest";
import { OperatorSource, PluginCertificates } from "./args";
import type { ContainerResources, ResolvedOperator, ResolvedPlugin } from "./resolve";

/** Names fixed by CloudNativePG and the plugin. */
export const operatorNames = {
  deployment: "cnpg-controller-manager",
  configMap: "cnpg-controller-manager-config",
  pluginDeployment: "barman-cloud",
  pluginServerSecret: "barman-cloud-server-tls",
  pluginClientSecret: "barman-cloud-client-tls",
} as const;

/** Labels of everything the component creates. */
export const operatorLabels = {
  [appLabels.managedBy]: managedBy,
  [appLabels.partOf]: "cnpg-operator",
} as const;

const settingsHash = "cnpg.pulumi.com/settings-hash";
const customResourceDefinition = "CustomResourceDefinition";
const certManagerKinds = ["Issuer", "Certificate"];

interface Container {
  name: string;
  args?: string[];
  env?: EnvironmentVariable[];
  [field: string]: unknown;
}

interface EnvironmentVariable {
  name: string;
  value?: string;
  valueFrom?: unknown;
}

interface Deployment extends Manifest {
  spec: {
    replicas?: number;
    template: { metadata?: ObjectMeta; spec: { containers: Container[]; [field: string]: unknown } };
    [field: string]: unknown;
  };
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

interface Webhook {
  clientConfig: {
    caBundle?: string;
    service?: { name: string; namespace?: string };
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

/** Where an object is found in overrides, transforms and resource names: `deployment/barman-cloud`. */
export function objectKey(object: Manifest): string {
  return `${object.kind.toLowerCase()}/${object.metadata.name}`;
}

/** The namespace of operator and plugin, when the component creates it. */
export function renderNamespace(operator: ResolvedOperator): Manifest[] {
  if (!operator.createNamespace) return [];
  return [
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: operator.namespace, labels: { ...operatorLabels } },
    },
  ];
}

/**
 * The objects of the operator in the order of its manifest: our settings, image, resources and namespace put in, our own
 * objects added. With Helm only the custom resource definitions and our own objects are left; the chart makes the others.
 */
export function renderOperator(documents: readonly Manifest[], operator: ResolvedOperator): Manifest[] {
  const own = [...podMonitor(operator), ...disruptionBudget(operator)];
  const released = withoutNamespaces(documents).map(document => adapted(document, operator.namespace));
  if (operator.source === OperatorSource.Helm) return [...released.filter(isDefinition), ...own];
  requireDeployment(released, operatorNames.deployment, operator.manifest.argument);
  return [
    ...settings(operator),
    ...released.map(object => (isDeployment(object) ? operatorDeployment(object, operator) : object)),
    ...own,
  ];
}

/** The objects of the Barman Cloud plugin; its certificates only with cert-manager, else they are made by a Job. */
export function renderPlugin(
  documents: readonly Manifest[],
  operator: ResolvedOperator,
  plugin: ResolvedPlugin,
): Manifest[] {
  const withCertManager = plugin.certificates === PluginCertificates.CertManager;
  const objects = withoutNamespaces(documents)
    // Its only content is the name of the sidecar's image, which we know and set directly.
    .filter(document => document.kind !== "Secret")
    .filter(document => withCertManager || !certManagerKinds.includes(document.kind))
    .map(document => adapted(document, operator.namespace));
  requireDeployment(objects, operatorNames.pluginDeployment, plugin.manifest.argument);
  return objects.map(object => {
    if (isDeployment(object)) return pluginDeployment(object, operator, plugin);
    if (object.kind === "Certificate") return annotated(object, { "pulumi.com/waitFor": "condition=Ready" });
    return object;
  });
}

/**
 * Refuses keys of overrides or transforms that fit no object: they would silently do nothing.
 * @throws ArgumentError
 */
export function checkKeys(resource: string, argument: string, given: object, known: readonly string[]): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const choice = nearest(key, known);
    throw new ArgumentError({
      component: "CnpgOperator",
      resource,
      argument: `${argument}["${key}"]`,
      problem: "fits no object.",
      remedy: choice === undefined ? `There are ${known.join(", ")}.` : `Do you mean "${choice}"?`,
    });
  }
}

/** The objects with the user's raw fields merged over those they are meant for. */
export function overridden(objects: readonly Manifest[], overrides: Record<string, unknown>): Manifest[] {
  return objects.map(object => merge(object, overrides[objectKey(object)]));
}

/** Whether an object defines a kind. */
export function isDefinition(object: Manifest): boolean {
  return object.kind === customResourceDefinition;
}

export function isDeployment(object: Manifest): object is Deployment {
  return object.kind === "Deployment";
}

function withoutNamespaces(documents: readonly Manifest[]): Manifest[] {
  return documents.filter(document => document.kind !== "Namespace");
}

/** One released object in the operator's namespace, with our labels and without what others write. */
function adapted(document: Manifest, namespace: string): Manifest {
  const object = without(moved(document, namespace), "status");
  const metadata = without(object.metadata, "creationTimestamp");
  const labelled = {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, ...operatorLabels } },
  } as Manifest;
  // Definitions outlive the component, so one is often there already.
  return isDefinition(labelled) ? annotated(labelled, takenOver) : labelled;
}

/** The document with the namespace of the operator wherever the release names its own. */
function moved(document: Manifest, namespace: string): Manifest {
  const { subjects, webhooks, ...rest } = document as Manifest & {
    subjects?: Subject[];
    webhooks?: Webhook[];
  };
  const metadata = rest.metadata.namespace === undefined ? rest.metadata : { ...rest.metadata, namespace };
  return {
    ...rest,
    metadata,
    ...(subjects === undefined ? {} : { subjects: subjects.map(subject => inNamespace(subject, namespace)) }),
    ...(webhooks === undefined ? {} : { webhooks: webhooks.map(webhook => calling(webhook, namespace)) }),
  } as Manifest;
}

function inNamespace<T extends { namespace?: string }>(value: T, namespace: string): T {
  return value.namespace === undefined ? value : { ...value, namespace };
}

/** The certificate bundle is left out: the operator writes it. */
function calling(webhook: Webhook, namespace: string): Webhook {
  const clientConfig = without(webhook.clientConfig, "caBundle");
  const { service } = clientConfig;
  return {
    ...webhook,
    clientConfig:
      service === undefined ? clientConfig : { ...clientConfig, service: inNamespace(service, namespace) },
  };
}

function annotated(object: Manifest, annotations: Record<string, string>): Manifest {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } } };
}

function operatorDeployment(object: Deployment, operator: ResolvedOperator): Manifest {
  const deployment = withPod(object, operator, {
    image: operator.image,
    resources: operator.resources,
    env: { OPERATOR_IMAGE_NAME: operator.image },
  });
  deployment.spec.replicas = operator.replicas;
  if (Object.keys(operator.settings).length > 0) {
    // The operator reads its settings at the start only.
    const hash = createHash("sha256").update(JSON.stringify(operator.settings)).digest("hex").slice(0, 16);
    const { metadata } = deployment.spec.template;
    deployment.spec.template.metadata = {
      ...metadata,
      annotations: { ...metadata?.annotations, [settingsHash]: hash },
    };
  }
  return deployment;
}

function pluginDeployment(object: Deployment, operator: ResolvedOperator, plugin: ResolvedPlugin): Manifest {
  return withPod(object, operator, {
    image: plugin.image,
    resources: plugin.resources,
    env: { SIDECAR_IMAGE: plugin.sidecarImage },
    args: { "--log-level": plugin.logLevel },
  });
}

interface ContainerChange {
  image: string;
  resources: ContainerResources;
  env: Record<string, string>;
  /** Values of flags, by flag. */
  args?: Record<string, string>;
}

function withPod(object: Deployment, operator: ResolvedOperator, change: ContainerChange): Deployment {
  const { scheduling, imagePullSecrets } = operator;
  const pod = object.spec.template.spec;
  const spec = {
    ...pod,
    ...scheduling,
    ...(imagePullSecrets.length > 0 ? { imagePullSecrets: imagePullSecrets.map(name => ({ name })) } : {}),
    containers: pod.containers.map(container => changed(container, operator, change)),
  };
  return { ...object, spec: { ...object.spec, template: { ...object.spec.template, spec } } };
}

function changed(container: Container, operator: ResolvedOperator, change: ContainerChange): Container {
  const env = (container.env ?? []).filter(variable => !(variable.name in change.env));
  return {
    ...container,
    image: change.image,
    imagePullPolicy: operator.imagePullPolicy,
    resources: withoutUndefined(change.resources),
    env: [...env, ...Object.entries(change.env).map(([name, value]) => ({ name, value }))],
    ...(change.args === undefined ? {} : { args: withFlags(container.args ?? [], change.args) }),
  };
}

function withFlags(args: readonly string[], flags: Record<string, string>): string[] {
  const kept = args.filter(argument => !Object.keys(flags).some(flag => argument.startsWith(`${flag}=`)));
  return [...kept, ...Object.entries(flags).map(([flag, value]) => `${flag}=${value}`)];
}

function settings(operator: ResolvedOperator): Manifest[] {
  if (Object.keys(operator.settings).length === 0) return [];
  const { namespace } = operator;
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: operatorNames.configMap, namespace, labels: { ...operatorLabels } },
      data: operator.settings,
    },
  ];
}

function podMonitor(operator: ResolvedOperator): Manifest[] {
  const { podMonitor: wanted, apiGroup = "monitoring.coreos.com", labels, interval } = operator.monitoring;
  if (!wanted) return [];
  return [
    {
      apiVersion: `${apiGroup}/v1`,
      kind: "PodMonitor",
      metadata: {
        name: operatorNames.deployment,
        namespace: operator.namespace,
        labels: { ...operatorLabels, ...labels },
      },
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } },
        podMetricsEndpoints: [withoutUndefined({ port: "metrics", interval })],
      },
    },
  ];
}

/** With one replica a budget would block every node drain. */
function disruptionBudget(operator: ResolvedOperator): Manifest[] {
  if (operator.replicas < 2) return [];
  return [
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: {
        name: operatorNames.deployment,
        namespace: operator.namespace,
        labels: { ...operatorLabels },
      },
      spec: { minAvailable: 1, selector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } } },
    },
  ];
}

function requireDeployment(objects: readonly Manifest[], name: string, argument: string): void {
  if (objects.some(object => isDeployment(object) && object.metadata.name === name)) return;
  throw new ArgumentError({
    component: "CnpgOperator",
    argument,
    problem: `holds no Deployment ${name}, so it is not the manifest it should be.`,
  });
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function without<T extends object>(value: T, name: keyof T): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name)) as T;
}
