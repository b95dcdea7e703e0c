import { serve } from "../protocol/server";
import { standInVersion } from "../protocol/version";
import { PostgresqlProvider } from "./provider";

serve(() => new PostgresqlProvider(standInVersion("postgresql")));
