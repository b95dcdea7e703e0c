import { isPositiveQuantity } from "../../quantity";
import type { Report } from "../../report";
import type { StorageArgs } from "../args";

export function checkStorage(path: string, storage: StorageArgs | undefined, report: Report): void {
  if (storage?.size !== undefined && !isPositiveQuantity(storage.size)) {
    report(
      `${path}.size`,
      storage.size,
      "is not a size.",
      'Write a Kubernetes quantity greater than zero, for example "10Gi".',
    );
  }
}
