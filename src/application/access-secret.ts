import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { EmbeddedMetadata } from "../cnpg/object";
import type { InstanceReference } from "../instance/reference";
import type { ApplicationChildren } from "./children";
import { bindingRoot, credentialsData, secretType, SslMode } from "./credentials";
import { besideApplication } from "./metadata";
import { kubernetesName } from "./names";

/** Folder in the application's containers with the files of a database. */
export function bindingDirectory(database: string): string {
  return `${bindingRoot}/${kubernetesName(database)}`;
}

/** What the Secret of an application is made from. */
export interface SecretContent {
  instance: InstanceReference;
  database: string;
  host: string;
  namespace: string;
  secret: string;
}

/** Secret in the namespace of the application. */
export function applicationSecret(
  children: ApplicationChildren,
  common: EmbeddedMetadata,
  content: pulumi.Output<SecretContent>,
  login: { username: pulumi.Input<string>; password?: pulumi.Output<string> },
  sslMode: SslMode = SslMode.VerifyFull,
  dependsOn: pulumi.Input<pulumi.Resource>[] = [],
): core.Secret {
  const data = pulumi
    .all([content, login.username, login.password])
    .apply(([{ instance, database, host }, username, password]) =>
      credentialsData(
        { host, port: instance.port, database, username, password, directory: bindingDirectory(database) },
        sslMode,
      ),
    );
  const metadata = content.apply(({ namespace, secret }) => besideApplication(namespace, common, secret));
  return children.secret("credentials", metadata, secretType, data, dependsOn);
}

/**
 * The certificate of the authority in the namespace of the application, under the name of its Secret. It is renewed two years before it ends, over
 * the same key: until then what was copied verifies every server, and each update copies it again.
 * @param account of the namespace of the instance: while it is not there, the instance may not be there either, and nothing can be read
 */
export function authorityCopy(
  children: ApplicationChildren,
  common: EmbeddedMetadata,
  content: pulumi.Output<SecretContent>,
  account: core.ServiceAccount,
): core.ConfigMap {
  const id = pulumi
    .all([content, account.id])
    .apply(([{ instance }]) => `${instance.namespace}/${instance.caConfigMap}`);
  const { parent, dependsOn } = children.options([account]);
  const source = core.ConfigMap.get(`${children.name}-authority-source`, id, { parent, dependsOn });
  const metadata = content.apply(({ namespace, secret }) => besideApplication(namespace, common, secret));
  const data = pulumi.all([source.data, content]).apply(([found, { instance }]) => {
    const certificate = (found as Record<string, string> | undefined)?.["ca.crt"];
    if (certificate === undefined)
      throw new Error(
        `ConfigMap ${instance.namespace}/${instance.caConfigMap} has no key "ca.crt": is ${instance.name} a PostgresInstance?`,
      );
    return { "ca.crt": certificate };
  });
  return children.configMap("authority", metadata, data);
}
