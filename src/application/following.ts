import * as pulumi from "@pulumi/pulumi";

/** A value that also depends on resources: who uses it waits for them. One that is known from the beginning stays so. */
export function following<T>(
  resources: readonly pulumi.Resource[],
  value: pulumi.Input<T>,
): pulumi.Output<T> {
  return pulumi
    .all([value, ...resources.map(({ urn }) => urn)])
    .apply(([known]) => known as T) as pulumi.Output<T>;
}
