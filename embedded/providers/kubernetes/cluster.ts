import type { Log } from "../protocol/provider";
import { Api, ApiError, Discovery } from "./api";
import type { Kind } from "./api";
import { connect, readKubeconfig } from "./kubeconfig";
import { apiVersionOf, kindOf } from "./manifest";
import type { Manifest } from "./manifest";
import { Objects } from "./objects";
import type { Settings } from "./settings";

/** The cluster of one provider instance. */
export class Cluster {
  private constructor(
    readonly settings: Settings,
    readonly namespace: string,
    readonly log: Log,
    private readonly api: Api | undefined,
    private readonly discovery: Discovery | undefined,
    /** Why the cluster cannot be reached, where it cannot. */
    readonly unreachable: string | undefined,
  ) {}

  /** A cluster that does not answer is no error yet: previews and some deletes can do without. */
  static async open(settings: Settings, log: Log): Promise<Cluster> {
    try {
      const connection = connect(readKubeconfig(settings.kubeconfig), settings.overrides);
      const api = new Api(connection);
      await api.request("GET", "/version", { once: true });
      return new Cluster(settings, connection.namespace, log, api, new Discovery(api), undefined);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return new Cluster(
        settings,
        settings.overrides.namespace ?? "default",
        log,
        undefined,
        undefined,
        reason,
      );
    }
  }

  get cancelled(): AbortSignal | undefined {
    return this.api?.cancelled;
  }

  cancel(): void {
    this.api?.cancel();
  }

  /** Undefined when the server does not serve the kind, or does not answer. */
  async kind(object: Manifest): Promise<Kind | undefined> {
    if (this.discovery === undefined) return undefined;
    return this.discovery.find(apiVersionOf(object), kindOf(object));
  }

  /** A kind that nobody knows yet is taken for namespaced, as most are; its creation corrects that. */
  async isNamespaced(object: Manifest): Promise<boolean> {
    return (await this.kind(object))?.namespaced ?? true;
  }

  forgetKinds(): void {
    this.discovery?.forget();
  }

  /** Throws NoSuchKind, or an error that says why the cluster cannot be reached. */
  async objects(object: Manifest): Promise<Objects> {
    if (this.api === undefined || this.discovery === undefined) {
      throw new Error(`configured Kubernetes cluster is unreachable: ${this.unreachable}`);
    }
    return Objects.of(this.api, this.discovery, object);
  }

  /** The object as it is now, or undefined when it is gone. */
  async find(object: Manifest, name: string): Promise<Manifest | undefined> {
    try {
      return await (await this.objects(object)).get(name);
    } catch (error) {
      if (error instanceof ApiError && error.notFound) return undefined;
      throw error;
    }
  }
}
