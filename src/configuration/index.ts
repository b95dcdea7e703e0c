export {
  type Configuration,
  type ConfigurationKey,
  configurationKeys,
  type ConfigurationSources,
  configurationWarnings,
  readConfiguration,
} from "./configuration";
