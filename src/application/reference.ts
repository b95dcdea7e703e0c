import type { InstanceReference } from "../instance/reference";
import type { DatabaseGroups } from "./plan";
import type { Through } from "./through";

/** What links need to know of a database. Holds no secret. */
export interface DatabaseReference {
  /** The instance it is in. */
  instance: InstanceReference;
  /** Its name in SQL. */
  database: string;
  /** Role that owns it. */
  owner: string;
  /** Secret with the owner's login, in the namespace of the instance. */
  ownerSecret: string;
  /** Roles that hold the rights of those who are not the owner. */
  groups: DatabaseGroups;
  /** Schemas that the rights speak of. */
  schemas: string[];
  /** How it was made, and its links are. */
  through: Through;
}
