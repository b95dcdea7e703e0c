import * as pulumi from "@pulumi/pulumi";
import { ArgumentError } from "../../argument-error";

/**
 * A password as the provider takes it: always a secret. The plugin would write each backslash twice, so that the role had another password
 * than everybody believes.
 *
 * @param resource name of the resource, for the message
 * @throws ArgumentError inside the output when it is empty or has a backslash
 */
export function providerPassword(resource: string, password: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.secret(password).apply(text => {
    const problem =
      text === ""
        ? "is empty, so that nobody could log in."
        : text.includes("\\")
          ? "has a backslash, which @pulumi/postgresql does not pass on as it is."
          : undefined;
    if (problem === undefined) return text;
    throw new ArgumentError({
      component: "Database",
      resource,
      argument: "password",
      problem,
      remedy: "Choose another one, or let the operator make the database.",
    });
  });
}
