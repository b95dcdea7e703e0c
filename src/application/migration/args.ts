/** Changes of a schema that are made before the application begins: either files of SQL, or an image with a tool of its own. */
export interface MigrationsArgs {
  /**
   * SQL by file name, which ends in `.sql`. The files are run once each, in the order of their names, each in one transaction; one whose first line
   * is `-- no-transaction` is run outside of one. What was run must not be changed: add another file. At most 1 MiB together.
   * @example { "001-item.sql": "CREATE TABLE item (id int PRIMARY KEY)" }
   */
  files?: Record<string, string>;
  /** Image with a tool that changes the schema. It finds the login in `DATABASE_URL` and libpq's variables, and is run once for each change of these arguments. */
  image?: string;
  /** Command in place of the image's. */
  command?: string[];
  /** Arguments of the command. */
  arguments?: string[];
  /** Further variables for the image. */
  env?: Record<string, string>;
  /** Another text runs the image again. */
  version?: string;
  /** Schema of the table that remembers which files were run. @default "public" */
  schema?: string;
  /** Name of that table. @default "pulumi_cnpg_migrations" */
  table?: string;
  /** Seconds that a statement of a file may wait for a lock; everything that needs the same table waits behind it. @default the server's, no limit */
  lockTimeoutSeconds?: number;
  /** Seconds for everything, 60 to 86400. When they are over, or a file fails, the update fails and the application stays as it was. @default 3600 */
  timeoutSeconds?: number;
}
