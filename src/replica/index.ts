export type { ReplicaArgs } from "./args";
export { Replica } from "./component";
export {
  Feed,
  type FollowArgs,
  type FollowSource,
  InitialCopy,
  type ReplicaRequirements,
  ServiceTarget,
  type SourceConnectionArgs,
} from "./follow-args";
