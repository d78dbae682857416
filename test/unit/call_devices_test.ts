/// <reference lib="dom" />

import { assertEquals } from "../support/assert.ts";
import { inTurn } from "../../http/call/browser/capture.ts";
import { DeviceSource } from "../../http/call/browser/device_source.ts";
import { OwnMedia } from "../../http/call/browser/own_media.ts";

/** A camera or microphone of the fake browser. */
interface FakeDevice {
  readonly kind: "audioinput" | "videoinput";
  readonly deviceId: string;
  readonly facingMode?: "user" | "environment";
}

/** A track of the fake browser. */
class FakeTrack {
  readyState = "live";
  enabled = true;
  muted = false;
  readonly label: string;
  readonly #device: FakeDevice;

  constructor(device: FakeDevice) {
    this.#device = device;
    this.label = device.deviceId;
  }
  getSettings(): MediaTrackSettings {
    return this.#device;
  }
  applyConstraints(): Promise<void> {
    return Promise.resolve();
  }
  stop(): void {
    this.readyState = "ended";
  }
}

/** A browser with devices, and one that asks before it opens them. */
class FakeBrowser {
  readonly opened: FakeTrack[] = [];
  readonly notices: string[] = [];
  /** The browser answers a request when this settles. */
  answer: Promise<void> = Promise.resolve();
  media!: OwnMedia;
  #changed = () => {};

  constructor(readonly devices: FakeDevice[]) {}

  /** Runs `use` on a page in this browser. */
  async open(use: () => Promise<void>): Promise<void> {
    const mediaDevices = {
      enumerateDevices: () =>
        Promise.resolve(this.devices.map((device) => ({ ...device, groupId: "", label: "x" }))),
      getUserMedia: (constraints: MediaStreamConstraints) => this.#getUserMedia(constraints),
      addEventListener: (_type: string, listener: () => void) => this.#changed = listener,
      removeEventListener: () => this.#changed = () => {},
    };
    const page = { createElement: () => ({ getContext: () => null }) };
    Object.defineProperty(navigator, "mediaDevices", { value: mediaDevices, configurable: true });
    Object.defineProperty(globalThis, "document", { value: page, configurable: true });
    try {
      this.media = new OwnMedia({ mic: true, cam: true, micId: "", camId: "" }, {
        changed: () => {},
        notice: (code) => this.notices.push(code),
      });
      await use();
      this.media.close();
    } finally {
      Reflect.deleteProperty(navigator, "mediaDevices");
      Reflect.deleteProperty(globalThis, "document");
    }
  }

  /** Plugs a device in. */
  async plugIn(device: FakeDevice): Promise<void> {
    this.devices.push(device);
    await this.#changed();
  }

  /** The ids of the devices that are open. */
  get live(): string[] {
    return this.opened.filter(({ readyState }) => readyState === "live").map(({ label }) => label);
  }

  async #getUserMedia({ audio, video }: MediaStreamConstraints): Promise<MediaStream> {
    await this.answer;
    const audios = this.#pick("audioinput", audio), videos = this.#pick("videoinput", video);
    this.opened.push(...audios, ...videos);
    return {
      getAudioTracks: () => audios,
      getVideoTracks: () => videos,
      getTracks: () => [...audios, ...videos],
    } as unknown as MediaStream;
  }

  #pick(kind: string, constraints: MediaStreamConstraints["audio"]): FakeTrack[] {
    if (typeof constraints !== "object") return [];
    const { exact } = (constraints.deviceId ?? {}) as { exact?: string };
    const suits = (device: FakeDevice) =>
      device.kind === kind &&
      (exact === undefined
        ? device.facingMode === (constraints.facingMode ?? device.facingMode)
        : device.deviceId === exact);
    const device = this.devices.find(suits);
    if (device === undefined) throw new DOMException("none", "NotFoundError");
    return [new FakeTrack(device)];
  }
}

const MIC: FakeDevice = { kind: "audioinput", deviceId: "mic" };
const FRONT: FakeDevice = { kind: "videoinput", deviceId: "front", facingMode: "user" };
const REAR: FakeDevice = { kind: "videoinput", deviceId: "rear", facingMode: "environment" };

/** Waits until everything is captured that was asked for. */
const captured = () => inTurn(() => Promise.resolve());

Deno.test("a camera that was chosen from the list can be turned", async () => {
  const browser = new FakeBrowser([MIC, FRONT, REAR]);
  await browser.open(async () => {
    browser.media.ask();
    await captured();
    browser.media.chooseCamera("rear");
    await captured();
    assertEquals(browser.live, ["mic", "rear"]);
    browser.media.turnCamera();
    await captured();
    assertEquals(browser.live, ["mic", "front"]);
    browser.media.turnCamera();
    await captured();
    assertEquals(browser.live, ["mic", "rear"]);
  });
  assertEquals(browser.notices, []);
});

Deno.test("a device that opens after the person has left is closed at once", async () => {
  const browser = new FakeBrowser([MIC, FRONT]);
  await browser.open(async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    browser.answer = promise;
    browser.media.ask();
    browser.media.release();
    resolve();
    await captured();
    assertEquals(browser.live, []);
    assertEquals(browser.media.cam, { on: true, live: false, asking: false, problem: undefined });
    browser.media.ask();
    await captured();
    assertEquals(browser.live, ["mic", "front"]);
  });
});

Deno.test("a device that is plugged in after the person has left is not opened", async () => {
  const browser = new FakeBrowser([FRONT]);
  await browser.open(async () => {
    browser.media.ask();
    await captured();
    assertEquals(browser.media.mic.problem, "none");
    browser.media.release();
    await browser.plugIn(MIC);
    await captured();
    assertEquals(browser.live, []);
  });
});

Deno.test("a device that is plugged in where there was none is opened", async () => {
  const browser = new FakeBrowser([FRONT]);
  await browser.open(async () => {
    browser.media.ask();
    await captured();
    await browser.plugIn(MIC);
    await captured();
    assertEquals(browser.live, ["front", "mic"]);
  });
});

Deno.test("an interruption is reported when it lasts, and is over when the device is closed", () => {
  const { setTimeout } = globalThis;
  const { now } = Date;
  const due: (() => void)[] = [];
  Object.assign(globalThis, { setTimeout: (run: () => void) => due.push(run) });
  try {
    const source = new DeviceSource("video", true, "", { changed: () => {}, ended: () => {} });
    const track = Object.assign(new FakeTrack({ kind: "videoinput", deviceId: "front" }), {
      onmute: (): void => {},
    });
    source.take(track as unknown as MediaStreamTrack);
    Date.now = () => now() + 60_000; // a new track is muted for a moment in some browsers
    track.muted = true;
    track.onmute();
    assertEquals(source.state.problem, undefined, "not yet");
    for (const run of due) run();
    assertEquals([source.isLive, source.state.problem], [false, "interrupted"]);
    source.stop();
    assertEquals(source.state.problem, undefined);
  } finally {
    Date.now = now;
    Object.assign(globalThis, { setTimeout });
  }
});
