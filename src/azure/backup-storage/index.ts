export * from "./args";
export { AzureBackupStorage } from "./component";
