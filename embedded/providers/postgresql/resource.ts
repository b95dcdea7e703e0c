import { member } from "../protocol/property";
import type { PropertyMap } from "../protocol/property";
import type { Fields } from "./fields";
import type { Server } from "./server";

/** One type of the `postgresql` package. Properties are plain here: complete with their fallbacks, without secret marks. */
export interface PostgresqlResource {
  fields: Fields;
  /** A replacement cannot stand beside what it replaces. */
  deleteBeforeReplace?: boolean;
  /** Makes it and gives its id. */
  create(server: Server, wanted: PropertyMap): Promise<string>;
  /**
   * What the server holds, or undefined when it is gone.
   * @param state what is known of it; empty at an import, where only the id tells which it is
   */
  read(server: Server, id: string, state: PropertyMap): Promise<PropertyMap | undefined>;
  /** Changes it and gives its id. Missing where every property replaces. */
  update?(server: Server, old: PropertyMap, wanted: PropertyMap): Promise<string>;
  delete(server: Server, state: PropertyMap): Promise<void>;
}

export function text(properties: PropertyMap, key: string): string {
  const value = member(properties, key);
  return typeof value === "string" ? value : "";
}

export function isTrue(properties: PropertyMap, key: string): boolean {
  return member(properties, key) === true;
}

export function number(properties: PropertyMap, key: string): number {
  const value = member(properties, key);
  return typeof value === "number" ? value : 0;
}

export function texts(properties: PropertyMap, key: string): string[] {
  const value = member(properties, key);
  return Array.isArray(value) ? value.filter(each => typeof each === "string") : [];
}

/** `database.name`, as schemas and extensions are imported. */
export function inDatabase(id: string, what: string): { database: string; name: string } {
  const [database = "", name = "", ...more] = id.split(".");
  if (database === "" || name === "" || more.length > 0)
    throw new Error(`The id "${id}" has not the form database.${what}.`);
  return { database, name };
}
