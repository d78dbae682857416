/** What systemd hears from the hub, on a socket like its own. */

import { type Environment, findServiceManager } from "../../pi/notify.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { pause } from "../support/waiting.ts";

/** systemd's end: what it hears, in order. */
class Listener implements AsyncDisposable {
  private constructor(
    private readonly directory: string,
    readonly path: string,
    private readonly socket: Deno.DatagramConn,
  ) {}

  static async open(): Promise<Listener> {
    const directory = await Deno.makeTempDir();
    await Deno.mkdir(`${directory}/run`);
    const path = `${directory}/notify`;
    return new Listener(directory, path, Deno.listenDatagram({ transport: "unixpacket", path }));
  }

  /** The environment that it gives to a service. */
  environment(more: Record<string, string | undefined> = {}): Environment {
    const variables: Record<string, string | undefined> = {
      NOTIFY_SOCKET: this.path,
      RUNTIME_DIRECTORY: `${this.directory}/run`,
      ...more,
    };
    return (name) => variables[name];
  }

  async hear(): Promise<string> {
    const [bytes] = await this.socket.receive();
    return new TextDecoder().decode(bytes);
  }

  /** What lies in the service's directory. */
  leftBehind(): string[] {
    return Array.from(Deno.readDirSync(`${this.directory}/run`), ({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await Deno.remove(this.directory, { recursive: true });
  }
}

const linux = Deno.build.os === "linux";
const unexpected = (sentence: string) => {
  throw new Error(sentence);
};

Deno.test({
  name: "systemd hears when guests can come in, again and again that the hub lives, and its end",
  ignore: !linux,
  async fn() {
    await using systemd = await Listener.open();
    const watchdog = { WATCHDOG_USEC: "20000", WATCHDOG_PID: String(Deno.pid) };
    using manager = findServiceManager(unexpected, systemd.environment(watchdog));
    let guests = 0;
    manager?.ready(() => ({ text: `${guests++} guests`, serving: true }));
    assertEquals(await systemd.hear(), "READY=1\nSTATUS=0 guests");
    assertEquals(await systemd.hear(), "WATCHDOG=1\nSTATUS=1 guests");
    assertEquals(await systemd.hear(), "WATCHDOG=1\nSTATUS=2 guests");
    manager?.stopping();
    let last = await systemd.hear();
    while (last.startsWith("WATCHDOG=1")) last = await systemd.hear(); // one was under way
    assertEquals(last, "STOPPING=1\nSTATUS=");
    assertEquals(systemd.leftBehind(), []);
  },
});

Deno.test({
  name: "a hub that serves nobody is not told to be ready, and its watchdog gets nothing",
  ignore: !linux,
  async fn() {
    await using systemd = await Listener.open();
    const watchdog = { WATCHDOG_USEC: "20000", WATCHDOG_PID: String(Deno.pid) };
    using manager = findServiceManager(unexpected, systemd.environment(watchdog));
    let serving = false;
    manager?.ready(() => ({ text: "0 guests", serving }));
    assertEquals(await systemd.hear(), "STATUS=0 guests");
    assertEquals(await systemd.hear(), "STATUS=0 guests");
    serving = true;
    let next = await systemd.hear();
    while (next === "STATUS=0 guests") next = await systemd.hear(); // said before
    assertEquals(next, "WATCHDOG=1\nSTATUS=0 guests");
  },
});

Deno.test({
  name: "without a watchdog systemd hears of the start and the end alone",
  ignore: !linux,
  async fn() {
    await using systemd = await Listener.open();
    using manager = findServiceManager(unexpected, systemd.environment());
    manager?.ready(() => ({ text: "one\ntwo", serving: true }));
    assertEquals(await systemd.hear(), "READY=1\nSTATUS=one two");
    manager?.stopping();
    assertEquals(await systemd.hear(), "STOPPING=1\nSTATUS=");
  },
});

Deno.test({
  name: "a systemd that cannot be told is one warning, and the hub runs on",
  ignore: !linux,
  async fn() {
    await using systemd = await Listener.open();
    const wrongs: Record<string, string | undefined>[] = [
      { RUNTIME_DIRECTORY: `${systemd.path}/not-a-directory` },
      { RUNTIME_DIRECTORY: undefined },
      { NOTIFY_SOCKET: "/nobody/is/here" },
    ];
    for (const wrong of wrongs) {
      const { promise: warned, resolve } = Promise.withResolvers<void>();
      const warnings: string[] = [];
      using manager = findServiceManager((sentence) => {
        warnings.push(sentence);
        resolve();
      }, systemd.environment(wrong));
      manager?.ready(() => ({ text: "", serving: true }));
      await warned;
      manager?.ready(() => ({ text: "", serving: true }));
      await pause(50); // a second warning, which must not come, would come at once
      assertEquals(warnings.length, 1);
      assertMatch(warnings[0], /^The hub cannot tell systemd that it runs: .+\.$/);
    }
  },
});
