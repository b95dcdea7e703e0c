import { serve } from "../protocol/server";
import { standInVersion } from "../protocol/version";
import { KubernetesProvider } from "./provider";

serve(log => new KubernetesProvider(standInVersion("kubernetes"), log));
