import { signalSession } from "../../embedded/driver/process-table";

// Loaded by mocha in the process of every spec file. A spec must not go on when the run is gone: the next one may have begun.
process.on("disconnect", () => signalSession(process.pid, "SIGTERM"));
