import { serve } from "../protocol/server";
import { standInVersion } from "../protocol/version";
import { RandomProvider } from "./provider";

serve(() => new RandomProvider(standInVersion("random")));
