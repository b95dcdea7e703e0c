import * as batch from "@pulumi/kubernetes/batch/v1";
import * as pulumi from "@pulumi/pulumi";
import type { InstanceContext } from "../instance/children";
import { Cluster } from "../instance/cluster-resource";
import { account, jobSpec } from "../instance/jobs";
import { jobManifest } from "../jobs/job";
import { type Standing, standingOf } from "./standing";
import { grantIn } from "./children";
import { ofSource, type ResolvedFollow } from "./follow";
import { replicaStanza } from "./render";

/** What of a Cluster belongs to the Job that gives it its role, once the Cluster exists. */
export const roleFields = ["spec.replica"];

/**
 * Gives the active Cluster the role that the arguments say, and waits until it has it. Both sides of an exchange do it in one update,
 * without waiting for each other in the program: the promotion waits in the cluster for the demotion.
 */
export function roleJob(context: InstanceContext, dependsOn: pulumi.Resource[]): pulumi.Resource[] {
  const { children, name, args, instance } = context;
  const { follow, names, namespace, active } = instance;
  if (follow === undefined || instance.hibernated) return [];
  const accounts = account(
    context,
    names.roleJob,
    "role",
    [
      {
        apiGroups: ["postgresql.cnpg.io"],
        resources: ["clusters"],
        verbs: ["get", "patch"],
        resourceNames: [active.clusterName],
      },
    ],
    dependsOn,
  );
  const peer = follow.exchanges ? peerOf(context, follow, accounts) : { request: undefined, grants: [] };
  const manifest = pulumi.output(peer.request).apply(known => {
    const request = {
      namespace,
      cluster: active.clusterName,
      replica: replicaStanza(instance, follow),
      peer: known,
      timeoutSeconds: instance.readyTimeout,
    };
    const spec = jobSpec(instance, args, names.roleJob, "role", request, instance.readyTimeout + 60);
    return jobManifest({ ...spec, backoffLimit: 1 });
  });
  const job = children.make(
    "job",
    batch.Job,
    `${name}-role`,
    { metadata: manifest.metadata, spec: manifest.spec },
    {
      dependsOn: [...accounts, ...peer.grants],
      customTimeouts: { create: `${instance.readyTimeout + 90}s` },
    },
  );
  return [...accounts, ...peer.grants, job];
}

/** How the Job sees the other one. */
interface Peer {
  request: pulumi.Output<{ namespace: string; cluster: string; standing?: Standing }> | undefined;
  grants: pulumi.Resource[];
}

function peerOf(context: InstanceContext, follow: ResolvedFollow, accounts: pulumi.Resource[]): Peer {
  const { name, instance, parent, sourceProvider: provider } = context;
  const { names, namespace } = instance;
  const named = pulumi.output(
    ofSource(follow, namespace, source => ({ namespace: source.namespace, cluster: source.cluster })),
  );
  if (provider === undefined) {
    const rules = named.cluster.apply(cluster => [
      {
        apiGroups: ["postgresql.cnpg.io"],
        resources: ["clusters"],
        // It marks a demoted Cluster as answered.
        verbs: ["get", "patch"],
        resourceNames: [cluster],
      },
    ]);
    const holder = { name: names.roleJob, namespace };
    const grants = grantIn(
      context,
      "role-peer",
      `${namespace}-${names.roleJob}`,
      { namespace: named.namespace },
      rules,
      holder,
      accounts,
    );
    return { request: named, grants };
  }
  // The Job cannot look into another Kubernetes cluster: it is told what Pulumi saw.
  const id = named.apply(source => `${source.namespace}/${source.cluster}`);
  const cluster = new Cluster(`${name}-source-cluster`, {}, { id, parent, provider });
  const standing = pulumi
    .all([cluster.metadata, cluster.spec, cluster.status])
    .apply(([metadata, spec, status]) => standingOf({ metadata, spec, status }));
  return {
    request: pulumi.all([named, standing]).apply(([of, seen]) => ({ ...of, standing: seen })),
    grants: [],
  };
}
