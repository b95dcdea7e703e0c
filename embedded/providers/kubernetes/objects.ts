import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, NoSuchKind } from "./api";
import type { Api, Discovery, Kind } from "./api";
import { apiVersionOf, kindOf, list, nameOf, namespaceOf, text, without } from "./manifest";
import { isMap } from "../protocol/property";
import type { Manifest } from "./manifest";

const overtakenTries = 4;

/** Runs again what somebody else's write has overtaken, a little later each time. */
export async function unlessOvertaken<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ApiError && error.overtaken) || attempt === overtakenTries) throw error;
      await sleep(attempt * 200);
    }
  }
}

export interface WriteOptions {
  dryRun: boolean;
  fieldManager: string;
}

/** The objects of one kind in one namespace. */
export class Objects {
  private constructor(
    private readonly api: Api,
    private readonly path: string,
    private readonly kind: Kind,
  ) {}

  /** Throws {@link NoSuchKind} when the server does not serve the object's kind. */
  static async of(api: Api, discovery: Discovery, object: Manifest): Promise<Objects> {
    const apiVersion = apiVersionOf(object);
    const kind = await discovery.find(apiVersion, kindOf(object));
    if (kind === undefined) throw new NoSuchKind(apiVersion, kindOf(object));
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const namespace = kind.namespaced
      ? `/namespaces/${encodeURIComponent(namespaceOf(object) || "default")}`
      : "";
    return new Objects(api, `${root}${namespace}/${kind.plural}`, kind);
  }

  get(name: string): Promise<Manifest> {
    return this.api.request("GET", this.one(name));
  }

  async list(labelSelector: string): Promise<Manifest[]> {
    const answer = await this.api.request("GET", this.path, { query: { labelSelector } });
    return list(answer, "items") as Manifest[];
  }

  create(object: Manifest, options: WriteOptions): Promise<Manifest> {
    return this.api.request("POST", this.path, { body: this.fitted(object), query: query(options) });
  }

  replace(object: Manifest, options: WriteOptions): Promise<Manifest> {
    return this.api.request("PUT", this.one(nameOf(object)), {
      body: this.fitted(object),
      query: query(options),
    });
  }

  /** The server merges again five times at once; an object whose controller is busy with it may take a moment longer. */
  async apply(object: Manifest, options: WriteOptions & { force: boolean }): Promise<Manifest> {
    return unlessOvertaken(() =>
      this.api.request("PATCH", this.one(nameOf(object)), {
        body: this.fitted(object),
        contentType: "application/apply-patch+yaml",
        query: { ...query(options), force: String(options.force) },
      }),
    );
  }

  patch(name: string, operations: unknown[]): Promise<Manifest> {
    return this.api.request("PATCH", this.one(name), {
      body: operations,
      contentType: "application/json-patch+json",
    });
  }

  delete(name: string, propagationPolicy: string): Promise<Manifest> {
    return this.api.request("DELETE", this.one(name), {
      body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
    });
  }

  private one(name: string): string {
    return `${this.path}/${encodeURIComponent(name)}`;
  }

  /** A namespace may have been assumed for a kind whose scope was not known then. */
  private fitted(object: Manifest): Manifest {
    const scoped = this.kind.namespaced ? object : without(object, "metadata", "namespace");
    return isMap(scoped["metadata"]) && text(scoped, "metadata", "namespace") === ""
      ? without(scoped, "metadata", "namespace")
      : scoped;
  }
}

function query({ dryRun, fieldManager }: WriteOptions): Record<string, string> {
  return { fieldManager, ...(dryRun ? { dryRun: "All" } : {}) };
}
