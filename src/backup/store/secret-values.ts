import { knownAccount, type ValueProblem } from "./destination";

/** The parts of a connection string of Azure Storage; keys in lower case. */
function parts(connectionString: string): Map<string, string> {
  const pairs = connectionString.split(";").filter(part => part.trim() !== "");
  return new Map(
    pairs.map((pair): [string, string] => {
      const [, name = pair, value = ""] = /^\s*([^=]+)=(.*)$/s.exec(pair) ?? [];
      return [name.toLowerCase(), value.trim()];
    }),
  );
}

/**
 * What is wrong with a connection string; the message never holds any of it.
 * @param account the account of the destination, when it is known
 */
export function connectionStringProblem(
  connectionString: string,
  account: string | undefined,
): ValueProblem | undefined {
  const remedy = "Copy it from the access keys, or the shared access signature, of the storage account.";
  const found = parts(connectionString);
  if (found.has("usedevelopmentstorage"))
    return [
      "means an emulator on the own host, which pods do not reach.",
      "Write AccountName, AccountKey and BlobEndpoint out.",
    ];
  const hasKey = found.has("accountname") && found.has("accountkey");
  if (!hasKey && !found.has("sharedaccesssignature"))
    return [
      "is no connection string: it has neither AccountName and AccountKey nor SharedAccessSignature.",
      remedy,
    ];
  const own = found.get("accountname");
  if (own !== undefined && account !== undefined && account !== "" && own !== account)
    return [
      `is for another account than "${account}": Barman would write to the account of the connection string.`,
      remedy,
    ];
  return undefined;
}

/** What ought to be known of a connection string that is allowed. */
export function connectionStringWarnings(connectionString: string): string[] {
  const found = parts(connectionString);
  const endpoint = found.get("blobendpoint") ?? "";
  const clear = /^http:/i.test(endpoint) || found.get("defaultendpointsprotocol")?.toLowerCase() === "http";
  return [
    ...(clear ? [clearWarning("azure.credentials.connectionString")] : []),
    ...(found.get("accountname") === knownAccount ? [knownAccountWarning] : []),
  ];
}

export function clearWarning(argument: string): string {
  return `${argument} uses http: WAL and base backups, which hold all data, and signatures of requests travel unencrypted. Use https outside of a test.`;
}

export const knownAccountWarning = `The account ${knownAccount} is Azurite's, with a key that everybody knows: whoever reaches the endpoint reads the backups. Give Azurite an account of its own (AZURITE_ACCOUNTS).`;

export function accountKeyProblem(key: string): ValueProblem | undefined {
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(key) && key.length % 4 === 0) return undefined;
  return ["is no key of a storage account, which is Base64.", "Copy it from the access keys of the account."];
}

const sasRemedy =
  "Make one with the permissions read, write, list and delete (`sp=rwdl`) for the container, or the account with all its kinds of resources.";

export function sasTokenProblem(token: string): ValueProblem | undefined {
  const query = new URLSearchParams(token.replace(/^\?/, ""));
  if (!query.has("sig")) return ["is no shared access signature: it has no sig.", sasRemedy];
  // A signature by a stored access policy has its permissions there.
  const permissions = query.get("sp");
  const missing = permissions === null ? [] : [..."rwl"].filter(letter => !permissions.includes(letter));
  if (missing.length === 0) return undefined;
  return [`lacks the permission${missing.length > 1 ? "s" : ""} ${missing.join(", ")}.`, sasRemedy];
}

/** What ought to be known of a SAS token that is allowed. */
export function sasTokenWarnings(token: string, hasTags: boolean): string[] {
  const permissions = new URLSearchParams(token.replace(/^\?/, "")).get("sp");
  if (permissions === null) return [];
  return [
    ...(permissions.includes("d")
      ? []
      : ["The SAS token has no permission to delete (d): retention fails and the archive grows for ever."]),
    ...(hasTags && !permissions.includes("t")
      ? ["The SAS token has no permission to set tags (t): archiving with `tags` fails."]
      : []),
  ];
}

export function accessKeyPartProblem(text: string): ValueProblem | undefined {
  if (text !== "" && !/\s/.test(text)) return undefined;
  return ["is empty or has blanks.", "Copy it without what stands around it."];
}

export function serviceAccountKeyProblem(text: string): ValueProblem | undefined {
  const remedy = "Give the content of the JSON file that Google makes for the key of a service account.";
  let key: unknown;
  try {
    key = JSON.parse(text);
  } catch {
    return ["is no JSON.", remedy];
  }
  const type = typeof key === "object" && key !== null ? (key as { type?: unknown }).type : undefined;
  // The other known type, of federated identities, holds no secret and works as well.
  if (type === "service_account" || type === "external_account") return undefined;
  return ["is no key of a service account.", remedy];
}
