/// <reference lib="dom" />

import { assertEquals } from "../assert.ts";
import { capture, inTurn } from "../../http/call/browser/capture.ts";

/** A browser's answer to a request: tracks for what was asked, or an error by its name. */
type Answer = (constraints: MediaStreamConstraints) => string | undefined;

/** Gives the page devices that answer so, while `use` runs. @returns what was asked. */
async function withDevices(answer: Answer, use: () => Promise<void>): Promise<string[]> {
  const asked: string[] = [];
  const mediaDevices = {
    getUserMedia(constraints: MediaStreamConstraints) {
      asked.push(Object.keys(constraints).join("+"));
      const name = answer(constraints);
      if (name !== undefined) return Promise.reject(new DOMException("no", name));
      const tracks = (kind: "audio" | "video") => constraints[kind] ? [{ kind }] : [];
      return Promise.resolve({
        getAudioTracks: () => tracks("audio"),
        getVideoTracks: () => tracks("video"),
        getTracks: () => [...tracks("audio"), ...tracks("video")],
      });
    },
  };
  Object.defineProperty(navigator, "mediaDevices", { value: mediaDevices, configurable: true });
  try {
    await use();
  } finally {
    Reflect.deleteProperty(navigator, "mediaDevices");
  }
  return asked;
}

const kindOf = (captured: MediaStreamTrack | string | undefined) =>
  typeof captured === "string" ? captured : captured?.kind;

Deno.test("capture() asks for camera and microphone together", async () => {
  const asked = await withDevices(() => undefined, async () => {
    const { audio, video } = await capture({ audio: {}, video: {} });
    assertEquals([kindOf(audio), kindOf(video)], ["audio", "video"]);
  });
  assertEquals(asked, ["audio+video"]);
});

Deno.test("after an error of both, capture() asks for the microphone alone and for the camera alone", async () => {
  for (const error of ["NotFoundError", "NotReadableError", "NotAllowedError", "AbortError"]) {
    const asked = await withDevices(({ video }) => video ? error : undefined, async () => {
      const { audio, video } = await capture({ audio: {}, video: {} });
      assertEquals(kindOf(audio), "audio");
      assertEquals(typeof video, "string");
    });
    assertEquals(asked, ["audio+video", "audio", "video"], error);
  }
});

Deno.test("capture() uses any device if the chosen one is missing, and tells if it is busy", async () => {
  const chosen = { deviceId: { exact: "gone" } };
  const isChosen = ({ audio }: MediaStreamConstraints) =>
    typeof audio === "object" && audio.deviceId !== undefined;
  const missing = (constraints: MediaStreamConstraints) =>
    isChosen(constraints) ? "OverconstrainedError" : undefined;
  const asked = await withDevices(missing, async () => {
    assertEquals(kindOf((await capture({ audio: chosen })).audio), "audio");
  });
  assertEquals(asked, ["audio", "audio"]);
  const askedBusy = await withDevices(() => "NotReadableError", async () => {
    assertEquals((await capture({ audio: chosen })).audio, "busy");
  });
  assertEquals(askedBusy, ["audio"]);
});

Deno.test("capture() tells why a page cannot have any devices", async () => {
  const { audio, video } = await capture({ audio: {} });
  assertEquals([audio, video], ["insecure", undefined]);
});

Deno.test("inTurn() begins a task only after the one before has succeeded or failed", async () => {
  const order: string[] = [];
  const work = (name: string, fails: boolean) => async () => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
    if (fails) throw new Error(name);
  };
  const one = inTurn(work("one", true)).catch(() => {});
  const two = inTurn(work("two", false));
  await Promise.all([one, two]);
  assertEquals(order, ["one begins", "one ends", "two begins", "two ends"]);
});
