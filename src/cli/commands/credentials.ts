import type { RotatedLink, RotateNowRequest } from "../../operations/credentials";
import { type ClusterSurroundings, inCluster } from "../cluster";
import { counted, durationText, timeText } from "../figures";
import { emphasised, type Layout, pairs, table } from "../layout";
import { type CommandResult, ExitCode } from "../result";
import type { Target } from "../target";

/** Rotates the login of a link now, and waits for the end. */
export async function credentialsRotate(
  { context, ...request }: RotateNowRequest & Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const name = `${request.namespace}/${request.link}`;
  const result = await inCluster(`Rotating the login of ${name}`, { context }, surroundings, async around => {
    const { rotateNow } = await import("../../operations/credentials.js");
    return rotateNow(request, around);
  });
  const { active, retired, rotatedAt, secret, workloads, seconds } = result;
  const nothing = "nothing: the application reads its files again by itself";
  return {
    exitCode: ExitCode.Done,
    text: [
      `${emphasised(name, "bold", layout)}, login rotated`,
      "",
      ...pairs(
        [
          ["login", `${active}, since ${timeText(rotatedAt)}`],
          ["retired", retired],
          ["Secret", secret],
          ["made anew", workloads.length === 0 ? nothing : workloads.join(", ")],
          ["took", durationText(seconds)],
        ],
        layout,
      ),
    ].join("\n"),
    json: result,
  };
}

/** The links whose logins can be rotated. */
export async function credentialsList(
  { namespace, context }: Target,
  layout: Layout,
  surroundings: ClusterSurroundings,
): Promise<CommandResult> {
  const title = `Listing the links of ${namespace}`;
  const links = await inCluster(title, { context }, surroundings, async ({ api }) => {
    const { rotatedLinks } = await import("../../operations/credentials.js");
    return rotatedLinks(namespace, api);
  });
  return {
    exitCode: ExitCode.Done,
    text: listLines(namespace, links, layout).join("\n"),
    json: { namespace, links },
  };
}

const columns = [
  { title: "link", emphasis: "bold" as const },
  { title: "database" },
  { title: "logins" },
  { title: "schedule" },
  { title: "last scheduled" },
  { title: "Secret" },
];

function listLines(namespace: string, links: readonly RotatedLink[], layout: Layout): string[] {
  if (links.length === 0) return [`No link of ${namespace} has logins that take turns.`];
  const rows = links.map(({ link, database, logins, schedule, timeZone, lastScheduled, secret }) => [
    link,
    database,
    logins.join(", "),
    schedule === undefined ? "on demand" : `${schedule} ${timeZone ?? ""}`.trimEnd(),
    timeText(lastScheduled),
    secret,
  ]);
  return [
    `${emphasised(namespace, "bold", layout)}, ${counted(links.length, "link")}`,
    "",
    ...table(columns, rows, layout),
  ];
}
