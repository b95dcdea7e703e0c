import * as pulumi from "@pulumi/pulumi";
import { refuse } from "../report";

import { serviceSheet } from "../sheet/compute";
import type { ServiceSheet } from "../sheet/sheet";
import { sheetStore } from "../sheet/store";
import { sheetLimitProblems } from "./checks/sheet";
import type { InstanceContext } from "./children";

/** The service sheet, as soon as the store is known; its limits are looked at again then. */
export function instanceSheet({
  name,
  args,
  instance,
  tell,
}: Pick<InstanceContext, "name" | "args" | "instance" | "tell">): pulumi.Output<ServiceSheet> {
  return pulumi.output(args.backup?.store).apply(reference => {
    const store = reference && sheetStore(reference);
    const problems = sheetLimitProblems(name, args, store);
    refuse(problems.map(tell));
    return serviceSheet({ instance, args, store });
  });
}
