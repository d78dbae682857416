/**
 * Asks the browser for microphone and camera, one request at a time. In Safari a second request at
 * the same time ends the tracks of the first (docs/CALL.md, trap 11).
 *
 * @module
 */

/// <reference lib="dom" />

import type { DeviceProblem } from "../state.ts";
import { isAboutChoice, problemOf } from "../protocol/devices.ts";
import { CAPTURE_TIMEOUT_MS } from "../protocol/limits.ts";

/** What to ask for; undefined to leave it out. */
export interface CaptureRequest {
  readonly audio?: MediaTrackConstraints;
  readonly video?: MediaTrackConstraints;
}

/** A track, or why there is none; undefined if it was not asked for. */
export interface Captured {
  readonly audio?: MediaStreamTrack | DeviceProblem;
  readonly video?: MediaStreamTrack | DeviceProblem;
}

let last: Promise<unknown> = Promise.resolve();

/** Runs `work` when all earlier work has settled, so that no two captures overlap. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => {});
  return result;
}

/**
 * Captures what is asked for. If that fails for both together, it tries the microphone alone and
 * then the camera alone (docs/CALL.md, trap 40). If a chosen device is missing, any other device is
 * used. Call it only inside {@link inTurn}. It never rejects.
 */
export async function capture(request: CaptureRequest): Promise<Captured> {
  if (navigator.mediaDevices?.getUserMedia === undefined) {
    const problem = globalThis.isSecureContext ? "unsupported" : "insecure";
    return { audio: request.audio && problem, video: request.video && problem };
  }
  const { audio, video } = request;
  if (audio !== undefined && video !== undefined) {
    try {
      const stream = await getUserMedia({ audio, video });
      return { audio: stream.getAudioTracks()[0], video: stream.getVideoTracks()[0] };
    } catch {
      // Each is tried alone below.
    }
  }
  return {
    audio: audio && await captureOne("audio", audio),
    video: video && await captureOne("video", video),
  };
}

/** Whether the browser opens camera and microphone without asking. False if it does not say. */
export async function isCaptureAllowed(): Promise<boolean> {
  try {
    const names = ["camera", "microphone"] as unknown as PermissionName[];
    const states = await Promise.all(names.map((name) => navigator.permissions.query({ name })));
    return states.every(({ state }) => state === "granted");
  } catch {
    return false;
  }
}

async function captureOne(
  kind: "audio" | "video",
  constraints: MediaTrackConstraints,
): Promise<MediaStreamTrack | DeviceProblem> {
  try {
    return firstTrack(await getUserMedia({ [kind]: constraints }));
  } catch (error) {
    const { name } = error as Error;
    if (constraints.deviceId === undefined || !isAboutChoice(name)) return problemOf(name);
  }
  try {
    const { deviceId: _, ...any } = constraints;
    return firstTrack(await getUserMedia({ [kind]: any }));
  } catch (error) {
    return problemOf((error as Error).name);
  }
}

function firstTrack(stream: MediaStream): MediaStreamTrack {
  return stream.getTracks()[0];
}

/** As the browser's `getUserMedia`, but it always settles. */
function getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new DOMException("The browser does not answer.", "TimeoutError"));
    }, CAPTURE_TIMEOUT_MS);
    navigator.mediaDevices.getUserMedia(constraints).then((stream) => {
      // The caller has been told of a timeout. Stopping the tracks switches the device's light off.
      if (isLate) { for (const track of stream.getTracks()) track.stop(); }
      resolve(stream);
    }, reject).finally(() => clearTimeout(timer));
  });
}
