import { DataDurability, type SynchronousReplication } from "../cnpg/cluster";
import { addedByScaleUp, removedByScaleDown, type ScalingPod } from "./scaling";

/** How many servers an instance has, before their number is changed. */
export interface ServerSet {
  instance: string;
  /** Cluster of the generation that serves. */
  cluster: string;
  /** What the arguments of the last update ask for. */
  declared: number;
  /** What the Cluster asks for; it differs when somebody scaled by hand. */
  live: number;
  /** Also those without a pod. */
  instanceNames: readonly string[];
  pods: readonly ScalingPod[];
  hibernated: boolean;
  synchronous?: SynchronousReplication;
}

/** Why a change is not to be made. */
export interface ChangeRefusal {
  /** A sentence. */
  problem: string;
  /** A sentence. */
  remedy: string;
}

/** What another number of standbys would do. */
export interface StandbyChange {
  /** Number of servers, with the primary, that the last update asked for. */
  from: number;
  /** Number of servers that the arguments are to ask for. */
  to: number;
  /** Names of the standbys that are made. */
  added: string[];
  /** Names of the standbys that are deleted with their volumes, in that order. */
  removed: string[];
  refused: ChangeRefusal[];
  warnings: string[];
}

/** What more standbys would do. Pure. */
export function planAddition(servers: ServerSet, count: number): StandbyChange {
  const { declared, cluster, instanceNames } = servers;
  const to = declared + count;
  const added = addedByScaleUp(cluster, instanceNames, Math.max(0, to - instanceNames.length));
  const cost = `Each new standby needs a volume as large as that of the primary, and copies its data over the network.`;
  return {
    from: declared,
    to,
    added,
    removed: [],
    refused: asleep(servers),
    warnings: [...drift(servers), cost],
  };
}

/**
 * What fewer standbys would do. Pure.
 * @param wanted the standby that somebody wants to be rid of
 */
export function planRemoval(servers: ServerSet, count: number, wanted?: string): StandbyChange {
  const { declared, instanceNames, pods } = servers;
  const to = declared - count;
  const removed =
    to < 1 || servers.hibernated
      ? []
      : removedByScaleDown(instanceNames, pods, Math.max(0, instanceNames.length - to));
  return {
    from: declared,
    to,
    added: [],
    removed,
    refused: [...asleep(servers), ...tooFew(servers, to), ...otherStandby(servers, removed, wanted)],
    warnings: [...drift(servers), ...losses(servers, to, removed)],
  };
}

function asleep({ hibernated, instance }: ServerSet): ChangeRefusal[] {
  if (!hibernated) return [];
  return [
    {
      problem: `${instance} is hibernated: it has no servers now.`,
      remedy: "Wake it first: hibernated: false.",
    },
  ];
}

function tooFew({ synchronous, instance }: ServerSet, to: number): ChangeRefusal[] {
  if (to < 1) {
    return [
      {
        problem: `${instance} would have ${to} servers, and its primary is one that stays.`,
        remedy: "Remove fewer standbys. The whole instance is deleted with the argument deletion.",
      },
    ];
  }
  if (synchronous === undefined) return [];
  const { number, dataDurability, failoverQuorum, standbyNamesPre = [], standbyNamesPost = [] } = synchronous;
  const standbys = to - 1 + standbyNamesPre.length + standbyNamesPost.length;
  const preferred = dataDurability === DataDurability.preferred;
  if (number > (preferred ? standbys : standbys - 1)) {
    const why = preferred ? "" : ", and with dataDurability required writes stop when one more is away";
    return [
      {
        problem: `${counted(number, "standby", "standbys")} must confirm each commit, and ${standbys} would be left${why}.`,
        remedy: "Lower synchronous.number, or take another class of availability, in the same update.",
      },
    ];
  }
  if (failoverQuorum === true && to < 3) {
    return [
      {
        problem: `With ${to} servers no quorum decides on a failover: it needs 3.`,
        remedy: "Keep 3 servers, or set synchronous.failoverQuorum: false in the same update.",
      },
    ];
  }
  return [];
}

function otherStandby(
  { instance }: ServerSet,
  removed: readonly string[],
  wanted: string | undefined,
): ChangeRefusal[] {
  if (wanted === undefined || removed.length === 0 || removed.includes(wanted)) return [];
  return [
    {
      problem: `CloudNativePG would remove ${removed.join(", ")} and keep ${wanted}: it takes one without a pod first, else the standby with the highest number that is ready. Nobody can choose another.`,
      remedy: `To have ${wanted} made anew in its place: pulumi-cnpg replica rebuild ${instance} ${wanted}.`,
    },
  ];
}

function losses({ instance, pods }: ServerSet, to: number, removed: readonly string[]): string[] {
  const warnings: string[] = [];
  const waiting = pods.filter(({ ready }) => !ready).map(({ name }) => name);
  if (waiting.length > 0) {
    warnings.push(
      `CloudNativePG removes nothing while ${waiting.join(", ")} is not ready, and then looks again.`,
    );
  }
  if (removed.length > 0) warnings.push(`The volumes of ${removed.join(", ")} are deleted.`);
  if (to === 1) {
    warnings.push(
      `${instance} would have no standby: when its primary fails, clients wait until its pod is back, and readers are served by the primary.`,
    );
  }
  return warnings;
}

function drift({ declared, live, cluster }: ServerSet): string[] {
  if (declared === live) return [];
  return [
    `The last update asked for ${counted(declared, "server", "servers")}, and Cluster ${cluster} asks for ${live}: somebody scaled it by hand. The next update takes that back.`,
  ];
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
