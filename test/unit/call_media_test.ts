/// <reference lib="dom" />

import { assert, assertEquals } from "../support/assert.ts";
import { MicLevel } from "../../http/call/browser/mic_level.ts";
import {
  LossGauge,
  pictureBudget,
  scaleDown,
  wantedHeight,
} from "../../http/call/protocol/budget.ts";
import {
  cameraConstraints,
  defaultMoved,
  deviceList,
  isAboutChoice,
  isSwitchDue,
  microphoneConstraints,
  problemOf,
} from "../../http/call/protocol/devices.ts";
import { FreezeGauge } from "../../http/call/protocol/freeze.ts";
import { SpeakingGauge } from "../../http/call/protocol/speaking.ts";

const DEMAND = {
  people: 2,
  sharing: false,
  anyoneShares: false,
  wanted: undefined,
  share: 1,
};

Deno.test("pictureBudget() shares 26 Mbit/s of air among all people, as in the table", () => {
  const rows = [2, 3, 4, 5, 6, 7, 9, 10, 12].map((people) => {
    const { maxBitrate, maxHeight, maxFramerate } = pictureBudget({ ...DEMAND, people });
    return `${people}: ${Math.round(maxBitrate / 10_000)} ${maxHeight} ${maxFramerate}`;
  });
  assertEquals(rows, [
    "2: 150 720 30",
    "3: 150 720 30",
    "4: 108 540 30",
    "5: 65 360 24",
    "6: 43 360 24",
    "7: 31 270 20",
    "9: 18 270 20",
    "10: 14 180 15",
    "12: 10 180 15",
  ]);
});

Deno.test("pictureBudget() sends only sound with more than twelve people, and no picture that is not shown", () => {
  assertEquals(pictureBudget({ ...DEMAND, people: 13 }).active, false);
  assertEquals(pictureBudget({ ...DEMAND, wanted: 0 }).active, false);
  assertEquals(pictureBudget({ ...DEMAND, people: 12 }).active, true);
});

Deno.test("pictureBudget() sends a small tile a small picture, and never more than the table", () => {
  const small = pictureBudget({ ...DEMAND, wanted: 150 });
  assertEquals(small.maxHeight, 180);
  assert(small.maxBitrate < 500_000);
  assertEquals(pictureBudget({ ...DEMAND, people: 6, wanted: 1440 }).maxHeight, 360);
});

Deno.test("pictureBudget() gives cameras less while a screen is shared", () => {
  const camera = pictureBudget({ ...DEMAND, people: 4, anyoneShares: true });
  assertEquals(camera.maxHeight, 360);
  const screen = pictureBudget({ ...DEMAND, people: 4, anyoneShares: true, sharing: true });
  assert(screen.maxHeight > 1000 && screen.maxBitrate === 1_500_000);
});

Deno.test("wantedHeight() has fixed steps", () => {
  assertEquals(
    [[0, 0], [160, 90], [320, 181], [640, 300], [1280, 720], [3000, 1600]].map(
      ([width, height]) => wantedHeight(width, height),
    ),
    [0, 180, 270, 360, 720, 1440],
  );
});

Deno.test("LossGauge ignores the first 15 s, then halves, then recovers", () => {
  const gauge = new LossGauge(0);
  let sent = 0, lost = 0;
  const report = (now: number, share: number, roundTrip = 20) => {
    sent += 100;
    lost += 100 * share;
    gauge.report({ sent, lost, roundTrip }, now);
    return gauge.share;
  };
  for (let now = 3000; now < 15_000; now += 3000) assertEquals(report(now, 0.5), 1);
  assertEquals(report(15_000, 0.05), 1);
  assertEquals(report(18_000, 0.2), 0.5);
  assertEquals(report(21_000, 0, 500), 0.25);
  for (let now = 24_000; now < 60_000; now += 3000) report(now, 0);
  assert(gauge.share > 0.35 && gauge.share < 0.6, `${gauge.share}`);
  for (let now = 60_000; now < 300_000; now += 3000) report(now, 0);
  assertEquals(gauge.share, 1);
  for (let now = 300_000; now < 330_000; now += 3000) report(now, 1);
  assertEquals(gauge.share, 1 / 16);
});

