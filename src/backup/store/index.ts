export * from "./args";
export { BackupStore, type BackupStoreOptions, type BackupStoreTransforms } from "./component";
export type { BackupStoreReference } from "./reference";
