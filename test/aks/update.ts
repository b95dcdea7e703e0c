import { openVerification } from "./stack";

// One update in a process of its own, which can be killed with its engine. Each resource that is begun is a line on stdout.
const options = JSON.parse(process.argv[2] ?? "{}") as Parameters<typeof openVerification>[0];

async function update(): Promise<void> {
  const { stack } = await openVerification(options);
  await stack.up({
    onEvent: ({ resourcePreEvent }) => {
      if (resourcePreEvent?.metadata.op === "create") console.log(resourcePreEvent.metadata.urn);
    },
  });
}

update().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
