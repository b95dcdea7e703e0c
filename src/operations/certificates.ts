import { appLabels, labels, managedBy } from "../cnpg/metadata";
import type { Manifest, OwnerReference } from "../cnpg/object";
import { kinds, type KubernetesApi } from "./kubernetes";
import { ensureOwner, type ObjectOwner, resolveOwner } from "./object-owner";
import { type Operation, type OperationContext, RequestError, type RequestReader } from "./operation";
import { decode, encode, type SecretManifest, type SecretTexts } from "./secret";
import {
  type CertificatePair,
  isOverKey,
  newKey,
  readCertificate,
  renewalDue,
  selfSignedAuthority,
  signedLeaf,
} from "./x509";

/** One Secret with certificates. */
export interface CertificateRequest {
  /**
   * `ca`: a certificate authority, Secret keys ca.crt and ca.key.
   * `tls`: a certificate for a server or client, signed by an authority of its own, Secret keys tls.crt, tls.key, ca.crt, ca.key.
   * `client`: a certificate signed by `authority`, Secret keys tls.crt, tls.key, ca.crt.
   */
  kind: "ca" | "tls" | "client";
  /** Name of the Secret. */
  secret: string;
  /** Where the authority of a `client` is: a Secret with ca.crt and ca.key. */
  authority?: { namespace: string; secret: string };
  /** Name of a ConfigMap that holds ca.crt for those who may not read Secrets. */
  configMap?: string;
  /** ConfigMaps of the same namespace whose ca.crt is trusted too: appended in `configMap`, as far as they exist. */
  trusted?: string[];
  commonName: string;
  /** Names in a `tls` certificate. A change issues a new one over the same key. */
  dnsNames: string[];
  /** Days a new certificate is valid. */
  validDays: number;
  /** Days before its end at which it is renewed; fewer than `validDays`. */
  renewBeforeDays: number;
}

/** Request of `certificates`. */
export interface CertificatesRequest {
  namespace: string;
  certificates: CertificateRequest[];
  owner?: ObjectOwner;
}

export const certificates: Operation<CertificatesRequest> = {
  help: `Makes certificates that are absent and renews, over the same key and name, those that end soon; leaves all others alone.
Request: namespace, owner {apiVersion, kind, name},
  certificates [{kind ("ca", "tls" or "client"), secret, authority {namespace, secret}, configMap, trusted, commonName, dnsNames,
  validDays, renewBeforeDays}].`,
  read: readRequest,
  async run(request, context) {
    const owner = request.owner && (await resolveOwner(request.owner, request.namespace, context.api));
    for (const certificate of request.certificates) {
      await ensureCertificate(certificate, request.namespace, owner, context);
    }
  },
};

/** What is to be done about one Secret. */
export type CertificateAction = { action: "create" | "keep" } | { action: "renew"; reason: string };

/**
 * What is to be done about a Secret.
 * @param found what it holds; undefined when it does not exist
 * @param authority that signs a `client`
 * @throws Error when a Secret of the name holds something else: it is not ours to overwrite
 */
export function certificateAction(
  request: CertificateRequest,
  found: SecretTexts | undefined,
  now: Date,
  authority?: CertificatePair,
): CertificateAction {
  if (found === undefined) return { action: "create" };
  const names = secretKeys(request.kind);
  const needed = [names.certificate, names.key, "ca.crt", ...(request.kind === "client" ? [] : ["ca.key"])];
  const missing = needed.filter(key => !found[key]);
  if (missing.length > 0) {
    throw new Error(
      `Secret ${request.secret} exists without ${missing.join(", ")}: it was made by something else; delete it, or choose another name`,
    );
  }
  const certificate = readSecretCertificate(request.secret, names.certificate, found);
  if (!isOverKey(text(found, names.certificate), text(found, names.key))) {
    throw new Error(
      `Secret ${request.secret}: ${names.certificate} and ${names.key} do not belong together; delete the Secret to have both made anew`,
    );
  }
  if (renewalDue(certificate.notAfter, now, request.renewBeforeDays)) {
    return { action: "renew", reason: `it ends on ${certificate.notAfter.toISOString().slice(0, 10)}` };
  }
  if (request.kind === "tls" && !sameNames(certificate.dnsNames, request.dnsNames)) {
    return { action: "renew", reason: `it is for ${certificate.dnsNames.join(", ") || "no name"}` };
  }
  if (authority !== undefined && found["ca.crt"] !== authority.certificate) {
    return { action: "renew", reason: "its authority has another certificate" };
  }
  return { action: "keep" };
}

/**
 * What the Secret is to hold after the action. A renewal keeps key and common name,
 * so that whoever trusts the old authority trusts what the new one signs.
 */
