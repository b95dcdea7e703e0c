import type { Command } from "commander";

/** Where the instances are that a command is about. */
export interface Target {
  namespace: string;
  /** Context of the kubeconfig; absent for the current one. */
  context?: string;
}

/** What {@link addTargetOptions} reads. */
export type TargetOptions = Partial<Target>;

/** Namespace of the command line and the service; components have `default`. */
const defaultNamespace = "toygres";

/** The options that say where an instance is. */
export function addTargetOptions(command: Command): Command {
  return command
    .option(
      "--namespace <name>",
      `namespace of the instance (default: AKS_NAMESPACE, else ${defaultNamespace})`,
    )
    .option(
      "--context <name>",
      "context of the kubeconfig (default: KUBERNETES_CONTEXT, else the current one)",
    );
}

/** The place as the options say, else the environment; an empty variable says nothing. */
export function targetOf(options: TargetOptions, env: Readonly<Record<string, string | undefined>>): Target {
  const namespace = options.namespace ?? nonEmpty(env.AKS_NAMESPACE) ?? defaultNamespace;
  const context = options.context ?? nonEmpty(env.KUBERNETES_CONTEXT);
  return { namespace, ...(context === undefined ? {} : { context }) };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
