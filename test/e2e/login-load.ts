import { readFileSync } from "node:fs";
import { Client } from "pg";

/** Logs in again and again, each time anew, and writes a row. Ends when it is told to, after what it has begun. */
const everyMs = 1000 / Number(process.env.LOGINS_PER_SECOND);
let ending = false;
let open = 0;

async function once(): Promise<void> {
  const client = new Client({
    ssl: { ca: readFileSync(process.env.PGSSLROOTCERT ?? "", "utf8"), rejectUnauthorized: true },
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("INSERT INTO visit DEFAULT VALUES");
  } finally {
    await client.end();
  }
}

const timer = setInterval(() => {
  // A slow machine is not asked for more than it does.
  if (ending || open >= 5) return;
  open++;
  once()
    .catch((error: Error) => console.error(error.message))
    .finally(() => {
      open--;
      if (ending && open === 0) process.exit(0);
    });
}, everyMs);

process.on("SIGTERM", () => {
  ending = true;
  clearInterval(timer);
  if (open === 0) process.exit(0);
});