export async function certificateData(
  request: CertificateRequest,
  found: SecretTexts | undefined,
  now: Date,
  authority?: CertificatePair,
): Promise<SecretTexts> {
  if (request.kind === "client") return clientData(request, found, authority);
  if (request.kind === "ca") {
    const key = found?.["ca.key"] ?? newKey();
    return {
      "ca.crt": await selfSignedAuthority(commonNameOf(found?.["ca.crt"], request), key, request.validDays),
      "ca.key": key,
    };
  }
  const own = await leafAuthority(request, found, now);
  const key = found?.["tls.key"] ?? newKey();
  const commonName = commonNameOf(found?.["tls.crt"], request);
  const leaf = await signedLeaf(
    { commonName, dnsNames: request.dnsNames, key, validDays: request.validDays },
    own,
  );
  // Both sides of the plugin's connection trust what is in the other's tls.crt: with the authority in it they also
  // trust the renewed certificate of a side they have not read again yet.
  return {
    "tls.crt": leaf + own.certificate,
    "tls.key": key,
    "ca.crt": own.certificate,
    "ca.key": own.key,
  };
}

/** A certificate that another authority signs; its key stays, the authority's does not come along. */
async function clientData(
  { commonName, dnsNames, validDays, secret }: CertificateRequest,
  found: SecretTexts | undefined,
  authority: CertificatePair | undefined,
): Promise<SecretTexts> {
  if (authority === undefined) throw new RequestError(`certificate ${secret}`, "has no authority");
  const key = found?.["tls.key"] ?? newKey();
  const certificate = await signedLeaf({ commonName, dnsNames, key, validDays }, authority);
  return { "tls.crt": certificate, "tls.key": key, "ca.crt": authority.certificate };
}

/** Days the authority of a `tls` certificate is valid at least. */
const authorityDays = 3650;

async function leafAuthority(
  request: CertificateRequest,
  found: SecretTexts | undefined,
  now: Date,
): Promise<CertificatePair> {
  const [certificate, key = newKey()] = [found?.["ca.crt"], found?.["ca.key"]];
  if (
    certificate !== undefined &&
    !renewalDue(readCertificate(certificate).notAfter, now, request.validDays)
  ) {
    return { certificate, key };
  }
  const validDays = Math.max(authorityDays, 2 * request.validDays);
  return { certificate: await selfSignedAuthority(`${request.commonName}-ca`, key, validDays), key };
}

function commonNameOf(certificate: string | undefined, request: CertificateRequest): string {
  return (
    (certificate === undefined ? undefined : readCertificate(certificate).commonName) ?? request.commonName
  );
}

async function ensureCertificate(
  request: CertificateRequest,
  namespace: string,
  owner: OwnerReference | undefined,
  context: OperationContext,
): Promise<void> {
  const secret = await context.api.get<SecretManifest>(kinds.secret, namespace, request.secret);
  const found = secret && decode(secret.data ?? {});
  const authority = request.authority && (await readAuthority(request.authority, context.api));
  const now = context.clock.now();
  const decision = certificateAction(request, found, now, authority);
  const name = `Secret ${namespace}/${request.secret}`;
  if (secret !== undefined && found !== undefined && decision.action === "keep") {
    context.say(`${name} is valid until ${validUntil(request, found)}: nothing to do.`);
    await ensureOwner(kinds.secret, secret, owner, context.api);
    await ensureConfigMap(request, namespace, found, owner, context);
    return;
  }
  context.say(decision.action === "renew" ? `Renewing ${name}: ${decision.reason}.` : `Making ${name}.`);
  const data = await certificateData(request, found, now, authority);
  await writeSecret(request, namespace, data, secret, owner, context.api);
  context.say(`${name} is valid until ${validUntil(request, data)}.`);
  await ensureConfigMap(request, namespace, data, owner, context);
}

async function readAuthority(
  { namespace, secret }: { namespace: string; secret: string },
  api: KubernetesApi,
): Promise<CertificatePair> {
  const found = await api.get<SecretManifest>(kinds.secret, namespace, secret);
  const { "ca.crt": certificate, "ca.key": key } = decode(found?.data ?? {});
  if (certificate === undefined || key === undefined) {
    throw new Error(`Secret ${namespace}/${secret} holds no certificate authority with its key`);
  }
  return { certificate, key };
}

interface ConfigMapManifest extends Manifest {
  data?: Record<string, string>;
}

async function writeSecret(
  request: CertificateRequest,
  namespace: string,
  data: SecretTexts,
  existing: SecretManifest | undefined,
  owner: OwnerReference | undefined,
  api: KubernetesApi,
): Promise<void> {
  if (existing !== undefined) {
    // With the version a writer in between is noticed instead of overwritten.
    const { resourceVersion } = existing.metadata;
    await api.patch(kinds.secret, namespace, request.secret, {
      metadata: { resourceVersion },
      data: encode(data),
    });
    await ensureOwner(kinds.secret, existing, owner, api);
    return;
  }
  await api.create(kinds.secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadata(request.secret, namespace, owner),
    type: request.kind === "ca" ? "Opaque" : "kubernetes.io/tls",
    data: encode(data),
  });
}

