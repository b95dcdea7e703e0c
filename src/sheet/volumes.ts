import type { ResolvedInstance, ResolvedStorage } from "../instance/resolve";
import { bytesOf } from "./pods";
import type { SheetVolume } from "./sheet";

/** Volumes of every generation: those of a stopped one stay. */
export function sheetVolumes({ instances, generations }: ResolvedInstance): SheetVolume[] {
  const several = generations.length > 1;
  return generations.flatMap(({ generation, storage, walStorage }) => {
    const of = several ? ` of generation ${generation}` : "";
    return [
      volume(`data${of}`, instances, storage),
      ...(walStorage === undefined ? [] : [volume(`WAL${of}`, instances, walStorage)]),
    ];
  });
}

function volume(what: string, volumes: number, { size, storageClass }: ResolvedStorage): SheetVolume {
  return {
    what,
    volumes,
    bytes: bytesOf(size),
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}

/** Size of all of them. */
export function volumeBytes(volumes: readonly SheetVolume[]): number {
  return volumes.reduce((sum, { volumes: count, bytes }) => sum + count * bytes, 0);
}
