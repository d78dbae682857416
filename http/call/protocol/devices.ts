/**
 * What to ask a browser for, and what its errors mean. It knows no browser: descriptions in,
 * decisions out.
 *
 * @module
 */

/// <reference lib="dom" />

import type { DeviceChoice, DeviceList, DeviceProblem } from "../state.ts";

/** A device as browsers list it. */
export interface ListedDevice {
  readonly deviceId: string;
  readonly groupId: string;
  readonly kind: string;
  readonly label: string;
}

/** What a person prefers; of the two, the latest choice wins. */
export interface Wish {
  /** The id that was chosen, or empty. */
  readonly id: string;
  /** The camera's side, on phones. */
  readonly facing: "user" | "environment";
}

/** What `getUserMedia` is asked for a microphone. */
export function microphoneConstraints(id: string): MediaTrackConstraints {
  // Without a choice no id: on Android it would also choose where the sound comes out.
  const chosen = id === "" ? {} : { deviceId: { exact: id } };
  return { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...chosen };
}

/** What `getUserMedia` is asked for a camera. */
export function cameraConstraints({ id, facing }: Wish): MediaTrackConstraints {
  const chosen = id === "" ? { facingMode: facing } : { deviceId: { exact: id } };
  const width = { ideal: 1280 }, height = { ideal: 720 }, frameRate = { ideal: 30, max: 30 };
  return { width, height, frameRate, ...chosen };
}

/** What an error of `getUserMedia` means, by its name. */
export function problemOf(name: string): DeviceProblem {
  switch (name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
    case "ConstraintNotSatisfiedError":
      return "none";
    // Firefox says AbortError where Chromium says NotReadableError.
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    case "TimeoutError":
      return "timeout";
    default:
      return "failed";
  }
}

/** Whether the error may be about the chosen device only, so that any other is worth asking for. */
export function isAboutChoice(name: string): boolean {
  return name === "OverconstrainedError" || name === "NotFoundError" ||
    name === "ConstraintNotSatisfiedError";
}

/** The list that a person chooses from. */
export function deviceList(
  devices: readonly ListedDevice[],
  kind: string,
  chosen: string,
): DeviceList {
  const choices: DeviceChoice[] = [];
  for (const { kind: each, deviceId: id, label } of devices) {
    // An empty id means that the browser does not tell before it was allowed to.
    if (each === kind && id !== "" && !choices.some((choice) => choice.id === id)) {
      choices.push({ id, label: label.slice(0, 200) });
    }
  }
  return { choices, chosen: choices.some(({ id }) => id === chosen) ? chosen : "" };
}

/** Whether the device behind Chromium's `default` has changed (trap 43). */
export function defaultMoved(
  before: readonly ListedDevice[],
  after: readonly ListedDevice[],
  kind: string,
): boolean {
  const find = (devices: readonly ListedDevice[]) =>
    devices.find((device) => device.kind === kind && device.deviceId === "default");
  const old = find(before), now = find(after);
  if (old === undefined || now === undefined || old.label === "") return false;
  return old.groupId !== now.groupId || old.label !== now.label;
}

/** A microphone or camera, for {@link isSwitchDue}. */
export interface DeviceInUse {
  /** The id that the person chose; empty for any. */
  readonly id: string;
  /** The id of the open device, empty if it is not known; undefined while none is open. */
  readonly open: string | undefined;
  readonly problem: DeviceProblem | undefined;
}

/**
 * Whether a change of the list is a reason to open another device: the chosen one is back, the
 * system has a new default, or there is one at last where there was none.
 */
export function isSwitchDue(
  before: readonly ListedDevice[],
  after: readonly ListedDevice[],
  kind: string,
  { id, open, problem }: DeviceInUse,
): boolean {
  const has = (devices: readonly ListedDevice[]) =>
    devices.some((device) => device.kind === kind && device.deviceId === id);
  const isChosenBack = id !== "" && open !== id && !has(before) && has(after);
  const isDefaultMoved = id === "" && open !== undefined && defaultMoved(before, after, kind);
  const isFirst = open === undefined && after.some((device) => device.kind === kind) &&
    (problem === "unplugged" || problem === "none");
  return isChosenBack || isDefaultMoved || isFirst;
}
