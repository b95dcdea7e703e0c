import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { ArgumentError } from "../argument-error";
import { passwordProblem, passwordRemedy } from "./checks/database";

/** A random password: `<name>` is the resource that keeps it. */
export function randomPassword(name: string, options: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return pulumi.secret(new random.RandomPassword(name, { length: 32, special: false }, options).result);
}

/** The argument `password`, checked when it is known, or a random one. */
export function passwordOf(
  { component, resource }: { component: string; resource: string },
  given: pulumi.Input<string> | undefined,
  options: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  if (given === undefined) return randomPassword(`${resource}-password`, options);
  return pulumi.secret(
    pulumi.output(given).apply(password => {
      const problem = passwordProblem(password);
      if (problem === undefined) return password;
      throw new ArgumentError({ component, resource, argument: "password", problem, remedy: passwordRemedy });
    }),
  );
}
