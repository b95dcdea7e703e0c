import * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../cnpg/object";
import { merge } from "../merge";
import { type CnpgOperatorArgs, OperatorSource, PluginCertificates } from "./args";
import { type ChildContext, childOptions, makeChildren, makeJob, type OperatorTransforms } from "./children";
import { chartName, chartRepository, helmValues, releaseKey } from "./helm";
import { admissionGateJob, certificatesJob, preflightJob, watchDeployment } from "./jobs";
import { downloadManifest, isRemote, readManifest } from "./manifest";
import {
  checkKeys,
  isDefinition,
  isDeployment,
  objectKey,
  overridden,
  renderNamespace,
  renderOperator,
  renderPlugin,
} from "./render";
import { type ManifestSource, type ResolvedOperator, resolveOperator } from "./resolve";
import { claimCluster } from "./singleton";
import { validateOperator } from "./validate";

/** Options of {@link CnpgOperator}. */
export interface CnpgOperatorOptions extends pulumi.ComponentResourceOptions {
  /**
   * Changes single children before they are registered, where neither an argument nor `overrides` reaches; by kind and name
   * as in `overrides`.
   */
  transform?: OperatorTransforms;
}

/**
 * CloudNativePG and, unless switched off, the Barman Cloud plugin, as one pinned unit. One per cluster.
 *
 * It is ready when admission answers, not when pods run: whatever has `dependsOn` on it is created after that, and is removed
 * while the operator still lives. Custom resource definitions stay in the cluster when the component is removed, because with
 * them every database would go; a later installation takes them over. Everything else goes.
 *
 * @example
 * const operator = new CnpgOperator("operator");
 * const orders = new PostgresInstance("orders", {}, { dependsOn: operator });
 */
export class CnpgOperator extends pulumi.ComponentResource {
  /** Namespace of operator and plugin. */
  public readonly namespace: pulumi.Output<string>;
  /** Version of CloudNativePG. */
  public readonly version: pulumi.Output<string>;
  /** Version of the Barman Cloud plugin, when it is installed. */
  public readonly pluginVersion: pulumi.Output<string | undefined>;
  /** True once admission has answered; not known before. */
  public readonly ready: pulumi.Output<boolean>;

  /**
   * @throws ArgumentError naming each wrong argument, or the operator that this cluster gets from the same program already.
   */
  constructor(name: string, args: CnpgOperatorArgs = {}, opts?: CnpgOperatorOptions) {
    validateOperator(name, args);
    const { transform = {}, ...options } = opts ?? {};
    const plan = { name, operator: resolveOperator(args), opts: options, transform };
    const manifests = localManifests(plan);
    const objects = manifests && renderObjects(plan, manifests);
    claimCluster(name, options);
    super("pulumi-cnpg:index:CnpgOperator", name, plannedAs({ ...plan, objects }), options);
    const { operator } = plan;
    this.namespace = pulumi.output(operator.namespace);
    this.version = pulumi.output(operator.version);
    this.pluginVersion = pulumi.output(operator.plugin?.version);
    this.ready = pulumi.output(this.getData() as Promise<Installation>).ready;
    // Waiting for `ready` keeps an inline program from ending while manifests are downloaded.
    this.registerOutputs({
      namespace: this.namespace,
      version: this.version,
      pluginVersion: this.pluginVersion,
      ready: this.ready,
    });
  }

  /** Makes the children. Whatever depends on the component waits for it, also while manifests are downloaded. */
  protected override async initialize(inputs: pulumi.Inputs): Promise<Installation> {
    const plan = plans.get(inputs);
    if (plan === undefined)
      throw new Error("CnpgOperator: initialize was called with inputs the constructor did not make");
    const objects = plan.objects ?? renderObjects(plan, await remoteManifests(plan));
    return install(this, plan, objects);
  }
}

interface Plan {
  name: string;
  operator: ResolvedOperator;
  opts: pulumi.ComponentResourceOptions;
  transform: OperatorTransforms;
  /** What is to be installed; absent while a manifest has to be downloaded. */
  objects?: Objects;
}

interface Manifests {
  operator: Manifest[];
  plugin: Manifest[];
}

interface Installation {
  ready: pulumi.Output<boolean>;
}

// `initialize` runs inside `super`, before there is a `this` to hold anything, and is given the component's inputs only.
// Those go to the engine, so they stay empty and their identity leads to the plan.
const plans = new WeakMap<object, Plan>();

function plannedAs(plan: Plan): pulumi.Inputs {
  const inputs = {};
  plans.set(inputs, plan);
  return inputs;
}

function sources({ operator }: Plan): { operator: ManifestSource; plugin?: ManifestSource } {
  return { operator: operator.manifest, plugin: operator.plugin?.manifest };
}

/** The manifests, when no download is needed: what is wrong with them is then said before anything is registered. */
function localManifests(plan: Plan): Manifests | undefined {
  const { operator, plugin } = sources(plan);
  if (isRemote(operator) || (plugin !== undefined && isRemote(plugin))) return undefined;
  return {
    operator: readManifest(plan.name, operator),
    plugin: plugin === undefined ? [] : readManifest(plan.name, plugin),
  };
}

