import type * as pulumi from "@pulumi/pulumi";
import type { BindingMount, BindingVolume, SecretVariable } from "../credentials";

/** How the pods of an application reach one of its databases. */
export interface Binding {
  /** Name of the binding: of its volume. */
  name: string;
  /** Name of the Secret. */
  secret: pulumi.Input<string>;
  environment: SecretVariable<pulumi.Input<string>>[];
  volume: pulumi.Input<BindingVolume>;
  mount: pulumi.Input<BindingMount>;
  /** What a container that waits for the server is told. */
  check: pulumi.Input<{ host: string; port: number; database: string; caFile: string }>;
  /** Changes with the credentials, where Pulumi changes them. */
  revision?: pulumi.Input<string>;
  /** What pods have to wait for. */
  ready: pulumi.Resource[];
}

/** What of a pod template is looked at. */
interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  volumes?: object[];
}

interface Container {
  env?: { valueFrom?: { secretKeyRef?: { name?: unknown } } }[];
  volumeMounts?: object[];
}

/**
 * The pod's specification with the files of every database whose variables one of its containers has, because the URL names the certificate among
 * them. What is mounted already stays as it is.
 */
export function withBindingFiles<P extends object>(pod: P, bindings: readonly Binding[]): P {
  const spec = pod as PodSpec;
  const used = bindings.filter(binding =>
    [...list(spec.containers), ...list(spec.initContainers)].some(container => reads(container, binding)),
  );
  const missing = used.filter(({ name, volume }) => !mentions(spec.volumes, name, volume));
  if (missing.length === 0) return pod;
  const mounted = (containers: Container[] | undefined): Container[] | undefined =>
    Array.isArray(containers) ? containers.map(container => withMounts(container, missing)) : containers;
  return {
    ...pod,
    ...(spec.containers === undefined ? {} : { containers: mounted(spec.containers) }),
    ...(spec.initContainers === undefined ? {} : { initContainers: mounted(spec.initContainers) }),
    volumes: [...list(spec.volumes), ...missing.map(({ volume }) => volume)],
  };
}

function reads(container: Container, { secret }: Binding): boolean {
  return list(container.env).some(({ valueFrom }) => valueFrom?.secretKeyRef?.name === secret);
}

function mentions(volumes: object[] | undefined, name: string, volume: unknown): boolean {
  return list(volumes).some(found => found === volume || (found as { name?: unknown }).name === name);
}

function withMounts(container: Container, bindings: readonly Binding[]): Container {
  const own = bindings.filter(binding => reads(container, binding));
  if (own.length === 0) return container;
  return { ...container, volumeMounts: [...list(container.volumeMounts), ...own.map(({ mount }) => mount)] };
}

function list<T>(value: T[] | undefined): T[] {
  return Array.isArray(value) ? value : [];
}
