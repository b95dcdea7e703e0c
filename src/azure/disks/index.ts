export * from "./args";
export { AzureStorageClasses } from "./component";
export { type DiskSpeed, premiumTierOf, speedFor } from "./limits";
export { localDiskAnnotations } from "./render";
