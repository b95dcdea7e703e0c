export * from "./args";
export type { OperatorTransforms } from "./children";
export { CnpgOperator, type CnpgOperatorOptions } from "./component";
