import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Pool } from "pg";

/** A note, as the service hands it out. */
interface Note {
  id: string;
  text: string;
  written: string;
}

/** Longest text of a note, characters. */
const longestNote = 1000;

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 5, connectionTimeoutMillis: 5000 });
// A connection that is lost while nobody uses it is replaced with the next query.
pool.on("error", error => console.error(`a connection was lost: ${error.message}`));

/** The table is another one's. */
const readOnly = process.env.READ_ONLY === "true";

async function prepare(): Promise<void> {
  if (readOnly) return;
  await pool.query(
    `CREATE TABLE IF NOT EXISTS note (
       id uuid PRIMARY KEY DEFAULT uuid_generate_v4(),
       text text NOT NULL,
       digest bytea GENERATED ALWAYS AS (digest(text, 'sha256')) STORED,
       written timestamptz NOT NULL DEFAULT now())`,
  );
}

async function notes(): Promise<Note[]> {
  const found = await pool.query<Note>("SELECT id, text, written FROM note ORDER BY written DESC LIMIT 100");
  return found.rows;
}

async function write(text: string): Promise<Note> {
  const made = await pool.query<Note>("INSERT INTO note (text) VALUES ($1) RETURNING id, text, written", [
    text,
  ]);
  return made.rows[0] as Note;
}

async function answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
  const { method, url } = request;
  if (url === "/health") {
    const [row] = (await pool.query("SELECT current_user AS role, current_database() AS database")).rows;
    return [200, row];
  }
  if (url !== "/notes") return [404, { error: "There are /health and /notes." }];
  if (method === "GET") return [200, await notes()];
  if (method !== "POST" || readOnly) return [405, { error: readOnly ? "GET." : "GET or POST." }];
  const text = (await body(request)).trim();
  if (text === "" || text.length > longestNote)
    return [400, { error: `Send a text of 1 to ${longestNote} characters.` }];
  return [201, await write(text)];
}

async function body(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > longestNote) break;
  }
  return text;
}

const server = createServer((request, response: ServerResponse) => {
  answer(request)
    .catch((error: Error): [number, unknown] => [503, { error: error.message }])
    .then(([status, content]) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(`${JSON.stringify(content)}\n`);
    })
    .catch(console.error);
});

const port = Number(process.env.PORT ?? 8080);

prepare()
  .then(() => server.listen(port, () => console.log(`Notes are served at port ${port}.`)))
  .catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });

// Requests that have begun are answered; Kubernetes sends no new ones.
process.on("SIGTERM", () => server.close(() => void pool.end().then(() => process.exit(0))));
