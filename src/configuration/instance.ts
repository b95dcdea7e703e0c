import { instanceCount } from "../availability/resolve";
import type { AvailabilityClass } from "../availability/args";
import type { InstanceSize, PostgresInstanceArgs } from "../instance/args";
import type { Workload } from "../parameters/profile-args";
import { ServiceTarget } from "../replica/follow-args";
import type { Configuration } from "./configuration";

/**
 * The arguments of the instance that the reference stack makes, without its store, which is a component of its own. With a replica whose primary is
 * named, the two can exchange their roles, and clients stay with the name of the instance.
 */
export function configuredInstance(configuration: Configuration): PostgresInstanceArgs {
  const { instanceName, namespace, postgresVersion, size, cpu, memory, storageSize, storageClass } =
    configuration;
  const { profile, parameters, extensions, pooler, replica, replicaPrimary, password } = configuration;
  const { generations, activeGeneration, confirmDestructive, sheet, keepData, jobsImage } = configuration;
  const availability = configuration.availability as AvailabilityClass | undefined;
  return {
    name: instanceName,
    namespace,
    version: postgresVersion,
    availability,
    instances: instanceCount({ availability, instances: configuration.instances }),
    size: size as InstanceSize,
    resources: { cpu, memory },
    storage: { size: storageSize, storageClass },
    profile: { workload: profile as Workload, parameters },
    extensions,
    pooler: pooler ? {} : undefined,
    follow:
      replica === undefined || replicaPrimary === undefined
        ? undefined
        : { source: { name: replica }, primary: replicaPrimary, serviceTarget: ServiceTarget.Writer },
    generations,
    activeGeneration,
    confirmDestructive,
    sheet,
    password,
    keepData,
    jobs: { image: jobsImage },
  };
}
