import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

import { parse } from "yaml";

import type { PropertyMap } from "../protocol/property";
import { at, list, text } from "./manifest";

/** How to reach one API server as one user. */
export interface Connection {
  server: string;
  namespace: string;
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
  username?: string;
  password?: string;
  tlsServerName?: string;
  insecure: boolean;
}

export interface KubeconfigOverrides {
  context?: string;
  cluster?: string;
  namespace?: string;
}

export interface Kubeconfig {
  content: PropertyMap;
  /** Relative file names in it are relative to this folder. */
  directory: string;
}

/** Reads a kubeconfig given as a path or as its content, else the one of `KUBECONFIG`, else `~/.kube/config`. */
export function readKubeconfig(pathOrContent: string | undefined): Kubeconfig {
  if (pathOrContent !== undefined && pathOrContent !== "" && !existsSync(pathOrContent)) {
    const content: unknown = parse(pathOrContent);
    if (typeof content !== "object" || content === null) {
      throw new Error(`The kubeconfig is neither the path of a file nor YAML: ${pathOrContent.slice(0, 80)}`);
    }
    return { content: content as PropertyMap, directory: process.cwd() };
  }
  const path = pathOrContent !== undefined && pathOrContent !== "" ? pathOrContent : ambientPath();
  return { content: parse(readFileSync(path, "utf8")) as PropertyMap, directory: dirname(resolve(path)) };
}

function ambientPath(): string {
  const candidates = (process.env["KUBECONFIG"] ?? "").split(delimiter).filter(path => path !== "");
  if (candidates.length === 0) candidates.push(join(homedir(), ".kube", "config"));
  const found = candidates.find(path => existsSync(path));
  if (found === undefined) {
    throw new Error(
      `No kubeconfig at ${candidates.join(" or ")}: set KUBECONFIG or the provider's "kubeconfig".`,
    );
  }
  return found;
}

/** The cluster entry that the chosen context selects; it is what a provider's identity hangs on. */
export function activeCluster(
  kubeconfig: Kubeconfig,
  overrides: KubeconfigOverrides,
): PropertyMap | undefined {
  const context = entry(
    kubeconfig,
    "contexts",
    overrides.context ?? text(kubeconfig.content, "current-context"),
  );
  const cluster = entry(kubeconfig, "clusters", overrides.cluster ?? text(context, "context", "cluster"));
  return at(cluster, "cluster") as PropertyMap | undefined;
}

/** Resolves context, cluster and user. Throws when a part is missing or is of a kind we cannot serve. */
export function connect(kubeconfig: Kubeconfig, overrides: KubeconfigOverrides): Connection {
  const contextName = overrides.context ?? text(kubeconfig.content, "current-context");
  const context = entry(kubeconfig, "contexts", contextName);
  if (context === undefined) throw new Error(`The kubeconfig has no context "${contextName}".`);
  const cluster = activeCluster(kubeconfig, overrides);
  const server = text(cluster, "server");
  if (server === "")
    throw new Error(`The kubeconfig's context "${contextName}" names no cluster with a server.`);

  const userName = text(context, "context", "user");
  const user = at(entry(kubeconfig, "users", userName), "user") as PropertyMap | undefined;
  if (at(user, "exec") !== undefined || at(user, "auth-provider") !== undefined) {
    throw new Error(
      `The kubeconfig's user "${userName}" gets its credentials from a program, which the stand-in plugin does not run: use a kubeconfig with a certificate or a token, or install the real plugin.`,
    );
  }
  const namespace = overrides.namespace ?? text(context, "context", "namespace");
  return {
    server,
    namespace: namespace === "" ? "default" : namespace,
    insecure: at(cluster, "insecure-skip-tls-verify") === true,
    ...present("ca", material(kubeconfig, cluster, "certificate-authority")),
    ...present("cert", material(kubeconfig, user, "client-certificate")),
    ...present("key", material(kubeconfig, user, "client-key")),
    ...present("token", text(user, "token") || file(kubeconfig, text(user, "tokenFile"))?.trim()),
    ...present("username", text(user, "username")),
    ...present("password", text(user, "password")),
    ...present("tlsServerName", text(cluster, "tls-server-name")),
  };
}

function present<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return (value === undefined || value === "" ? {} : { [key]: value }) as { [K in Key]?: string };
}

function entry(kubeconfig: Kubeconfig, section: string, name: string): PropertyMap | undefined {
  return list(kubeconfig.content, section).find(candidate => text(candidate, "name") === name) as
    PropertyMap | undefined;
}

/** Certificates and keys stand in the kubeconfig as base64 or in a file beside it. */
function material(kubeconfig: Kubeconfig, section: PropertyMap | undefined, key: string): string | undefined {
  const inline = text(section, `${key}-data`);
  return inline === ""
    ? file(kubeconfig, text(section, key))
    : Buffer.from(inline, "base64").toString("utf8");
}

function file(kubeconfig: Kubeconfig, path: string): string | undefined {
  return path === "" ? undefined : readFileSync(resolve(kubeconfig.directory, path), "utf8");
}
