import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { ObjectStoreObject } from "../cnpg/object-store";

/** Seconds a store may take to answer anything at all. */
const patience = 10;

/** Where stores of the two big clouds are when no endpoint is named. */
const cloudEndpoints: Readonly<Record<string, string>> = {
  "s3:": "https://s3.amazonaws.com",
  "gs:": "https://storage.googleapis.com",
};

/** The address at which a store answers; undefined where it cannot be told. */
export function storeAddress({ spec }: ObjectStoreObject): string | undefined {
  const { destinationPath = "", endpointURL } = spec?.configuration ?? {};
  try {
    const url = new URL(endpointURL ?? destinationPath);
    return cloudEndpoints[url.protocol] ?? (url.protocol.startsWith("http") ? url.origin : undefined);
  } catch {
    return undefined;
  }
}

/** Asks whether a store answers. @returns why not; undefined when it does */
export type StoreReach = (address: string) => Promise<string | undefined>;

/** Failures of the way there. Every other one, a certificate for example, shows that somebody answers. */
const unreachable = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
]);

/** Asks by HTTP without any credential: that it refuses is an answer too. */
export const reachStore: StoreReach = address =>
  new Promise(resolve => {
    const begin = address.startsWith("https:") ? httpsRequest : httpRequest;
    const request = begin(address, { method: "HEAD", agent: false }, response => {
      response.resume();
      resolve(undefined);
    });
    const late = setTimeout(() => {
      resolve(`no answer within ${patience} s`);
      request.destroy();
    }, patience * 1000);
    request.on("error", (error: NodeJS.ErrnoException) =>
      resolve(unreachable.has(error.code ?? "") ? error.message : undefined),
    );
    request.on("close", () => clearTimeout(late));
    request.end();
  });
