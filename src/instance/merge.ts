export { merge } from "../merge";
