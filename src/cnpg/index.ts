/** The language of CloudNativePG: its objects, phases, labels and versions. Nothing here knows Pulumi. */
export * from "./object";
export * from "./pod";
export * from "./cluster";
export * from "./backup";
export * from "./scheduled-backup";
export * from "./database";
export * from "./database-role";
export * from "./pooler";
export * from "./publication";
export * from "./subscription";
export * from "./image-catalog";
export * from "./object-store";
export * from "./metadata";
export * from "./phases";
export * from "./state";
export * from "./versions";
