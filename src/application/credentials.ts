/** Where and as whom an application logs in. */
export interface Login {
  host: string;
  port: number;
  database: string;
  username: string;
  /** Absent where a certificate is shown in place of it. */
  password?: string;
  /** Folder in the application's containers that holds these values as files, and `ca.crt`. */
  directory: string;
}

/** What a client checks of the server: its certificate and its name, or only that the connection is encrypted. */
export const SslMode = { VerifyFull: "verify-full", Require: "require" } as const;
export type SslMode = (typeof SslMode)[keyof typeof SslMode];

/** Environment variables of an application, by the key of the Secret that holds each. */
export const environmentKeys = [
  "DATABASE_URL",
  "DB_HOST",
  "DB_PORT",
  "DB_NAME",
  "DB_USER",
  "DB_PASSWORD",
] as const;
export type EnvironmentKey = (typeof environmentKeys)[number];

/** Variables that libpq and most drivers read by themselves, by the key of the Secret that holds each. */
const libpqVariables: Readonly<Record<string, EnvironmentKey | "PGSSLMODE" | "PGSSLROOTCERT">> = {
  PGHOST: "DB_HOST",
  PGPORT: "DB_PORT",
  PGDATABASE: "DB_NAME",
  PGUSER: "DB_USER",
  PGPASSWORD: "DB_PASSWORD",
  PGSSLMODE: "PGSSLMODE",
  PGSSLROOTCERT: "PGSSLROOTCERT",
};

/** Keys that a servicebinding.io directory has, besides the certificate. Source: Service Binding Specification 1.1, Well-known Secret Entries. */
const bindingKeys = ["type", "provider", "host", "port", "database", "username", "password", "uri"] as const;

/** Type of the Secret. Source: Service Binding Specification 1.1, Provisioned Service. */
export const secretType = "servicebinding.io/postgresql";

/** Everything an application needs to log in, as the data of its Secret. */
export function credentialsData(login: Login, sslMode: SslMode): Record<string, string> {
  const { host, database, username, password = "" } = login;
  const port = String(login.port);
  const url = databaseUrl(login, sslMode);
  return {
    DATABASE_URL: url,
    DB_HOST: host,
    DB_PORT: port,
    DB_NAME: database,
    DB_USER: username,
    DB_PASSWORD: password,
    PGSSLMODE: sslMode,
    PGSSLROOTCERT: certificateFile(login.directory),
    type: "postgresql",
    provider: "cloudnative-pg",
    host,
    port,
    database,
    username,
    password,
    uri: url,
  };
}

/** The URL, with every part encoded, so that each printable character of a password is itself. */
export function databaseUrl(
  { host, port, database, username, password, directory }: Login,
  sslMode: SslMode,
): string {
  const encode = encodeURIComponent;
  const user = password === undefined ? encode(username) : `${encode(username)}:${encode(password)}`;
  const settings = {
    sslmode: sslMode,
    ...(sslMode === SslMode.VerifyFull ? { sslrootcert: certificateFile(directory) } : {}),
    ...(password === undefined ? { sslcert: `${directory}/tls.crt`, sslkey: `${directory}/tls.key` } : {}),
  };
  const query = Object.entries(settings).map(([name, value]) => `${name}=${encode(value)}`);
  return `postgresql://${user}@${host}:${port}/${encode(database)}?${query.join("&")}`;
}

export function certificateFile(directory: string): string {
  return `${directory}/ca.crt`;
}

/** A key of a Secret. */
export interface BindingKey {
  /** Name of the Secret. */
  name: string;
  key: string;
}

/** Where the value of a variable comes from. */
export interface BindingValue {
  secretKeyRef: BindingKey;
}

/** An environment variable that is read from a Secret. */
export interface BindingVariable {
  name: string;
  valueFrom: BindingValue;
}

/** The same with a name of the Secret that may not be known yet. */
export interface SecretVariable<Name> {
  name: string;
  valueFrom: { secretKeyRef: { name: Name; key: string } };
}

export function secretVariable<Name>(name: string, secret: Name, key: string): SecretVariable<Name> {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

/**
 * The variables of an application's container, each read from the Secret.
 * @param names other names for them
 * @param prefix before each of them, for applications with several databases; libpq's are left out then, because there is one set of them
 */
export function environmentOf<Name>(
  secret: Name,
  names: Partial<Record<EnvironmentKey, string>> = {},
  prefix = "",
): SecretVariable<Name>[] {
  const variable = (name: string, key: string): SecretVariable<Name> => secretVariable(name, secret, key);
  return [
    ...environmentKeys.map(key => variable(`${prefix}${names[key] ?? key}`, key)),
    ...(prefix === "" ? Object.entries(libpqVariables).map(([name, key]) => variable(name, key)) : []),
  ];
}

/** A key of a Secret or ConfigMap as a file. */
export interface BindingFile {
  key: string;
  path: string;
  /** Permissions. @default 0644 */
  mode?: number;
}

/** A Secret or ConfigMap whose keys become files. */
export interface BindingObject {
  name: string;
  items: BindingFile[];
}

/** One of the two. */
export interface BindingSource {
  secret?: BindingObject;
  configMap?: BindingObject;
}

/** Several of them in one folder. */
export interface BindingSources {
  sources: BindingSource[];
}

/** A volume of a pod with the values and the certificate as files. */
export interface BindingVolume {
  name: string;
  projected: BindingSources;
}

/** Where the files of a binding appear in a container. */
export interface BindingMount {
  name: string;
  mountPath: string;
  readOnly: boolean;
}

/** Folder in which the folders of all databases of an application are. Source: Service Binding Specification 1.1, SERVICE_BINDING_ROOT. */
export const bindingRoot = "/bindings";

/**
 * The folder as a volume: a servicebinding.io directory with the certificate of the authority in it.
 * @param certificate Secret with the certificate that the application shows
 */
export function bindingVolume(
  name: string,
  secret: string,
  authority: string,
  certificate?: string,
): BindingVolume {
  const items = bindingKeys.map(key => ({ key, path: key }));
  // libpq refuses a key that others can read.
  const pair = ["tls.crt", "tls.key"].map(key => ({ key, path: key, mode: 0o440 }));
  return {
    name,
    projected: {
      sources: [
        { secret: { name: secret, items } },
        { configMap: { name: authority, items: [{ key: "ca.crt", path: "ca.crt" }] } },
        ...(certificate === undefined ? [] : [{ secret: { name: certificate, items: pair } }]),
      ],
    },
  };
}
