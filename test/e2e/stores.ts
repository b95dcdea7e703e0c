import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BlobServiceClient, type ContainerClient } from "@azure/storage-blob";
import type { SpecEnvironment } from "./environment";
import type { ProxyReport, ProxyRequest, StoreFault } from "./store-proxy";

export { StoreFault } from "./store-proxy";

/** A container of the object store that a spec has for itself, and the way to look into it and to damage it. */
export interface SpecStore {
  /** Name of the container. */
  readonly container: string;
  /** URL of the container. */
  readonly destinationPath: string;
  /** Of the account the container is in. */
  readonly connectionString: string;
  /** Names of the blobs that begin with a prefix, sorted. Default: all. */
  list(prefix?: string): Promise<string[]>;
  read(blob: string): Promise<Buffer>;
  /** Writes a blob, in place of the one that is there. */
  write(blob: string, content: Buffer | string): Promise<void>;
  /** Inverts the byte in the middle: a copy of the same size with other content. */
  damage(blob: string): Promise<void>;
  /** Removes a blob that must be there. */
  remove(blob: string): Promise<void>;
}

/** A store that fails on demand, for its users only: looking into it and damaging it always work. */
export interface FaultyStore extends SpecStore {
  /** Lets it fail from now on, in place of another fault. Healed after the spec at the latest. */
  fail(fault: StoreFault): Promise<void>;
  heal(): Promise<void>;
  /** Connections and requests that met a fault so far: tells that somebody has noticed. */
  hits(): Promise<number>;
}

/** Every container of the specs begins so. */
const prefix = "e2e-";

/** The account that the specs use: the embedded cluster's, or with a named context the one in the environment. */
export function storeAccount({ cluster }: SpecEnvironment): string | undefined {
  if (cluster !== undefined) return cluster.objectStore.connectionString;
  const given = process.env.BACKUP_CONNECTION_STRING ?? "";
  return given === "" ? undefined : given;
}

/** Why a spec that needs a store cannot run; `undefined` when it can. */
export function missingStore(environment: SpecEnvironment, faults: boolean): string | undefined {
  if (storeAccount(environment) === undefined)
    return "no object store is named: set BACKUP_CONNECTION_STRING to that of a storage account for tests";
  if (faults && environment.cluster === undefined)
    return "faults of the object store are made in the embedded cluster only";
  return undefined;
}

function requireStore(environment: SpecEnvironment, faults: boolean): string {
  const reason = missingStore(environment, faults);
  if (reason !== undefined) throw new Error(`This spec cannot run: ${reason}.`);
  return storeAccount(environment) ?? "";
}

/** Removes the containers of runs that were killed. An account that others may use is left alone. */
export async function removeLeftContainers({ cluster }: SpecEnvironment): Promise<string[]> {
  if (cluster === undefined) return [];
  const account = BlobServiceClient.fromConnectionString(cluster.objectStore.connectionString);
  const left: string[] = [];
  for await (const { name } of account.listContainers({ prefix })) left.push(name);
  for (const name of left) await account.deleteContainer(name);
  return left;
}

/** The stores of one spec. */
export class SpecStores {
  private readonly containers: ContainerClient[] = [];
  private readonly proxies: Proxy[] = [];

  /** @param name of the container, unique and lower case, without the prefix */
  async store(environment: SpecEnvironment, name: string): Promise<SpecStore> {
    const connectionString = requireStore(environment, false);
    const account = BlobServiceClient.fromConnectionString(connectionString);
    const container = account.getContainerClient(`${prefix}${name}`);
    await container.create();
    this.containers.push(container);
    return {
      container: container.containerName,
      destinationPath: container.url,
      connectionString,
      ...facts(container),
    };
  }

  /** The same behind a proxy in the cluster's network. */
  async faultyStore(environment: SpecEnvironment, name: string): Promise<FaultyStore> {
    requireStore(environment, true);
    const store = await this.store(environment, name);
    const proxy = await Proxy.start(environment, store.destinationPath);
    this.proxies.push(proxy);
    return {
      ...store,
      destinationPath: proxy.address(store.destinationPath),
      connectionString: store.connectionString.replace(/(?<=BlobEndpoint=)[^;]+/, url => proxy.address(url)),
      fail: fault => proxy.set(fault),
      heal: () => proxy.set(undefined),
      hits: () => proxy.hits(),
    };
  }

  /** Ends all faults. The stores stay, for what still writes to them. */
  async heal(): Promise<void> {
    for (const proxy of this.proxies) await proxy.set(undefined);
  }

  /** Removes the containers with everything in them, and the proxies. */
  async remove(): Promise<void> {
    for (const proxy of this.proxies.splice(0)) proxy.end();
    for (const container of this.containers.splice(0)) await container.deleteIfExists();
  }
}

type Facts = Pick<SpecStore, "list" | "read" | "write" | "damage" | "remove">;

function facts(container: ContainerClient): Facts {
  const blob = (name: string) => container.getBlockBlobClient(name);
  const read = (name: string): Promise<Buffer> => blob(name).downloadToBuffer();
  const write = async (name: string, content: Buffer | string): Promise<void> => {
    await blob(name).uploadData(Buffer.from(content));
  };
  return {
    list: async start => {
      const names: string[] = [];
      for await (const { name } of container.listBlobsFlat(start === undefined ? {} : { prefix: start }))
        names.push(name);
      return names.sort();
    },
    read,
    write,
    damage: async name => {
      const content = await read(name);
      if (content.length === 0) throw new Error(`${name} is empty: there is nothing in it to damage.`);
      const middle = Math.floor(content.length / 2);
      content[middle] = (content[middle] ?? 0) ^ 0xff;
      await write(name, content);
    },
    remove: async name => {
      await blob(name).delete();
    },
  };
}

/** A process in the cluster's network namespace, which ends with this one. */
class Proxy {
  private constructor(
    private readonly child: ChildProcess,
    private readonly host: string,
    private readonly port: number,
  ) {}

  static async start({ cluster }: SpecEnvironment, target: string): Promise<Proxy> {
    if (cluster === undefined) throw new Error("There is no embedded cluster to run the proxy in.");
    const { nodeAddress, netns } = cluster;
    const program = [process.execPath, join(__dirname, "store-proxy.js"), nodeAddress, target];
    const child = spawn("nsenter", [`--net=/run/netns/${netns}`, "--", ...program], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const { port } = await nextReport(child);
    return new Proxy(child, nodeAddress, port);
  }

  /** The same URL at the proxy. */
  address(url: string): string {
    const moved = new URL(url);
    moved.host = `${this.host}:${this.port}`;
    return moved.href;
  }

  async set(fault: StoreFault | undefined): Promise<void> {
    await this.ask({ set: fault === undefined ? {} : { fault } });
  }

  async hits(): Promise<number> {
    return (await this.ask({})).hits;
  }

  end(): void {
    if (this.child.connected) this.child.disconnect();
  }

  private async ask(request: ProxyRequest): Promise<ProxyReport> {
    const report = nextReport(this.child);
    this.child.send(request);
    return report;
  }
}

/** The proxy's next word; fails when it ends instead. */
async function nextReport(child: ChildProcess): Promise<ProxyReport> {
  const stop = new AbortController();
  const { signal } = stop;
  const ended = once(child, "exit", { signal }).then(([code]) => {
    throw new Error(`The proxy before the object store has ended with exit code ${String(code)}.`);
  });
  try {
    const [report] = (await Promise.race([once(child, "message", { signal }), ended])) as [ProxyReport];
    return report;
  } finally {
    stop.abort();
  }
}
