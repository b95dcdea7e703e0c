import * as pulumi from "@pulumi/pulumi";

/** The value, for whom needs these as well: it waits for them, although nothing of them is in it. */
export function after<T>(value: pulumi.Output<T>, resources: readonly pulumi.Resource[]): pulumi.Output<T> {
  const there = pulumi.all(resources.map(resource => resource.urn)) as pulumi.Output<unknown>;
  return there.apply(() => value) as pulumi.Output<T>;
}
