import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { appLabels, managedBy } from "../cnpg/metadata";
import type { ParameterProfileArgs } from "./args";
import type { MemoryBudget } from "../parameters/budget";
import type { ExplainedParameter } from "../parameters/profile";
import type { ProfileArgs } from "../parameters/profile-args";
import { profileData } from "./render";
import { judgeProfile, profileWarnings, validateProfile } from "./validate";

/**
 * Server parameters derived from the kind of work and the size of a pod, published with the reason of each value and the memory
 * they need: as outputs, and as a ConfigMap for people and other tools.
 *
 * Instances share it through {@link ParameterProfile.settings}; each sizes the values to its own pod.
 *
 * @example
 * const oltp = new ParameterProfile("oltp", { workload: "oltp", size: "medium" });
 * const orders = new PostgresInstance("orders", { profile: oltp.settings, size: "medium" });
 */
export class ParameterProfile extends pulumi.ComponentResource {
  /** What an instance takes as its `profile`. */
  public readonly settings: ProfileArgs;
  /** Every parameter with its value. */
  public readonly parameters: pulumi.Output<Record<string, string>>;
  /** Why each value is as it is. */
  public readonly explanation: pulumi.Output<Record<string, ExplainedParameter>>;
  /** Memory at full load, term by term, against the limit. */
  public readonly memoryBudget: pulumi.Output<MemoryBudget>;
  /** Name of the ConfigMap. */
  public readonly configMap: pulumi.Output<string>;
  /** Namespace of the ConfigMap. */
  public readonly namespace: pulumi.Output<string>;

  /**
   * @throws ArgumentError naming each wrong argument, before anything is created.
   */
  constructor(name: string, args: ParameterProfileArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    validateProfile(name, args);
    super("pulumi-cnpg:index:ParameterProfile", name, {}, opts);
    for (const warning of profileWarnings(args)) void pulumi.log.warn(warning, this);
    const judged = judgeProfile(args);
    const configMap = new core.ConfigMap(
      `${name}-parameters`,
      {
        metadata: {
          name: args.name ?? name,
          namespace: args.namespace ?? "default",
          labels: { ...args.labels, [appLabels.managedBy]: managedBy },
          annotations: args.annotations,
        },
        data: profileData(judged),
      },
      { parent: this, dependsOn: opts?.dependsOn, protect: false, retainOnDelete: false },
    );
    const { workload, disk, parameters } = args;
    this.settings = { workload, disk, parameters };
    this.parameters = pulumi.output(judged.parameters);
    this.explanation = pulumi.output(judged.explanation);
    this.memoryBudget = pulumi.output(judged.budget);
    this.configMap = configMap.metadata.name;
    this.namespace = configMap.metadata.namespace;
    this.registerOutputs({
      settings: this.settings,
      parameters: this.parameters,
      explanation: this.explanation,
      memoryBudget: this.memoryBudget,
      configMap: this.configMap,
      namespace: this.namespace,
    });
  }
}
