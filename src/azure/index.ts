export * from "./backup-storage";
export * from "./disks";
export * from "./exposure";
export * from "./identity";
export * from "./platform";
