import * as pulumi from "@pulumi/pulumi";

/** A value that is known from the beginning, and that depends on resources: who uses it waits for them. */
export function following<T>(resources: readonly pulumi.Resource[], value: T): pulumi.Output<T> {
  return pulumi.all(resources.map(({ urn }) => urn)).apply(() => value);
}
