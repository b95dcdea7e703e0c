import type { DeploymentArgs } from "@pulumi/kubernetes/apps/v1";
import type { core } from "@pulumi/kubernetes/types/input";
import { ownAnnotations } from "../../cnpg/metadata";
import { jobsImage } from "../../jobs/image";
import { jobsSecurity, jobsUser, operationCommand } from "../../jobs/job";
import { leafOf } from "../../leaf";
import { merge } from "../../merge";
import { present } from "../../present";
import type { ApplicationPortArgs, ApplicationVolumeArgs, HttpProbeArgs, TauApplicationArgs } from "./args";
import { loginVariables } from "../login-environment";
import type { Binding } from "./bindings";
import { podLabels } from "./databases";

type PodSpec = core.v1.PodSpec;
type Container = core.v1.Container;
type Volume = core.v1.Volume;
type Common = { labels: Record<string, string>; namespace: string };

/** Name of the container of the application. */
export const containerName = "app";

/** Seconds that a pod waits for its database before it begins anew, with the reason in its log. */
const databasePatience = 600;

/** Name of a port. */
function portName(index: number, { name, port }: ApplicationPortArgs): string {
  return name ?? (index === 0 ? "http" : `port-${port}`);
}

/** The Deployment; its pods begin when each of their databases answers. */
export function deployment(
  name: string,
  args: TauApplicationArgs,
  { labels, namespace }: Common,
  bindings: readonly Binding[],
): DeploymentArgs {
  const revisions = bindings.flatMap(({ name: of, revision }) =>
    revision === undefined ? [] : [[`${ownAnnotations.credentials}-${of}`, revision] as const],
  );
  const annotations = Object.fromEntries(revisions);
  const manifest = {
    metadata: { name, namespace, labels },
    spec: {
      replicas: args.replicas ?? 1,
      // A volume that one node mounts cannot be in two pods.
      ...((args.volumes ?? []).some(({ size, claim }) => (size ?? claim) !== undefined)
        ? { strategy: { type: "Recreate" } }
        : {}),
      selector: { matchLabels: podLabels(name) },
      template: {
        metadata: {
          labels: { ...labels, ...podLabels(name) },
          ...(revisions.length === 0 ? {} : { annotations }),
        },
        spec: podSpec(name, args, bindings),
      },
    },
  };
  return merge<DeploymentArgs>(manifest, args.overrides?.deployment);
}

function podSpec(name: string, args: TauApplicationArgs, bindings: readonly Binding[]): PodSpec {
  const { serviceAccountName, imagePullSecrets, volumes = [] } = args;
  return {
    ...present({ serviceAccountName }),
    ...(imagePullSecrets === undefined
      ? {}
      : { imagePullSecrets: imagePullSecrets.map(of => ({ name: of })) }),
    ...(bindings.length === 0
      ? {}
      : { initContainers: bindings.map(binding => databaseWait(binding, args)) }),
    containers: [container(args, bindings)],
    volumes: [...bindings.map(({ volume }) => volume), ...volumes.map(volume => podVolume(name, volume))],
  };
}

/** Logs in as the application does, again and again until it works. */
function databaseWait(binding: Binding, { jobs }: TauApplicationArgs): Container {
  const command = leafOf(binding.check, check =>
    operationCommand("connection-check", {
      ...check,
      sslmode: "verify-full",
      waitOnly: true,
      timeoutSeconds: databasePatience,
    }),
  );
  return {
    name: `wait-for-${binding.name}`.slice(0, 63).replace(/-$/, ""),
    image: jobs?.image ?? jobsImage,
    imagePullPolicy: jobs?.imagePullPolicy ?? "IfNotPresent",
    command,
    env: loginVariables(binding.secret),
    resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    securityContext: { runAsNonRoot: true, runAsUser: jobsUser, ...jobsSecurity },
    volumeMounts: [binding.mount],
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
}

function container(args: TauApplicationArgs, bindings: readonly Binding[]): Container {
  const { image, imagePullPolicy, command, ports = [], env = {}, resources, volumes = [] } = args;
  return {
    name: containerName,
    image,
    ...present({ imagePullPolicy, command, args: args.arguments, resources }),
    env: [
      ...bindings.flatMap(({ environment }) => environment),
      ...Object.entries(env).map(([of, value]) => ({ name: of, value })),
    ],
    ...(ports.length === 0
      ? {}
      : { ports: ports.map((port, index) => ({ name: portName(index, port), containerPort: port.port })) }),
    ...probes(args),
    volumeMounts: [
      ...bindings.map(({ mount }) => mount),
      ...volumes.map(({ name, mountPath, readOnly }) => ({ name, mountPath, ...present({ readOnly }) })),
    ],
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
}

function probes({ probes: given = {}, ports = [] }: TauApplicationArgs): object {
  const probe = ({ path = "/", port = ports[0]?.port, ...times }: HttpProbeArgs): object => ({
    httpGet: { path, port },
    ...present(times),
  });
  return Object.fromEntries(
    (["startup", "readiness", "liveness"] as const).flatMap(kind => {
      const of = given[kind];
      return of === undefined ? [] : [[`${kind}Probe`, probe(of)]];
    }),
  );
}

/** Name of the claim that a volume gets. */
export function claimName(name: string, volume: ApplicationVolumeArgs): string {
  return `${name}-${volume.name}`;
}

function podVolume(application: string, volume: ApplicationVolumeArgs): Volume {
  const { name, size, claim, configMap, secret } = volume;
  const claimed = claim ?? (size === undefined ? undefined : claimName(application, volume));
  if (claimed !== undefined) return { name, persistentVolumeClaim: { claimName: claimed } };
  if (configMap !== undefined) return { name, configMap: { name: configMap } };
  return secret === undefined ? { name, emptyDir: {} } : { name, secret: { secretName: secret } };
}

/** The Service; undefined without ports. */
export function service(
  name: string,
  { ports = [], overrides }: TauApplicationArgs,
  { labels, namespace }: Common,
): { metadata: object; spec: object } | undefined {
  if (ports.length === 0) return undefined;
  const manifest = {
    metadata: { name, namespace, labels },
    spec: {
      selector: podLabels(name),
      ports: ports.map((port, index) => ({
        name: portName(index, port),
        port: port.servicePort ?? port.port,
        targetPort: port.port,
      })),
    },
  };
  return merge(manifest, overrides?.service);
}

/** The Ingress; undefined where it is reached from inside only. */
export function ingress(
  name: string,
  { ingress: given, ports = [], overrides }: TauApplicationArgs,
  { labels, namespace }: Common,
): { metadata: object; spec: object } | undefined {
  const [first] = ports;
  if (given === undefined || first === undefined) return undefined;
  const { host, path = "/", className, tlsSecret, annotations } = given;
  const backend = { service: { name, port: { number: first.servicePort ?? first.port } } };
  const manifest = {
    metadata: { name, namespace, labels, ...present({ annotations }) },
    spec: {
      ...present({ ingressClassName: className }),
      ...(tlsSecret === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecret }] }),
      rules: [{ host, http: { paths: [{ path, pathType: "Prefix", backend }] } }],
    },
  };
  return merge(manifest, overrides?.ingress);
}
