import type { KubeconfigOverrides } from "./kubeconfig";

/** The provider's configuration that changes what we do. */
export interface Settings {
  serverSideApply: boolean;
  secretsMutable: boolean;
  configMapsMutable: boolean;
  patchForce: boolean;
  /** An object that exists already is taken over at creation instead of refused. */
  upsert: boolean;
  /** Resources of a cluster that does not answer are dropped from the state. */
  deleteUnreachable: boolean;
  kubeconfig: string | undefined;
  overrides: KubeconfigOverrides;
}

/** Provider arguments and the environment variables that stand in for them, an argument winning. */
export function readSettings(variables: Map<string, string>, environment: NodeJS.ProcessEnv): Settings {
  const argument = (name: string): string | undefined => {
    const value = variables.get(`kubernetes:config:${name}`);
    return value === "" ? undefined : value;
  };
  const flag = (name: string, variable: string, otherwise: boolean): boolean => {
    const value = argument(name) ?? environment[variable];
    return value === undefined ? otherwise : value === "true";
  };
  const rendered = argument("renderYamlToDirectory");
  if (rendered !== undefined) {
    throw new Error(
      `renderYamlToDirectory ("${rendered}") is not served by the stand-in plugin: remove it, or install the real plugin.`,
    );
  }
  return {
    serverSideApply: flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true),
    secretsMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
    configMapsMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
    patchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
    upsert: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
    deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", false),
    kubeconfig: argument("kubeconfig"),
    overrides: {
      ...(argument("context") === undefined ? {} : { context: argument("context") as string }),
      ...(argument("cluster") === undefined ? {} : { cluster: argument("cluster") as string }),
      ...(argument("namespace") === undefined ? {} : { namespace: argument("namespace") as string }),
    },
  };
}
