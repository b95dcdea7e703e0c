export * from "./args";
export { azureExposure, publicDnsName } from "./exposure";
