export { type HubOptions, HubProcess } from "../support/hub_process.ts";
