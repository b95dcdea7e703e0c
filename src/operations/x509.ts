import { execFile } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const day = 86_400_000;

/** A certificate with its key, both PEM. */
export interface CertificatePair {
  certificate: string;
  /** SEC1, "EC PRIVATE KEY": CloudNativePG refuses PKCS#8. */
  key: string;
}

/** A new EC key on P-256 in SEC1 form. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

/** A certificate authority's own certificate over this key. */
export async function selfSignedAuthority(
  commonName: string,
  key: string,
  validDays: number,
): Promise<string> {
  const extensions = [
    "basicConstraints = critical, CA:TRUE",
    "keyUsage = critical, keyCertSign, cRLSign",
    "subjectKeyIdentifier = hash",
  ];
  return inScratch(
    { "ca.key": key, "request.cnf": configuration(commonName, extensions) },
    async directory => {
      await openssl(directory, [
        "req",
        "-x509",
        "-new",
        "-sha256",
        "-key",
        "ca.key",
        "-config",
        "request.cnf",
        "-days",
        String(validDays),
        "-out",
        "ca.crt",
      ]);
      return readFile(join(directory, "ca.crt"), "utf8");
    },
  );
}

/** A certificate for servers and clients over this key, signed by the authority. */
export async function signedLeaf(
  leaf: { commonName: string; dnsNames: readonly string[]; key: string; validDays: number },
  authority: CertificatePair,
): Promise<string> {
  const extensions = [
    "basicConstraints = critical, CA:FALSE",
    "keyUsage = critical, digitalSignature",
    "extendedKeyUsage = serverAuth, clientAuth",
    "subjectKeyIdentifier = hash",
    "authorityKeyIdentifier = keyid",
    ...(leaf.dnsNames.length === 0
      ? []
      : [`subjectAltName = ${leaf.dnsNames.map(name => `DNS:${name}`).join(",")}`]),
  ];
  const files = {
    "leaf.key": leaf.key,
    "ca.key": authority.key,
    "ca.crt": authority.certificate,
    "request.cnf": configuration(leaf.commonName, extensions),
  };
  return inScratch(files, async directory => {
    await openssl(directory, [
      "req",
      "-new",
      "-sha256",
      "-key",
      "leaf.key",
      "-config",
      "request.cnf",
      "-out",
      "leaf.csr",
    ]);
    await openssl(directory, [
      ...[
        "x509",
        "-req",
        "-sha256",
        "-in",
        "leaf.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
      ],
      ...[
        "-extfile",
        "request.cnf",
        "-extensions",
        "extensions",
        "-days",
        String(leaf.validDays),
        "-out",
        "leaf.crt",
      ],
    ]);
    return readFile(join(directory, "leaf.crt"), "utf8");
  });
}

/** What is known of a certificate; the first one when the text holds several. */
export interface CertificateFacts {
  commonName: string | undefined;
  dnsNames: string[];
  notAfter: Date;
}

/** @throws Error when the text is no PEM certificate */
export function readCertificate(pem: string): CertificateFacts {
  const certificate = new X509Certificate(pem);
  const names = certificate.subjectAltName?.split(/,\s*/) ?? [];
  return {
    commonName: /^CN=(.*)$/m.exec(certificate.subject)?.[1],
    dnsNames: names.filter(name => name.startsWith("DNS:")).map(name => name.slice(4)),
    notAfter: new Date(certificate.validTo),
  };
}

/** Whether the certificate is over this key. @throws Error when either is unreadable */
export function isOverKey(certificate: string, key: string): boolean {
  return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
}

/** Whether a certificate is close enough to its end, or past it, to be renewed. */
export function renewalDue(notAfter: Date, now: Date, renewBeforeDays: number): boolean {
  return notAfter.getTime() - now.getTime() <= renewBeforeDays * day;
}

function configuration(commonName: string, extensions: string[]): string {
  return [
    "[req]",
    "prompt = no",
    "utf8 = yes",
    "distinguished_name = name",
    "x509_extensions = extensions",
    "[name]",
    `CN = ${commonName}`,
    "[extensions]",
    ...extensions,
    "",
  ].join("\n");
}

/** Keys go through files only this user can read, in a directory that is gone afterwards. */
async function inScratch<T>(
  files: Record<string, string>,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "certificates-"));
  try {
    for (const [name, content] of Object.entries(files))
      await writeFile(join(directory, name), content, { mode: 0o600 });
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function openssl(directory: string, args: string[]): Promise<void> {
  try {
    await run("openssl", args, { cwd: directory, timeout: 30_000 });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    const reason = code === "ENOENT" ? "the program is not installed" : (stderr ?? String(error)).trim();
    throw new Error(`openssl ${args[0]} failed: ${reason}`, { cause: error });
  }
}
