import type { DatabasePlan, LoginPlan } from "../plan";

/** Arguments of the provider's `Role`, without the password. */
export interface RoleArguments {
  name: string;
  login: boolean;
  connectionLimit?: number;
  roles?: string[];
  assumeRole?: string;
}

/** The role that owns the database and everything in it. */
export function ownerRole(plan: DatabasePlan): RoleArguments {
  return { name: plan.owner, login: true };
}

/** The roles without login that hold the rights of those who are not the owner. */
export function groupRoles(plan: DatabasePlan): Record<keyof DatabasePlan["groups"], RoleArguments> {
  return {
    readOnly: { name: plan.groups.readOnly, login: false },
    readWrite: { name: plan.groups.readWrite, login: false },
  };
}

/** A login of the database. One that may do everything acts as the owner, so that what it creates belongs to the owner. */
export function loginRole(database: DatabasePlan, login: LoginPlan): RoleArguments {
  return {
    name: login.role,
    login: true,
    connectionLimit: login.connectionLimit,
    ...(login.memberOf === undefined ? {} : { roles: [login.memberOf] }),
    ...(login.memberOf === database.owner ? { assumeRole: database.owner } : {}),
  };
}
