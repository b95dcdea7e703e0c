/** Types of a parameter's value, as `pg_settings.vartype` names them. */
export const ParameterType = {
  Bool: "bool",
  Integer: "integer",
  Real: "real",
  Enum: "enum",
  String: "string",
} as const;
export type ParameterType = (typeof ParameterType)[keyof typeof ParameterType];

/** When and by whom a value can be changed, as `pg_settings.context` names it. */
export const ParameterContext = {
  Internal: "internal",
  Postmaster: "postmaster",
  Sighup: "sighup",
  SuperuserBackend: "superuser-backend",
  Backend: "backend",
  Superuser: "superuser",
  User: "user",
} as const;
export type ParameterContext = (typeof ParameterContext)[keyof typeof ParameterContext];

/** What changing a parameter of a whole server does. */
export const ParameterCategory = {
  /**
   * The configuration is reloaded; sessions that are open take the value over, unless they or their role have set their own.
   * Parameters of a session's beginning (context `backend`) hold for new sessions only.
   */
  Dynamic: "dynamic",
  /** The configuration is reloaded; it is a setting of the server, which no session can change. */
  Reload: "reload",
  /** The server restarts. */
  Restart: "restart",
  /** It cannot be changed: the server computes it, or CloudNativePG owns it. */
  Immutable: "immutable",
} as const;
export type ParameterCategory = (typeof ParameterCategory)[keyof typeof ParameterCategory];

/** One server parameter of one major. Numbers are in units of `unit`. */
export interface ParameterDefinition {
  name: string;
  type: ParameterType;
  /** Base unit, for example `8kB` or `ms`; absent for values without unit. */
  unit?: string;
  context: ParameterContext;
  /** What a change does. */
  category: ParameterCategory;
  /** The server's own category, for example `Resource Usage / Memory`. */
  group: string;
  /** Built-in default, as `pg_settings.boot_val` writes it; absent when there is none. */
  default?: string;
  /** Least value of an integer or real. */
  min?: number;
  /** Greatest value of an integer or real. */
  max?: number;
  /** The server raises values from 0 up to this one to it, without a word. */
  raisedTo?: number;
  /** Values of an enum, as `pg_settings.enumvals` lists them. */
  values?: readonly string[];
  /** Values of an enum that the server accepts and does not list. */
  hiddenValues?: readonly string[];
  /** Words of an enum, listed or hidden, that the server shows as another word: `wal_compression = on` is shown as `pglz`. */
  synonyms?: Readonly<Record<string, string>>;
  description: string;
  /** It cannot stand in a configuration file. */
  sessionOnly?: boolean;
  /** What to do in its place, when CloudNativePG owns the parameter and refuses it. */
  ownedByOperator?: string;
  /** What CloudNativePG sets while nothing is asked for. */
  operatorDefault?: string;
  /** Library that must be preloaded, for parameters of extensions. */
  library?: string;
  /** Least minor release of this major that knows it; absent when every one of the last years does. */
  sinceMinor?: number;
  /** Where what is said here comes from, for example `pg_settings of PostgreSQL 18.4`, with every overlay that changed it. */
  source: string;
}
