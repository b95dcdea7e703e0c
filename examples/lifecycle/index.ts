import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { PostgresInstance } from "pulumi-cnpg";

/** What the stack of this example holds: one instance, whose check connects as an application does. */
export function program(): Record<string, unknown> {
  const orders = new PostgresInstance("orders", {
    size: "micro",
    storage: { size: "1Gi" },
    extensions: ["pgcrypto"],
    keepData: false,
  });
  return {
    host: orders.host,
    serverVersion: orders.serverVersion,
    state: orders.state,
    health: orders.health,
  };
}

/** Create, wait, connect, and clean up, whatever happens in between. */
export async function lifecycle(say: (line: string) => void): Promise<string> {
  const stack = await LocalWorkspace.createOrSelectStack({
    projectName: "pulumi-cnpg-lifecycle",
    stackName: "example",
    program: async () => program(),
  });
  try {
    const { outputs } = await stack.up({ onOutput: line => say(line.trimEnd()) });
    say(`${outputs.host?.value} answers: ${outputs.serverVersion?.value}`);
    return outputs.serverVersion?.value as string;
  } finally {
    await cleanUp(stack, say);
  }
}

async function cleanUp(stack: Stack, say: (line: string) => void): Promise<void> {
  await stack.destroy({ onOutput: line => say(line.trimEnd()) });
  await stack.workspace.removeStack(stack.name);
}

if (require.main === module) {
  lifecycle(line => console.log(line)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
