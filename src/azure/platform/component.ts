import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig";
import { getManagedClusterOutput } from "@pulumi/azure-native/containerservice/getManagedCluster";
import { listManagedClusterUserCredentialsOutput } from "@pulumi/azure-native/containerservice/listManagedClusterUserCredentials";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { SchedulingArgs } from "../../instance/args";
import { combine } from "../../instance/children";
import { takesHooks } from "../../instance/record";
import { refuse } from "../../report";

import { grantRole } from "../roles";
import type { AdministratorArgs, AksPlatformArgs } from "./args";
import {
  issuerOf,
  makeCluster,
  makePostgresPools,
  type PlatformCluster,
  type PlatformContext,
} from "./cluster";
import { parseClusterId } from "./cluster-id";
import { existingProblems, existingWarnings, type FoundCluster } from "./existing";
import { endpointOf, kubeconfigOf } from "./login";
import { makeMonitoring } from "./monitoring";
import { askCluster, untilAllowed } from "./propagation";
import type { PlatformReference } from "./reference";
import { schedulingFor } from "./render";
import { type ResolvedPlatform, resolvePlatform } from "./resolve";
import { validatePlatform } from "./validate";

/**
 * The platform under instances: an AKS cluster with nodes for PostgreSQL in every zone, and a way in for the engine without a local account.
 * Or a cluster that exists, looked at and taken as it is.
 *
 * @example
 * const platform = new AksPlatform("shop", {
 *   location: "westeurope",
 *   apiServer: { authorizedRanges: ["203.0.113.0/24"] },
 * });
 * const operator = new CnpgOperator("cnpg", {}, { provider: platform.provider });
 * new PostgresInstance("orders", { scheduling: platform.scheduling }, { provider: platform.provider, dependsOn: operator });
 */
export class AksPlatform extends pulumi.ComponentResource {
  /** Region. */
  public readonly location: pulumi.Output<string>;
  /** Resource group of the cluster. */
  public readonly resourceGroupName: pulumi.Output<string>;
  public readonly clusterName: pulumi.Output<string>;
  /** ARM id of the cluster. */
  public readonly clusterId: pulumi.Output<string>;
  /** Issuer of the tokens of its ServiceAccounts. */
  public readonly oidcIssuerUrl: pulumi.Output<string>;
  /** Id of the virtual network that is made; empty for an existing cluster. */
  public readonly virtualNetworkId: pulumi.Output<string>;
  /** Id of its subnet for private endpoints; empty for an existing cluster. */
  public readonly endpointSubnetId: pulumi.Output<string>;
  /** Kubeconfig that logs in by kubelogin. It holds no secret. */
  public readonly kubeconfig: pulumi.Output<string>;
  /** What everything in the cluster takes as its provider. */
  public readonly provider: kubernetes.Provider;
  /** What instances take as `scheduling`. */
  public readonly scheduling: SchedulingArgs;
  /** What identities, storage and exposure take as their platform. */
  public readonly reference: PlatformReference;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: AksPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    validatePlatform(name, args);
    super("pulumi-cnpg:azure:AksPlatform", name, {}, opts);
    const platform = resolvePlatform(name, args);
    const client = getClientConfigOutput({ parent: this });
    const context: PlatformContext = {
      name,
      args,
      platform,
      tenantId: client.tenantId,
      // Children do not inherit dependsOn from a component.
      opts: { parent: this, protect: false, dependsOn: opts?.dependsOn },
      guarded: { parent: this, protect: platform.protect, dependsOn: opts?.dependsOn },
    };
    const cluster = args.existing === undefined ? makeCluster(context) : findCluster(context, this);
    if (args.existing === undefined)
      makeMonitoring(
        name,
        args,
        platform,
        { resourceGroupName: cluster.resourceGroupName, clusterId: cluster.id },
        context.opts,
      );

    this.location = cluster.location;
    this.resourceGroupName = cluster.resourceGroupName;
    this.clusterName = cluster.name;
    this.clusterId = cluster.id;
    this.oidcIssuerUrl = cluster.oidcIssuerUrl;
    this.virtualNetworkId = cluster.virtualNetworkId ?? pulumi.output("");
    this.endpointSubnetId = cluster.subnetIds?.endpoints ?? pulumi.output("");
    this.kubeconfig = kubeconfigFor(cluster, platform, client.tenantId, this);
    const roles = makeRoles(context, cluster, client.objectId, this.kubeconfig);
    this.provider = new kubernetes.Provider(
      `${name}-kubernetes`,
      {
        kubeconfig: this.kubeconfig,
        // The cluster is the same while its id is, whatever else of the kubeconfig changes.
        clusterIdentifier: cluster.id,
        enableSecretMutable: true,
        enableConfigMapMutable: true,
      },
      { parent: this, dependsOn: combine(opts?.dependsOn, [...cluster.ready, ...roles]) },
    );
    this.scheduling = schedulingFor(platform, args.existing);
    this.reference = {
      location: args.location ?? this.location,
      resourceGroupName: this.resourceGroupName,
      oidcIssuerUrl: this.oidcIssuerUrl,
    };
    this.registerOutputs({
      location: this.location,
      resourceGroupName: this.resourceGroupName,
      clusterName: this.clusterName,
      clusterId: this.clusterId,
      oidcIssuerUrl: this.oidcIssuerUrl,
      virtualNetworkId: this.virtualNetworkId,
      endpointSubnetId: this.endpointSubnetId,
      kubeconfig: this.kubeconfig,
      scheduling: this.scheduling,
      reference: this.reference,
    });
  }
}

