export { eventually } from "../support/waiting.ts";
