/** A private link service in front of the load balancer: other networks reach it by a private endpoint, without peering. */
export interface PrivateLinkArgs {
  /** Name of the service. @example "orders" */
  name: string;
  /** Subnet the connections come from, by its name in the network of the nodes. @default "load-balancers" */
  subnet?: string;
  /** Range of that subnet: it is among those that may connect. @default "10.224.17.0/24" */
  subnetRange?: string;
  /** Addresses the connections come from, 1 to 8: about 64,000 at once for each. @default 1 */
  addresses?: number;
  /** Ids of subscriptions that may ask for a connection. */
  subscriptions: string[];
  /** Of these, the ones whose connections are let in without asking. @default none */
  approved?: string[];
}

/** How clients outside the cluster reach an instance on AKS. */
export interface AzureExposureArgs {
  /** Region of the cluster, by its short name. @example "westeurope" */
  location: string;
  /** An address of the internet; otherwise of the network. @default false */
  public?: boolean;
  /** Address ranges that may connect. Required for a public address. @example ["203.0.113.0/24"] */
  sourceRanges?: string[];
  /** DNS label of the public address, free in the region: it becomes `<label>.<region>.cloudapp.azure.com`. @default none */
  dnsLabel?: string;
  /** Subnet of an internal address, by its name. @default that of the nodes @example "load-balancers" */
  subnet?: string;
  /** The address itself: one of the subnet, or a public one that exists in the resource group of the nodes. @default any */
  address?: string;
  /** Minutes after which the load balancer forgets a connection without traffic, 4 to 100. @default 30 */
  idleTimeoutMinutes?: number;
  /** Only with an internal address. @default none */
  privateLink?: PrivateLinkArgs;
}
