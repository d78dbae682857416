/**
 * `main.ts` with an engine that misbehaves on demand, as a program for the tests of processes. Its
 * first argument names what goes wrong; the others are those of the hub.
 *
 * @module
 */
import type { Engine } from "../../../cli/engine.ts";
import { run } from "../../../cli/run.ts";
import { STOP_DEADLINE_MS } from "../../../relaycore/limits.ts";
import { type Hub, type HubConfig, HubStartError } from "../../../relaycore/mod.ts";

const [mishap, ...args] = Deno.args;

function fakeHub(config: HubConfig): Hub {
  const started = performance.now();
  let host = "192.168.1.23";
  const blob = () => `g1|abcdefgh|abcdefghabcdefghabcdefgh|fingerprint|${host}~4711`;
  const addresses = () => [{ host, remark: "wlan0 · most likely your Wi-Fi", reachable: true }];
  return {
    get blob() {
      return blob();
    },
    get link() {
      return `${config.base}/?galaxy=${blob()}`;
    },
    get addresses() {
      return addresses();
    },
    port: 4711,
    discovery: false,
    ready: mishap === "cannot serve"
      ? Promise.reject(new Error("a module does not load"))
      : mishap === "ready hangs"
      ? new Promise(() => {})
      : Promise.resolve(),
    idle: false,
    serving: mishap !== "cannot serve",
    reportError: (error) => config.log?.debug(`internal error: ${(error as Error).stack}`),
    status: () => ({
      version: "0",
      uptimeSeconds: (performance.now() - started) / 1000,
      port: 4711,
      addresses: addresses(),
      discovery: false,
      guests: 3,
      rooms: 2,
      turn: null,
      limits: {},
      counters: {},
    }),
    hasHeardFrom: () => false,
    setPagePort: () => {},
    onChange(listener) {
      if (mishap !== "address changes") return () => {};
      let changes = 0;
      const timer = setInterval(() => {
        if (++changes === 5) console.error("five changes");
        host = host === "192.168.1.23" ? "10.0.0.7" : "192.168.1.23";
        config.log?.info("The addresses have changed.");
        listener();
      }, 200);
      return () => clearInterval(timer);
    },
    stop() {
      if (mishap.startsWith("stop hangs")) return new Promise(() => {});
      if (mishap === "cannot serve") console.log("stopped");
      return Promise.resolve();
    },
    [Symbol.dispose]: () => {},
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const engine: Engine = {
  startHub(config) {
    if (mishap === "start error") {
      throw new HubStartError("UDP port 4711 is taken; choose another with --port.");
    }
    if (mishap === "start forbidden") {
      throw new Deno.errors.NotCapable("Requires env access, run again with the --allow-env flag");
    }
    if (mishap === "start bug") throw new TypeError("x is not a function");
    if (mishap === "start hangs") {
      console.log("starting");
      return new Promise(() => {});
    }
    if (mishap === "uncaught") {
      setTimeout(() => Promise.reject(new Error("a promise nobody awaited")), 50);
      setTimeout(() => {
        throw new Error("a timer that threw");
      }, 100);
      setTimeout(() => console.log("still running"), 200);
    }
    if (mishap === "engine talks") {
      config.log?.warn("a warning");
      config.log?.info("an information");
      config.log?.debug("a detail");
    }
    return Promise.resolve(fakeHub(config));
  },
  startQrPage({ port }) {
    if (mishap === "page refused") throw new Error("the page said no");
    return Promise.resolve({ port, isBusy: false, stop: () => Promise.resolve() });
  },
  startCallPage: ({ port }) =>
    Promise.resolve({ port, isBusy: false, stop: () => Promise.resolve() }),
};

if (import.meta.main) {
  if (mishap === "stop hangs without deadline") {
    const setTimer = globalThis.setTimeout;
    globalThis.setTimeout = ((callback: () => void, ms: number) =>
      ms === STOP_DEADLINE_MS ? 0 : setTimer(callback, ms)) as typeof setTimeout;
  }
  Deno.exit(await run(args, engine));
}
