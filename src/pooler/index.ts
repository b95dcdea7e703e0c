export * from "./args";
export { PoolMode } from "../cnpg/pooler";