/** Looks at a cluster that exists, at preview too. */
function findCluster(context: PlatformContext, parent: pulumi.Resource): PlatformCluster {
  const { name, args } = context;
  const { id = "", resourceGroupName = "", clusterName = "" } = args.existing ?? {};
  const place = parseClusterId(id) ?? { resourceGroupName, clusterName };
  const found = getManagedClusterOutput(
    { resourceGroupName: place.resourceGroupName, resourceName: place.clusterName },
    { parent },
  ).apply(answer => {
    const cluster = answer as FoundCluster;
    refuse(existingProblems(name, args, cluster));
    for (const warning of existingWarnings(cluster)) void pulumi.log.warn(warning, parent);
    return cluster;
  });
  const clusterNameFound = found.apply(cluster => cluster.name);
  const pools = makePostgresPools(context, place.resourceGroupName, { name: clusterNameFound }, undefined);
  return {
    id: found.apply(cluster => cluster.id),
    name: clusterNameFound,
    askedName: place.clusterName,
    location: found.apply(cluster => cluster.location),
    resourceGroupName: pulumi.output(place.resourceGroupName),
    oidcIssuerUrl: found.apply(cluster => issuerOf(cluster.oidcIssuerProfile)),
    ready: pools,
  };
}

function kubeconfigFor(
  cluster: PlatformCluster,
  platform: ResolvedPlatform,
  tenantId: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const credentials = listManagedClusterUserCredentialsOutput(
    { resourceGroupName: cluster.resourceGroupName, resourceName: cluster.askedName, format: "exec" },
    { parent },
  );
  return pulumi
    .all([credentials, cluster.name, cluster.location, tenantId])
    .apply(([{ kubeconfigs }, name, location, tenant]) => {
      const text = Buffer.from(kubeconfigs[0]?.value ?? "", "base64").toString("utf8");
      const login = { ...platform.login, tenantId: platform.login.tenantId ?? tenant };
      return kubeconfigOf(name, endpointOf(text), login, location);
    });
}

/** The administrators' roles. Each is done only when Kubernetes knows that the deployer is one of them. */
function makeRoles(
  { name, args, platform, opts }: PlatformContext,
  cluster: PlatformCluster,
  deployer: pulumi.Output<string>,
  kubeconfig: pulumi.Output<string>,
): pulumi.Resource[] {
  const whoDeploys: Pick<AdministratorArgs, "principalId"> & { principalType?: string } = {
    principalId: deployer,
  };
  const administrators: (typeof whoDeploys)[] =
    args.administrators ?? (args.existing === undefined ? [whoDeploys] : []);
  const hooks = admissionHooks(name, platform, kubeconfig, administrators.length);
  return administrators.map(({ principalId, principalType }, index) =>
    grantRole(
      `${name}-administrator-${index + 1}`,
      {
        role: "aksRbacClusterAdmin",
        principalId,
        principalType,
        scope: cluster.id,
        description: "Administrates Kubernetes.",
      },
      { ...opts, hooks },
    ),
  );
}

/** Kubernetes is asked once, however many administrators there are: the answer is about the deployer. */
function admissionHooks(
  name: string,
  platform: ResolvedPlatform,
  kubeconfig: pulumi.Output<string>,
  count: number,
): pulumi.ResourceHookBinding | undefined {
  if (count === 0 || !takesHooks()) return undefined;
  let asked: Promise<void> | undefined;
  const admitted = new Promise<string>(resolve => kubeconfig.apply(resolve));
  const hook = new pulumi.ResourceHook(`${name}-administrator-admitted`, () => {
    asked ??= admitted.then(text =>
      untilAllowed(() => askCluster(text), {
        timeoutMilliseconds: platform.login.propagationTimeout * 1000,
        intervalMilliseconds: 10_000,
        now: Date.now,
        sleep: milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds)),
      }),
    );
    return asked;
  });
  return { afterCreate: [hook] };
}