async function ensureConfigMap(
  request: CertificateRequest,
  namespace: string,
  data: SecretTexts,
  owner: OwnerReference | undefined,
  context: OperationContext,
): Promise<void> {
  if (request.configMap === undefined) return;
  const wanted = { "ca.crt": text(data, "ca.crt") + (await trustedToo(request, namespace, context.api)) };
  const existing = await context.api.get<ConfigMapManifest>(kinds.configMap, namespace, request.configMap);
  if (existing === undefined) {
    const manifest = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadata(request.configMap, namespace, owner),
      data: wanted,
    };
    await context.api.create(kinds.configMap, manifest);
  } else {
    if (existing.data?.["ca.crt"] !== wanted["ca.crt"]) {
      await context.api.patch(kinds.configMap, namespace, request.configMap, { data: wanted });
    }
    await ensureOwner(kinds.configMap, existing, owner, context.api);
  }
  context.say(`ConfigMap ${namespace}/${request.configMap} holds its ca.crt.`);
}

/** Certificates of further authorities, as far as they exist. Only the first of each: the others are those it trusts itself. */
async function trustedToo(
  { trusted = [] }: CertificateRequest,
  namespace: string,
  api: KubernetesApi,
): Promise<string> {
  const found = await Promise.all(
    trusted.map(name => api.get<ConfigMapManifest>(kinds.configMap, namespace, name)),
  );
  return found.map(configMap => firstCertificate(configMap?.data?.["ca.crt"] ?? "")).join("");
}

function firstCertificate(pem: string): string {
  const end = "-----END CERTIFICATE-----\n";
  const at = pem.indexOf(end);
  return at === -1 ? "" : pem.slice(0, at + end.length);
}

function metadata(name: string, namespace: string, owner: OwnerReference | undefined): Manifest["metadata"] {
  return {
    name,
    namespace,
    labels: { [appLabels.managedBy]: managedBy, [labels.reload]: "true" },
    ...(owner === undefined ? {} : { ownerReferences: [owner] }),
  };
}

function secretKeys(kind: CertificateRequest["kind"]): { certificate: string; key: string } {
  return kind === "ca"
    ? { certificate: "ca.crt", key: "ca.key" }
    : { certificate: "tls.crt", key: "tls.key" };
}

function validUntil(request: CertificateRequest, data: SecretTexts): string {
  return readCertificate(text(data, secretKeys(request.kind).certificate))
    .notAfter.toISOString()
    .slice(0, 10);
}

function readSecretCertificate(
  secret: string,
  key: string,
  found: SecretTexts,
): ReturnType<typeof readCertificate> {
  try {
    return readCertificate(text(found, key));
  } catch (error) {
    throw new Error(
      `Secret ${secret}: ${key} is not a PEM certificate; delete the Secret to have it made anew`,
      { cause: error },
    );
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...new Set(a)].sort()) === JSON.stringify([...new Set(b)].sort());
}

function text(texts: SecretTexts, key: string): string {
  return texts[key] ?? "";
}

function readRequest(json: RequestReader): CertificatesRequest {
  const owner = json.optionalObject("owner");
  return {
    namespace: json.text("namespace"),
    certificates: json.objects("certificates").map(readCertificateRequest),
    owner: owner && {
      apiVersion: owner.text("apiVersion"),
      kind: owner.text("kind"),
      name: owner.text("name"),
    },
  };
}

function readCertificateRequest(json: RequestReader): CertificateRequest {
  const validDays = json.integer("validDays", 1, 36_500);
  const dnsNames = json.texts("dnsNames");
  const secret = json.text("secret");
  const commonName = json.optionalText("commonName") ?? dnsNames[0] ?? secret;
  const wrong = [commonName, ...dnsNames].find(name => !/^[\w*][\w.*-]{0,252}$/.test(name));
  // They become lines of a configuration file.
  if (wrong !== undefined)
    throw new RequestError(`certificate ${secret}`, `name ${JSON.stringify(wrong)} is not a DNS name`);
  if (commonName.length > 61)
    throw new RequestError(`certificate ${secret}`, "commonName is longer than 61 characters");
  const authority = json.optionalObject("authority");
  return {
    kind: json.choice("kind", ["ca", "tls", "client"]),
    secret,
    authority: authority && { namespace: authority.text("namespace"), secret: authority.text("secret") },
    trusted: json.texts("trusted"),
    configMap: json.optionalText("configMap"),
    commonName,
    dnsNames,
    validDays,
    renewBeforeDays: json.integer("renewBeforeDays", 0, validDays - 1),
  };
}
