/**
 * Image that every Job runs: Node, this package's operations, the PostgreSQL client, openssl.
 * Versioned with the package, because requests and results are private to the two.
 */
export const jobsImage = "ghcr.io/pulumi-cnpg/jobs:0.1.0";
