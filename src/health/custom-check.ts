/**
 * A query of the user's own that says whether the instance is well. It is asked by `pulumi-cnpg status` and decides nothing: CloudNativePG
 * does not know of it. It stands in the clear on the Service of the instance: no secrets.
 * @example { sql: "SELECT count(*) < 1000 FROM jobs WHERE state = 'waiting'" }
 */
export interface CustomCheckArgs {
  /** One query whose first column of the first row is true when all is well. Read only, with the rights of the owner, within 5 s. */
  sql: string;
  /** Database it is asked of. @default the application database */
  database?: string;
}
