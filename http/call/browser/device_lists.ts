/**
 * The lists of devices that the browser knows: a person chooses from them, and they show when a
 * device is plugged in or out. This file opens no device, and does not decide which one is used.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Devices } from "../state.ts";
import { deviceList, type ListedDevice } from "../protocol/devices.ts";

/** What {@link DeviceLists} report. */
export interface DeviceListsEvents {
  /** The lists were read again. */
  changed(): void;
  /** Devices were plugged in or out, or the system's default changed. */
  plugged(before: readonly ListedDevice[]): void;
}

/** Reads the lists, and reads them again after every change until it is closed. */
export class DeviceLists {
  readonly #events: DeviceListsEvents;
  #listed: readonly ListedDevice[] = [];

  constructor(events: DeviceListsEvents) {
    this.#events = events;
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#devicesChanged);
    this.read();
  }

  /** All devices, as the browser last listed them. */
  get listed(): readonly ListedDevice[] {
    return this.#listed;
  }

  /**
   * The lists to choose from, without the loudspeakers, and what this browser can do.
   *
   * @param mic the settings of the open microphone, if one is open.
   * @param cam the settings of the open camera, if one is open.
   */
  choices(
    mic: MediaTrackSettings | undefined,
    cam: MediaTrackSettings | undefined,
  ): Omit<Devices, "speakers"> {
    const cameras = deviceList(this.#listed, "videoinput", cam?.deviceId ?? "");
    return {
      microphones: deviceList(this.#listed, "audioinput", mic?.deviceId ?? ""),
      cameras,
      canShare: typeof navigator.mediaDevices?.getDisplayMedia === "function" && !isPhone(),
      // Only phones and tablets report which way a camera faces.
      canTurnCamera: cameras.choices.length > 1 && cam?.facingMode !== undefined && isPhone(),
      micIsRoute: /Android/.test(navigator.userAgent),
    };
  }

  /** Reads the lists again. They are empty if the browser refuses to list its devices. */
  async read(): Promise<void> {
    try {
      this.#listed = await navigator.mediaDevices?.enumerateDevices?.() ?? [];
    } catch {
      this.#listed = [];
    }
    this.#events.changed();
  }

  close(): void {
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#devicesChanged);
  }

  readonly #devicesChanged = async () => {
    const before = this.#listed;
    await this.read();
    this.#events.plugged(before);
  };
}

/** Whether this is a phone or a tablet. An iPad calls itself a Mac, but has a touch screen. */
function isPhone(): boolean {
  return /Android|iPhone|iPad|Mobile/.test(navigator.userAgent) ||
    (navigator.maxTouchPoints > 1 && /Mac/.test(navigator.userAgent));
}
