import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../process";

/** Unmounts everything below the folders, the innermost first. */
export async function unmountBelow(folders: string[]): Promise<void> {
  const points = mountPoints(readFileSync("/proc/self/mountinfo", "utf8")).filter(point =>
    folders.some(folder => point === folder || point.startsWith(folder + "/")),
  );
  for (const point of points.reverse()) {
    const plain = await run("umount", [point], { accept: [0, 1, 32] });
    // A mount that a dying process still holds goes as soon as that process does.
    if (plain.code !== 0) await run("umount", ["--lazy", point]);
  }
}

/** The mount points in a text of the form of /proc/self/mountinfo, in the order of mounting. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .map(line => line.split(" ")[4] ?? "")
    .filter(point => point !== "")
    .map(point =>
      point.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(parseInt(code, 8))),
    );
}

/** Detaches the loop devices whose files are in the folder, deleted files included. */
export async function detachLoopDevices(folder: string): Promise<void> {
  const listed = await run("losetup", ["--list", "--json", "--output", "NAME,BACK-FILE"]);
  for (const { name } of loopDevices(listed.stdout, folder)) await run("losetup", ["--detach", name]);
}

/** The devices in losetup's JSON list (nothing at all when there are none) whose backing file is in the folder. */
export function loopDevices(list: string, folder: string): { name: string; file: string }[] {
  if (list.trim() === "") return [];
  const parsed = JSON.parse(list) as { loopdevices?: { name: string; "back-file": string | null }[] };
  return (parsed.loopdevices ?? [])
    .map(device => ({ name: device.name, file: device["back-file"] ?? "" }))
    .filter(device => device.file.startsWith(join(folder, "/")));
}
