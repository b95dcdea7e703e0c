export { type ByProviderOptions, databaseByProvider } from "./database";
export { postgresqlProvider, type PostgresqlProviderArgs, SslMode } from "./factory";
export { loginByProvider } from "./login";
