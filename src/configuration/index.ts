export {
  type Configuration,
  type ConfigurationKey,
  configurationKeys,
  type ConfigurationSources,
  configurationWarnings,
  readConfiguration,
} from "./configuration";
export { configuredInstance } from "./instance";
