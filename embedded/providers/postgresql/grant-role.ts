import type { PropertyMap } from "../protocol/property";
import { membershipsOf, revokeMembership } from "./membership";
import { isTrue, text } from "./resource";
import type { PostgresqlResource } from "./resource";
import { identifier } from "./sql";

/** One membership. */
export const grantRole: PostgresqlResource = {
  fields: {
    role: { kind: "text", required: true, replaces: true },
    grantRole: { kind: "text", required: true, replaces: true },
    withAdminOption: { kind: "flag", fallback: false, replaces: true },
  },

  async create(server, wanted) {
    const [member, group] = [text(wanted, "role"), text(wanted, "grantRole")];
    const option = isTrue(wanted, "withAdminOption") ? " WITH ADMIN OPTION" : "";
    await server.transaction(undefined, async session => {
      if ((await membershipsOf(session, member)).includes(group))
        await revokeMembership(session, group, member);
      await session.query(`GRANT ${identifier(group)} TO ${identifier(member)}${option}`);
    });
    return idOf(wanted);
  },

  async read(server, _id, state) {
    const [role, group] = [text(state, "role"), text(state, "grantRole")];
    if (role === "") throw new Error("A membership cannot be imported.");
    const rows = await server.session(undefined, session =>
      session.query(
        "SELECT admin_option AS admin FROM pg_catalog.pg_auth_members " +
          "WHERE pg_catalog.pg_get_userbyid(member) = $1 AND pg_catalog.pg_get_userbyid(roleid) = $2",
        [role, group],
      ),
    );
    const [row] = rows;
    return row === undefined ? undefined : { role, grantRole: group, withAdminOption: row["admin"] === true };
  },

  async delete(server, state) {
    await server.transaction(undefined, session =>
      revokeMembership(session, text(state, "grantRole"), text(state, "role")),
    );
  },
};

function idOf(state: PropertyMap): string {
  return [text(state, "role"), text(state, "grantRole"), String(isTrue(state, "withAdminOption"))].join("_");
}
