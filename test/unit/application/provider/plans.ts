import type { DatabasePlan, LoginPlan } from "../../../../src/application/plan";

export const shop: DatabasePlan = {
  database: "shop",
  owner: "shop_owner",
  groups: { readOnly: "shop_read_only", readWrite: "shop_read_write" },
  schemas: ["public", "audit"],
  extensions: ["citext"],
  connectionLimit: 40,
  reclaim: "retain",
};

export function login(more: Partial<LoginPlan> = {}): LoginPlan {
  return { role: "report", memberOf: shop.groups.readOnly, connectionLimit: 5, ...more };
}
