/** What Pulumi Deployments is told of a stack: the body of its settings, as its REST API takes it. */
export interface DeploymentSettings {
  sourceContext: { git: { branch: string; repoDir: string } };
  gitHub: {
    repository: string;
    deployCommits: boolean;
    previewPullRequests: boolean;
    pullRequestTemplate: boolean;
    paths: string[];
  };
  operationContext: {
    preRunCommands: string[];
    oidc: { azure: { clientId: string; tenantId: string; subscriptionId: string } };
    environmentVariables: Record<string, string>;
  };
}

/** Who deploys what. */
export interface DeploymentOf {
  /** GitHub repository as owner/name. */
  repository: string;
  /** Folder of the stack in it. */
  folder: string;
  clientId: string;
  tenantId: string;
  subscriptionId: string;
}

/** Preview on pull requests, update on main, login by a federated token: no secret is stored anywhere. */
export function deploymentSettings(of: DeploymentOf): DeploymentSettings {
  const { repository, folder, clientId, tenantId, subscriptionId } = of;
  return {
    sourceContext: { git: { branch: "refs/heads/main", repoDir: folder } },
    gitHub: {
      repository,
      deployCommits: true,
      previewPullRequests: true,
      pullRequestTemplate: false,
      paths: [folder === "." ? "**" : `${folder}/**`],
    },
    operationContext: {
      preRunCommands: [
        // Kubernetes is entered by kubelogin, and kubelogin by az.
        "curl -sL https://aka.ms/InstallAzureCLIDeb | bash",
        "az aks install-cli --kubelogin-install-location /usr/local/bin/kubelogin",
        'az login --service-principal --username "$ARM_CLIENT_ID" --tenant "$ARM_TENANT_ID" --federated-token "$ARM_OIDC_TOKEN"',
      ],
      oidc: { azure: { clientId, tenantId, subscriptionId } },
      environmentVariables: { ARM_USE_OIDC: "true" },
    },
  };
}

/** Reads every night what is there, and tells of a difference; nothing is changed by itself. */
export const driftSchedule = { scheduleCron: "17 4 * * *", autoRemediate: false } as const;
