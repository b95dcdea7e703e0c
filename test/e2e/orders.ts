import * as kubernetes from "@pulumi/kubernetes/provider";
import { PostgresInstance, type PostgresInstanceArgs } from "../../src";

/** An instance that many of can run at once on two cores: the scheduler counts what they request. */
export const small: PostgresInstanceArgs = {
  resources: { cpu: "1", memory: "512Mi", requests: { cpu: "20m" } },
  storage: { size: "512Mi" },
  keepData: false,
};

/** The settle Job has asked every server already; a client would only say it again. */
export const unchecked: PostgresInstanceArgs = { connectionCheck: { enabled: false } };

/** The program of most specs: one instance, called `orders` unless its arguments say otherwise. */
export function orders(
  args: PostgresInstanceArgs = {},
): (namespace: string) => Promise<Record<string, unknown>> {
  return async namespace => {
    const provider = new kubernetes.Provider("kubernetes", {
      enableSecretMutable: true,
      enableConfigMapMutable: true,
    });
    const instance = new PostgresInstance("orders", { ...small, namespace, ...args }, { provider });
    const {
      host,
      connectionString,
      serverVersion,
      state,
      health,
      reference,
      connectionStringByAddress,
      externalAddress,
      parameters,
      pendingParameters,
      changePlan,
      availability,
      lastFailover,
    } = instance;
    return {
      host,
      connectionString,
      serverVersion,
      state,
      health,
      reference,
      connectionStringByAddress,
      externalAddress,
      parameters,
      pendingParameters,
      changePlan,
      availability,
      lastFailover,
    };
  };
}
