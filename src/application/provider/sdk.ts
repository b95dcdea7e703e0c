/* eslint-disable @typescript-eslint/no-require-imports -- an optional peer, loaded only by those who take this path */
import type * as database from "@pulumi/postgresql/database";
import type * as defaultPrivileges from "@pulumi/postgresql/defaultPrivileges";
import type * as extension from "@pulumi/postgresql/extension";
import type * as grant from "@pulumi/postgresql/grant";
import type * as provider from "@pulumi/postgresql/provider";
import type * as role from "@pulumi/postgresql/role";
import type * as schema from "@pulumi/postgresql/schema";

/** The classes of `@pulumi/postgresql` that are used, each loaded when it is asked for. Throws when the package is not installed. */
export const sdk = {
  get Database() {
    return load(() => require("@pulumi/postgresql/database") as typeof database).Database;
  },
  get DefaultPrivileges() {
    return load(() => require("@pulumi/postgresql/defaultPrivileges") as typeof defaultPrivileges)
      .DefaultPrivileges;
  },
  get Extension() {
    return load(() => require("@pulumi/postgresql/extension") as typeof extension).Extension;
  },
  get Grant() {
    return load(() => require("@pulumi/postgresql/grant") as typeof grant).Grant;
  },
  get Provider() {
    return load(() => require("@pulumi/postgresql/provider") as typeof provider).Provider;
  },
  get Role() {
    return load(() => require("@pulumi/postgresql/role") as typeof role).Role;
  },
  get Schema() {
    return load(() => require("@pulumi/postgresql/schema") as typeof schema).Schema;
  },
};

function load<T>(required: () => T): T {
  try {
    return required();
  } catch (cause) {
    if ((cause as { code?: string }).code !== "MODULE_NOT_FOUND") throw cause;
    throw new Error(
      "Databases through the PostgreSQL provider need the package @pulumi/postgresql, which is not installed: npm install @pulumi/postgresql",
      { cause },
    );
  }
}
