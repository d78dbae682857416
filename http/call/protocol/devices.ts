/**
 * Decides about devices: what to request from the browser, what its errors mean, which devices to
 * list, and when to switch to another one. It uses no browser API.
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

/** The camera that a person prefers. */
export interface Wish {
  /** The id of the chosen camera; empty for any. */
  readonly id: string;
  /** The side of a phone, if no camera is chosen by its id. */
  readonly facing: "user" | "environment";
}

/** The constraints for a microphone. `id` is the chosen device; empty for any. */
export function microphoneConstraints(id: string): MediaTrackConstraints {
  // On Android an id would also select where sound is played, so there is none without a choice.
  const chosen = id === "" ? {} : { deviceId: { exact: id } };
  return { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...chosen };
}

/** The constraints for a camera. */
export function cameraConstraints({ id, facing }: Wish): MediaTrackConstraints {
  const chosen = id === "" ? { facingMode: facing } : { deviceId: { exact: id } };
  const width = { ideal: 1280 }, height = { ideal: 720 }, frameRate = { ideal: 30, max: 30 };
  return { width, height, frameRate, ...chosen };
}

/** What an error of `getUserMedia` means, by the error's name. */
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

/** Whether an error may be due to the chosen device, so that another device should be tried. */
export function isAboutChoice(name: string): boolean {
  return name === "OverconstrainedError" || name === "NotFoundError" ||
    name === "ConstraintNotSatisfiedError";
}

/**
 * The list of devices that a person chooses from.
 *
 * @param devices all devices that the browser lists.
 * @param kind `audioinput`, `videoinput` or `audiooutput`.
 * @param chosen the id of the device in use.
 */
export function deviceList(
  devices: readonly ListedDevice[],
  kind: string,
  chosen: string,
): DeviceList {
  const choices: DeviceChoice[] = [];
  for (const { kind: each, deviceId: id, label } of devices) {
    // Before a page may use the devices, browsers list them without ids.
    if (each === kind && id !== "" && !choices.some((choice) => choice.id === id)) {
      choices.push({ id, label: label.slice(0, 200) });
    }
  }
  return { choices, chosen: choices.some(({ id }) => id === chosen) ? chosen : "" };
}

/** Whether Chromium's `default` device is another one than before (docs/CALL.md, trap 43). */
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
  /** The id of the open device; empty if unknown, undefined while none is open. */
  readonly open: string | undefined;
  readonly problem: DeviceProblem | undefined;
}

/**
 * Whether a change of the list is a reason to open another device: the chosen one has come back,
 * the system has a new default, or there is a first device where there was none.
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
