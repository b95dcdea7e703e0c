import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import {
  CnpgOperator,
  configurationWarnings,
  type InstanceSize,
  ParameterProfile,
  PostgresInstance,
  type ProfileArgs,
  readConfiguration,
  type Workload,
} from "./src";

const config = new pulumi.Config("pulumi-cnpg");
const configuration = readConfiguration({
  config: key => config.get(key),
  secretConfig: key => config.getSecret(key),
  environment: process.env,
});

for (const warning of configurationWarnings(configuration)) void pulumi.log.warn(warning);

const provider = new kubernetes.Provider("kubernetes", {
  // `az aks get-credentials` names the context after the cluster.
  context: configuration.kubernetesContext ?? configuration.aksClusterName,
  // A changed password is written into the Secret; without these the object would be replaced.
  enableSecretMutable: true,
  enableConfigMapMutable: true,
});

const operator = configuration.installOperator
  ? new CnpgOperator(
      "cnpg",
      {
        manifest: { operator: configuration.operatorManifest, plugin: configuration.pluginManifest },
        plugin: { enabled: configuration.installBarmanPlugin },
        jobs: { image: configuration.jobsImage },
      },
      { provider },
    )
  : undefined;

/** What everything else in the stack waits for. */
const coreServices = operator === undefined ? [] : [operator];

/** What the server parameters depend on, for the profile that is published and for the instance. */
const server = {
  version: configuration.postgresVersion,
  instances: configuration.instances,
  size: configuration.size as InstanceSize,
  resources: { cpu: configuration.cpu, memory: configuration.memory },
  storage: { size: configuration.storageSize, storageClass: configuration.storageClass },
};

const work: ProfileArgs = {
  workload: configuration.profile as Workload,
  parameters: configuration.parameters,
};

const instance = new PostgresInstance(
  "postgres",
  {
    name: configuration.instanceName,
    namespace: configuration.namespace,
    createNamespace: configuration.namespace !== "default",
    ...server,
    profile: work,
    extensions: configuration.extensions,
    password: configuration.password,
    keepData: configuration.keepData,
    jobs: { image: configuration.jobsImage },
  },
  { provider, dependsOn: coreServices },
);

const profile = new ParameterProfile(
  "profile",
  { ...server, ...work, name: `${configuration.instanceName}-profile`, namespace: configuration.namespace },
  { provider, dependsOn: instance },
);

export const instanceName = instance.instanceName;
export const namespace = instance.namespace;
export const connectionSecret = instance.connectionSecret;
export const serviceName = instance.serviceName;
export const host = instance.host;
export const hostReadOnly = instance.hostReadOnly;
export const port = instance.port;
export const connectionString = instance.connectionString;
export const serverVersion = instance.serverVersion;
export const state = instance.state;
export const health = instance.health;
export const reference = instance.reference;
export const parameters = instance.parameters;
export const memoryBudget = instance.memoryBudget;
export const changePlan = instance.changePlan.apply(plan => plan ?? "no parameter changed");
export const profileConfigMap = profile.configMap;
