/** One of Microsoft's clouds: each has addresses of its own. */
export interface AzureCloud {
  /** Name by which Azure's command-line tools know it. */
  name: "AzurePublicCloud" | "AzureUSGovernmentCloud" | "AzureChinaCloud";
  /** Domain below which public addresses with a DNS label get `<label>.<region>.`. */
  publicAddressDomain: string;
  /** Domain of blob storage. */
  blobDomain: string;
}

/**
 * Source: "Create a fully qualified domain name for a VM in the Azure portal", "Compare Azure Government and global Azure" and "Azure China
 * developer guide", Microsoft Learn, 2025.
 */
const clouds: Record<"public" | "government" | "china", AzureCloud> = {
  public: {
    name: "AzurePublicCloud",
    publicAddressDomain: "cloudapp.azure.com",
    blobDomain: "blob.core.windows.net",
  },
  government: {
    name: "AzureUSGovernmentCloud",
    publicAddressDomain: "cloudapp.usgovcloudapi.net",
    blobDomain: "blob.core.usgovcloudapi.net",
  },
  china: {
    name: "AzureChinaCloud",
    publicAddressDomain: "cloudapp.chinacloudapi.cn",
    blobDomain: "blob.core.chinacloudapi.cn",
  },
};

/** The cloud that a region belongs to, by its name. */
export function azureCloudOf(region: string): AzureCloud {
  if (/^(usgov|usdod)/.test(region)) return clouds.government;
  return /^china/.test(region) ? clouds.china : clouds.public;
}
