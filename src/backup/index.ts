export * from "./store";
export * from "./schedule";
