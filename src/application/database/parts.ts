import type * as core from "@pulumi/kubernetes/core/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { InstanceReference } from "../../instance/reference";
import type { ApplicationChildren } from "../children";
import type { DatabaseArgs } from "./args";
import type { ResolvedDatabase } from "./resolve";

/** What making any part of a database needs. */
export interface DatabaseParts {
  /** Name of the component. */
  name: string;
  args: DatabaseArgs;
  children: ApplicationChildren;
  resolved: pulumi.Output<ResolvedDatabase>;
  /** The instance, as far as the program knows it before anything is made. */
  plain: InstanceReference | undefined;
  /** Owns what goes with the component. */
  account: core.ServiceAccount;
}