Deno.test("scaleDown() bounds the shorter side and keeps both even", () => {
  for (const [width, height] of [[1280, 720], [640, 480], [720, 1280], [1920, 1080], [960, 540]]) {
    for (const limit of [720, 540, 360, 270, 180]) {
      const by = scaleDown(width, height, limit);
      const sides = [width / by, height / by];
      assert(by >= 1 && Math.min(...sides) <= Math.max(limit, 0) + 1e-6, `${sides} of ${limit}`);
      for (const side of sides) {
        if (by === 1) continue;
        assert(Math.abs(side / 2 - Math.round(side / 2)) < 1e-6, `${width}×${height} ${sides}`);
      }
    }
  }
  assertEquals(scaleDown(0, 0, 360), 1);
  assertEquals(scaleDown(640, 360, 720), 1);
});

Deno.test("SpeakingGauge ignores clicks and short pauses", () => {
  const gauge = new SpeakingGauge();
  const levels = (level: number, from: number, until: number) => {
    let speaking = false;
    for (let now = from; now <= until; now += 50) speaking = gauge.level(level, now);
    return speaking;
  };
  assertEquals(gauge.level(0.5, 0), false);
  assertEquals(levels(0, 50, 500), false);
  assertEquals(levels(0.1, 550, 800), true);
  assertEquals(levels(0.02, 850, 3000), true, "quieter speech goes on");
  assertEquals(levels(0, 3050, 3400), true, "a breath");
  assertEquals(levels(0, 3450, 3800), false);
});

Deno.test("problemOf() distinguishes problems that people can fix", () => {
  assertEquals(problemOf("NotAllowedError"), "denied");
  assertEquals(problemOf("NotFoundError"), "none");
  assertEquals(problemOf("NotReadableError"), "busy");
  assertEquals(problemOf("AbortError"), "busy");
  assertEquals(problemOf("TimeoutError"), "timeout");
  assertEquals(problemOf("SomethingNew"), "failed");
  assert(isAboutChoice("OverconstrainedError") && !isAboutChoice("NotAllowedError"));
});

Deno.test("constraints name a device only if one was chosen", () => {
  assertEquals("deviceId" in microphoneConstraints(""), false);
  assertEquals(microphoneConstraints("m").deviceId, { exact: "m" });
  assertEquals(cameraConstraints({ id: "", facing: "environment" }).facingMode, "environment");
  assertEquals("facingMode" in cameraConstraints({ id: "c", facing: "user" }), false);
});

Deno.test("isSwitchDue() takes a chosen device back, a new default, and a first device", () => {
  const device = (deviceId: string, label = deviceId) => ({
    deviceId,
    groupId: label,
    kind: "audioinput",
    label,
  });
  const [a, b] = [device("a"), device("b")];
  const due = (
    before: (typeof a)[],
    after: (typeof a)[],
    id: string,
    open: string | undefined,
    problem?: "unplugged" | "denied",
  ) => isSwitchDue(before, after, "audioinput", { id, open, problem });
  assert(due([a], [a, b], "b", "a"), "the chosen one is back");
  assert(!due([a], [a, b], "b", "b"), "the chosen one is open");
  assert(!due([a, b], [a, b], "b", "a"), "it was there before and could not be opened");
  assert(!due([a], [a, b], "", "a"), "nobody chose the new one");
  const [speakerphone, headset] = [device("default", "phone"), device("default", "headset")];
  assert(due([speakerphone], [headset], "", "default"), "the system has a new default");
  assert(!due([speakerphone], [headset], "a", "a"), "a choice stands above the default");
  assert(due([], [a], "", undefined, "unplugged"), "there is one again");
  assert(!due([], [a], "", undefined, "denied"), "a new device changes nothing about a refusal");
  assert(!isSwitchDue([], [a], "videoinput", { id: "", open: undefined, problem: "none" }));
});