async function remoteManifests(plan: Plan): Promise<Manifests> {
  const read = async (source: ManifestSource): Promise<Manifest[]> =>
    isRemote(source) ? downloadManifest(plan.name, source) : readManifest(plan.name, source);
  const { operator, plugin } = sources(plan);
  const [ofOperator, ofPlugin] = await Promise.all([
    read(operator),
    plugin === undefined ? [] : read(plugin),
  ]);
  return { operator: ofOperator, plugin: ofPlugin };
}

function install(
  parent: pulumi.ComponentResource,
  { name, operator, opts, transform }: Plan,
  objects: Objects,
): Installation {
  const context: ChildContext = { name, parent, opts, transform, readyTimeout: operator.readyTimeout };
  const namespace = makeChildren(context, objects.namespace, []);
  const preflight = makeJob(context, "preflight", preflightJob(operator), namespace);
  const definitions = makeChildren(
    context,
    [...objects.operator, ...objects.plugin].filter(isDefinition),
    preflight,
  );
  const controller =
    operator.source === OperatorSource.Manifest
      ? makeWorkload(context, objects.operator, preflight, definitions, [])
      : [
          makeRelease(context, operator, [...preflight, ...definitions]),
          ...makeChildren(context, objects.operator.filter(isOther), preflight),
        ];
  const certificates =
    operator.plugin?.certificates === PluginCertificates.SelfManaged
      ? makeJob(context, "certificates", certificatesJob(operator), preflight)
      : [];
  const plugin = makeWorkload(
    context,
    objects.plugin,
    preflight,
    [...definitions, ...certificates],
    controller,
  );
  const everything = [...definitions, ...controller, ...certificates, ...plugin];
  const [gate] = makeJob(context, "admission-gate", admissionGateJob(operator), everything);
  if (operator.recordEvents) makeChildren(context, watchDeployment(operator), everything);
  const { status } = gate as unknown as { status: pulumi.Output<unknown> };
  return { ready: status.apply(() => true) };
}

interface Objects {
  namespace: Manifest[];
  operator: Manifest[];
  plugin: Manifest[];
}

function renderObjects({ name, operator, transform }: Plan, manifests: Manifests): Objects {
  const objects: Objects = {
    namespace: renderNamespace(operator),
    operator: renderOperator(manifests.operator, operator),
    plugin: operator.plugin === undefined ? [] : renderPlugin(manifests.plugin, operator, operator.plugin),
  };
  const keys = [...objects.namespace, ...objects.operator, ...objects.plugin].map(objectKey);
  if (operator.source === OperatorSource.Helm) keys.push(releaseKey);
  checkKeys(name, "overrides", operator.overrides, keys);
  checkKeys(name, "opts.transform", transform, keys);
  return {
    namespace: overridden(objects.namespace, operator.overrides),
    operator: overridden(objects.operator, operator.overrides),
    plugin: overridden(objects.plugin, operator.overrides),
  };
}

/**
 * A Deployment with what it needs before it and its Services after it: the provider waits for a Service's pods, and the
 * plugin's Service has a finalizer that only a living operator releases.
 */
function makeWorkload(
  context: ChildContext,
  objects: readonly Manifest[],
  preflight: readonly pulumi.Resource[],
  before: readonly pulumi.Resource[],
  servicesAfter: readonly pulumi.Resource[],
): pulumi.CustomResource[] {
  const certificates = objects.filter(isCertificate);
  const needed = makeChildren(
    context,
    objects.filter(object => isOther(object) && !isCertificate(object)),
    preflight,
  );
  const issued = makeChildren(context, certificates, needed);
  const deployments = makeChildren(context, objects.filter(isDeployment), [...before, ...needed, ...issued]);
  const services = makeChildren(context, objects.filter(isService), [...servicesAfter, ...deployments]);
  return [...needed, ...issued, ...deployments, ...services];
}

function makeRelease(
  context: ChildContext,
  operator: ResolvedOperator,
  dependsOn: readonly pulumi.Resource[],
): pulumi.CustomResource {
  // Loaded only when used: it brings a hundred modules.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { Release } = require("@pulumi/kubernetes/helm/v3") as typeof import("@pulumi/kubernetes/helm/v3");
  const name = `${context.name}-${releaseKey}`;
  const args = {
    name: "cnpg",
    chart: chartName,
    version: operator.chart,
    repositoryOpts: { repo: chartRepository },
    namespace: operator.namespace,
    timeout: operator.readyTimeout,
    values: merge(helmValues(operator), operator.overrides[releaseKey]),
  };
  const object = { apiVersion: "helm.sh/v3", kind: "Release", metadata: { name: "cnpg" } };
  const opts = childOptions(context, object, dependsOn);
  const changed = context.transform[releaseKey]?.(args, opts, name);
  return new Release(name, (changed?.args as typeof args | undefined) ?? args, changed?.opts ?? opts);
}

function isService(object: Manifest): boolean {
  return object.kind === "Service";
}

function isCertificate(object: Manifest): boolean {
  return object.kind === "Certificate";
}

function isOther(object: Manifest): boolean {
  return !isDefinition(object) && !isDeployment(object) && !isService(object);
}
