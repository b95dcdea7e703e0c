import type { PropertyMap } from "../protocol/property";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  Log,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../protocol/provider";
import { create, update } from "./apply";
import { check } from "./check";
import { Cluster } from "./cluster";
import { diffConfiguration } from "./configuration-diff";
import { decodeYaml } from "./decode";
import { remove } from "./delete";
import { diff } from "./diff";
import { read } from "./read";
import { readSettings } from "./settings";

/** The `kubernetes` package as far as this project uses it. The engine starts one process per provider instance. */
export class KubernetesProvider implements Provider {
  private configured: Cluster | undefined;

  constructor(
    readonly version: string,
    private readonly log: Log,
  ) {}

  checkConfig(news: PropertyMap): CheckResult {
    return { inputs: news };
  }

  diffConfig(olds: PropertyMap, news: PropertyMap): DiffResult {
    return diffConfiguration(olds, news);
  }

  async configure(variables: Map<string, string>): Promise<void> {
    this.configured = await Cluster.open(readSettings(variables, process.env), this.log);
  }

  check(request: CheckRequest): Promise<CheckResult> {
    return check(this.cluster, request);
  }

  diff(request: DiffRequest): Promise<DiffResult> {
    return diff(this.cluster, request);
  }

  create(request: CreateRequest): Promise<{ id: string; state: PropertyMap }> {
    return create(this.cluster, request);
  }

  read(request: ReadRequest): Promise<ReadResult> {
    return read(this.cluster, request);
  }

  update(request: UpdateRequest): Promise<PropertyMap> {
    return update(this.cluster, request);
  }

  delete(request: DeleteRequest): Promise<void> {
    return remove(this.cluster, request);
  }

  async invoke(token: string, args: PropertyMap): Promise<PropertyMap> {
    if (token !== "kubernetes:yaml:decode") {
      throw new Error(
        `${token} is not served by the stand-in plugin (it embeds neither Helm nor Kustomize): use manifests, or install the real plugin.`,
      );
    }
    const { text, defaultNamespace } = args;
    if (typeof text !== "string") throw new Error("missing required field 'text' of type string");
    return decodeYaml(this.cluster, text, typeof defaultNamespace === "string" ? defaultNamespace : "");
  }

  cancel(): void {
    this.configured?.cancel();
  }

  private get cluster(): Cluster {
    if (this.configured === undefined)
      throw new Error("The engine used the kubernetes plugin before configuring it.");
    return this.configured;
  }
}