Deno.test("deviceList() lists each device of the kind once, and none without an id", () => {
  const devices = [
    { deviceId: "default", groupId: "g", kind: "audioinput", label: "Default" },
    { deviceId: "a", groupId: "g", kind: "audioinput", label: "A" },
    { deviceId: "a", groupId: "g", kind: "audioinput", label: "A" },
    { deviceId: "", groupId: "", kind: "audioinput", label: "" },
    { deviceId: "c", groupId: "g", kind: "videoinput", label: "C" },
  ];
  assertEquals(deviceList(devices, "audioinput", "a"), {
    choices: [{ id: "default", label: "Default" }, { id: "a", label: "A" }],
    chosen: "a",
  });
  assertEquals(deviceList(devices, "videoinput", "gone").chosen, "");
  const moved = [{ ...devices[0], groupId: "h", label: "Headset" }];
  assertEquals(defaultMoved(devices, moved, "audioinput"), true);
  assertEquals(defaultMoved(devices, devices, "audioinput"), false);
});

Deno.test("FreezeGauge restarts an encoder that stands still for nine seconds, three times at most", () => {
  const gauge = new FreezeGauge(9000, 3);
  const restarts: number[] = [];
  for (let now = 0; now <= 90_000; now += 3000) {
    // The encoder works for nine seconds and then never again.
    if (gauge.report(Math.min(now, 9000), now)) restarts.push(now);
  }
  assertEquals(restarts, [18_000, 27_000, 36_000]);
});

Deno.test("FreezeGauge leaves alone what moves, what is off, and what the browser does not tell", () => {
  const gauge = new FreezeGauge(9000, 3);
  for (let now = 0; now <= 60_000; now += 3000) {
    assertEquals(gauge.report(now, now), false);
    // The camera is off every other time, and its count stays the same while it is.
    assertEquals(gauge.report(undefined, now + 1000), false);
  }
  for (let now = 60_000; now <= 90_000; now += 3000) {
    assertEquals(gauge.report(undefined, now), false);
  }
});

Deno.test("The level meter falls silent with a frozen context, and is made anew twice at most", () => {
  const made: FakeContext[] = [];
  class FakeContext {
    state = "running";
    currentTime = 0;
    isClosed = false;
    constructor() {
      made.push(this);
    }
    createAnalyser() {
      return { fftSize: 0, getFloatTimeDomainData: (to: Float32Array) => to.fill(0.5) };
    }
    createMediaStreamSource() {
      return { connect() {}, disconnect() {} };
    }
    close() {
      this.isClosed = true;
      return Promise.resolve();
    }
  }
  const fakes = {
    AudioContext: FakeContext,
    MediaStream: class {},
    performance: { now: () => now },
  };
  let now = 0;
  const real = Object.getOwnPropertyDescriptors(globalThis);
  const define = (name: string, value: unknown) =>
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  for (const [name, value] of Object.entries(fakes)) define(name, value);
  try {
    const meter = new MicLevel();
    const page = new FakeContext();
    const track = { enabled: true } as unknown as MediaStreamTrack;
    meter.follow(track, page as unknown as AudioContext);
    const read = (moving: FakeContext | undefined) => {
      now += 125;
      if (moving !== undefined) moving.currentTime += 0.125;
      return meter.read();
    };
    assertEquals(read(page), 0.5);
    for (let i = 0; i < 8; i++) assertEquals(read(undefined), 0, "a frozen context is silent");
    assertEquals(made.length, 1, "one second may be a pause");
    for (let i = 0; i < 16; i++) read(undefined);
    assertEquals(made.length, 2);
    assertEquals(read(made[1]), 0.5, "the new one measures");
    for (let i = 0; i < 200; i++) read(undefined);
    assertEquals(made.length, 3);
    assertEquals(made.map(({ isClosed }) => isClosed), [false, true, false]);
    meter.close();
    assertEquals(made.map(({ isClosed }) => isClosed), [false, true, true]);
  } finally {
    for (const name of Object.keys(fakes)) {
      if (name in real) Object.defineProperty(globalThis, name, real[name]);
      else delete (globalThis as Record<string, unknown>)[name];
    }
  }
});
