import type { ArchiveSurvey } from "../backup/archive/survey";
import { type Archive, openArchive } from "./archive";
import { kinds } from "./kubernetes";
import type { Operation } from "./operation";

/** Request of `archive-check`. */
export interface ArchiveCheckRequest {
  namespace: string;
  /** Name of the ObjectStore. */
  store: string;
  /** Archive that the Cluster will write. */
  server: string;
  /** Name of the Cluster. */
  cluster: string;
}

export const archiveCheck: Operation<ArchiveCheckRequest> = {
  help: `Looks, before a Cluster is created, whether the archive that it will write is free.
Request: namespace, store, server, cluster.
Fails when the archive holds something and the Cluster does not exist.`,
  read: json => ({
    namespace: json.text("namespace"),
    store: json.text("store"),
    server: json.text("server"),
    cluster: json.text("cluster"),
  }),
  async run({ namespace, store, server, cluster }, context) {
    if ((await context.api.get(kinds.cluster, namespace, cluster)) !== undefined) {
      context.say(`Cluster ${namespace}/${cluster} exists: archive ${server} is its own.`);
      return;
    }
    const archive = await openArchive(context, namespace, store);
    if (!(await archive.isEmpty(server))) throw new Error(await refusal(archive, server, cluster));
    context.say(`Archive ${server} in store ${store} is free.`);
  },
};

/** Two servers in one archive would make both unusable, and which WAL is whose could no longer be told. */
async function refusal(archive: Archive, server: string, cluster: string): Promise<string> {
  const holds = contents(await archive.survey(server, { readCommits: false }));
  const generation = /-g(\d+)$/.exec(cluster)?.[1] ?? "1";
  return (
    `Archive ${JSON.stringify(server)} in store ${JSON.stringify(archive.store)} already holds ${holds} of another server. ` +
    `Set \`generations.${generation}.archive\` to a new name, or restore from it with \`restore: { archive: ${JSON.stringify(server)} }\`.`
  );
}

function contents({ baseBackups, wal }: ArchiveSurvey): string {
  const last = baseBackups.at(-1)?.begin.slice(0, 16).replace("T", " ");
  const backups =
    baseBackups.length === 0
      ? []
      : [`${baseBackups.length} base backup${baseBackups.length === 1 ? "" : "s"} (the last of ${last} UTC)`];
  const newest = wal.at(-1)?.last;
  return [...backups, ...(newest === undefined ? [] : [`WAL up to ${newest}`])].join(" and ") || "something";
}
