import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Component, statusOf } from "./component";
import { flags } from "./control-plane";
import { Layout } from "./layout";

/** The blob store of the cluster. Pods and this machine reach it at the same address. */
export interface ObjectStore {
  /** `http://<node>:10000/<account>`; a container's name follows. */
  endpoint: string;
  /** Account, key and endpoint, as the SDKs of Azure Storage and Barman read them. Secret. */
  connectionString: string;
}

const port = 10_000;
const account = "pulumicnpg";

/** What Azurite answers to a request that names no account. */
const noAccount = 400;

/** The containers' content and Azurite's lists of it. */
export function objectStoreDataDir(layout: Layout): string {
  return join(layout.objectStoreDir, "data");
}

function keyFile(layout: Layout): string {
  return join(layout.objectStoreDir, "account-key");
}

/** Makes the account's random key, unless there is one, and the folder of the data. */
export function ensureObjectStoreAccount(layout: Layout): void {
  mkdirSync(layout.objectStoreDir, { recursive: true, mode: 0o700 });
  mkdirSync(objectStoreDataDir(layout), { recursive: true });
  if (existsSync(keyFile(layout))) return;
  writeFileSync(`${keyFile(layout)}.new`, randomBytes(64).toString("base64"), { mode: 0o600 });
  renameSync(`${keyFile(layout)}.new`, keyFile(layout));
}

/** Address of the account, known before there is one. */
export function objectStoreEndpoint(layout: Layout): string {
  return `http://${layout.nodeAddress}:${port}/${account}`;
}

/** How the store of a started cluster is reached. */
export function objectStoreOf(layout: Layout): ObjectStore {
  const endpoint = objectStoreEndpoint(layout);
  const key = readFileSync(keyFile(layout), "utf8");
  const parts = {
    DefaultEndpointsProtocol: "http",
    AccountName: account,
    AccountKey: key,
    BlobEndpoint: endpoint,
  };
  const connectionString = Object.entries(parts)
    .map(([name, value]) => `${name}=${value}`)
    .join(";");
  return { endpoint, connectionString };
}

/** Azurite's blob service, in the cluster's network namespace like everything else. */
export function objectStoreComponent(layout: Layout): Component {
  return {
    name: "azurite",
    command: process.execPath,
    args: [
      require.resolve("azurite/dist/src/blob/main.js"),
      ...flags({
        blobHost: layout.nodeAddress,
        blobPort: String(port),
        location: objectStoreDataDir(layout),
      }),
      // Barman's and the SDKs' versions of the API run ahead of Azurite's list.
      "--skipApiVersionCheck",
      // The account is always the first part of the path, also where a name stands in place of the address.
      "--disableProductStyleUrl",
      "--disableTelemetry",
      // An access log would hold the signatures of signed addresses.
      "--silent",
    ],
    // Before the first start there is no key yet, and nobody to tell it to.
    env: existsSync(keyFile(layout))
      ? { AZURITE_ACCOUNTS: `${account}:${readFileSync(keyFile(layout), "utf8")}` }
      : {},
    healthy: async () => (await statusOf(`http://${layout.nodeAddress}:${port}/`)) === noAccount,
    // It writes its lists when it is asked to end.
    graceMs: 15_000,
  };
}
