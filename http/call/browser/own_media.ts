/**
 * This device's microphone, camera and shared screen together. It opens the devices that the person
 * wants, replaces those that fail or are unplugged, and decides which tracks are sent. It does not
 * know the other people.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Devices, DeviceWish, NoticeCode, OwnDevice } from "../state.ts";
import {
  cameraConstraints,
  isSwitchDue,
  type ListedDevice,
  microphoneConstraints,
} from "../protocol/devices.ts";
import { capture, inTurn } from "./capture.ts";
import { DeviceLists } from "./device_lists.ts";
import { DeviceSource } from "./device_source.ts";
import type { OutgoingTracks } from "./media_connection.ts";
import { BlackPicture, silentTrack } from "./placeholders.ts";
import { ScreenShare } from "./screen_share.ts";

/** What {@link OwnMedia} reports. */
export interface OwnMediaEvents {
  /** Something that can be read here has changed. */
  changed(): void;
  notice(code: NoticeCode, detail?: string): void;
}

/** The person's choices, to be remembered between visits. */
export interface MediaChoices {
  readonly mic: boolean;
  readonly cam: boolean;
  readonly micId: string;
  readonly camId: string;
}

/** Microphone, camera and shared screen. */
export class OwnMedia {
  readonly #events: OwnMediaEvents;
  readonly #mic: DeviceSource;
  readonly #cam: DeviceSource;
  readonly #screen: ScreenShare;
  readonly #lists: DeviceLists;
  #facing: "user" | "environment" = "user";
  #preview: MediaStream | undefined;
  #audio: AudioContext | undefined;
  #silence: MediaStreamTrack | undefined;
  readonly #black = new BlackPicture();
  #captureHeight = 720;
  #captureFps = 30;
  /** Whether devices may be opened: from a request of the person until {@link release}. */
  #mayOpen = false;

  constructor(choices: MediaChoices, events: OwnMediaEvents) {
    this.#events = events;
    const changed = () => events.changed();
    this.#mic = new DeviceSource("audio", choices.mic, choices.micId, {
      changed,
      ended: () => this.#ended(this.#mic),
    });
    this.#cam = new DeviceSource("video", choices.cam, choices.camId, {
      changed,
      ended: () => this.#ended(this.#cam),
    });
    this.#screen = new ScreenShare({ changed, notice: (code) => events.notice(code) });
    this.#audio = globalThis.AudioContext === undefined ? undefined : new AudioContext();
    this.#silence = silentTrack(this.#audio);
    this.#lists = new DeviceLists({
      changed,
      plugged: (before) => {
        this.#follow(this.#mic, "audioinput", before);
        this.#follow(this.#cam, "videoinput", before);
      },
    });
  }

  // ── What there is ─────────────────────────────────────────────────────────────────────────────

  /** The state of the microphone. */
  get mic(): OwnDevice {
    return this.#mic.state;
  }
  /** The state of the camera. */
  get cam(): OwnDevice {
    return this.#cam.state;
  }
  get isSharing(): boolean {
    return this.#screen.track !== undefined;
  }
  /** Whether the own picture is shown mirrored: the rear camera's and the screen's is not. */
  get isMirrored(): boolean {
    if (this.isSharing) return false;
    return this.#cam.settings?.facingMode !== "environment";
  }
  /** The tracks that are sent to the others. A placeholder replaces a device that is not open. */
  get outgoing(): OutgoingTracks {
    return {
      audio: this.#mic.track ?? this.#silence,
      video: this.#screen.track ?? this.#cam.track ?? this.#black.track,
    };
  }
  /** The picture for the own tile. It is a new object whenever its track changes. */
  get preview(): MediaStream | undefined {
    const track = this.#screen.track ?? this.#cam.track;
    if (track !== this.#preview?.getTracks()[0]) {
      this.#preview = track === undefined ? undefined : new MediaStream([track]);
    }
    return this.#preview;
  }
  /** The track of the microphone, for the level meter. */
  get micTrack(): MediaStreamTrack | undefined {
    return this.#mic.track;
  }
  /**
   * The page's audio context, for the level meter. The page shares one, because iPhones allow few.
   */
  get audioContext(): AudioContext | undefined {
    return this.#audio;
  }
  get choices(): MediaChoices {
    return { mic: this.#mic.on, cam: this.#cam.on, micId: this.#mic.id, camId: this.#cam.id };
  }
  /** The lists to choose from, without the loudspeakers, and what this browser can do. */
  get devices(): Omit<Devices, "speakers"> {
    return this.#lists.choices(this.#mic.settings, this.#cam.settings);
  }
  /** All devices, as the browser lists them. */
  get listed(): readonly ListedDevice[] {
    return this.#lists.listed;
  }

  // ── What the person wants ─────────────────────────────────────────────────────────────────────

  /**
   * Asks for the devices that are wanted and not open, with one question for both.
   *
   * @param wish which ones are wanted from now on; as before if it is left out.
   */
  ask(wish: DeviceWish = { mic: this.#mic.on, cam: this.#cam.on }): void {
    this.#resumeAudio();
    if (wish.mic) this.#mic.on = true;
    else this.setMic(false);
    if (wish.cam) this.#cam.on = true;
    else this.setCamera(false);
    this.#request(this.#mic.on && !this.#mic.isLive, this.#cam.on && !this.#cam.isLive);
  }

  /**
   * Asks for the devices that are wanted and not open. If all are open, opens them again, because
   * one of them may no longer deliver.
   */
  restart(): void {
    if ([this.#mic, this.#cam].some((source) => source.on && !source.isLive)) return this.ask();
    this.#resumeAudio();
    this.#request(this.#mic.on || this.#mic.track !== undefined, this.#cam.on);
  }

  setMic(on: boolean): void {
    this.#mic.on = on;
    // A muted microphone stays open. To open it again might fail, and an iPhone plays sound only
    // while a device is open (docs/CALL.md, traps 15 and 17).
    if (this.#mic.track !== undefined) this.#mic.track.enabled = on;
    if (on && !this.#mic.isLive) this.#request(true, false);
    this.#events.changed();
  }

  setCamera(on: boolean): void {
    this.#cam.on = on;
    if (!on) this.#cam.stop();
    else if (!this.#cam.isLive) this.#request(false, true);
    this.#events.changed();
  }

  chooseMicrophone(id: string): void {
    this.#mic.id = id;
    this.#mic.on = true;
    this.#switch(this.#mic);
  }

  chooseCamera(id: string): void {
    this.#cam.id = id;
    this.#cam.on = true;
    this.#switch(this.#cam);
  }

  /** Changes between the front and the rear camera. */
  turnCamera(): void {
    const current = this.#cam.settings?.facingMode ?? this.#facing;
    const before = current === "environment" ? "environment" : "user";
    this.#facing = before === "environment" ? "user" : "environment";
    this.#cam.id = "";
    this.#cam.on = true;
    this.#mayOpen = true;
    inTurn(async () => {
      await this.#captureNow(false, true);
      const { settings } = this.#cam;
      if (!this.#mayOpen || (settings !== undefined && settings.facingMode !== before)) return;
      this.#facing = before;
      this.#events.notice("cam-turn-failed");
      if (this.#cam.track === undefined) await this.#captureNow(false, true);
    });
  }

  /** As {@link ScreenShare.start}: call it in the tap, before anything is awaited. */
  startShare(): void {
    this.#screen.start();
  }

  stopShare(): void {
    this.#screen.stop();
  }

  /** Limits what the camera captures to the largest size that is sent. */
  setCaptureSize(height: number, fps: number): void {
    if (height === this.#captureHeight && fps === this.#captureFps) return;
    this.#captureHeight = height;
    this.#captureFps = fps;
    this.#fitCapture();
  }

  /**
   * Checks all devices again. To be called when the page is back on screen or the device has woken.
   */
  check(): void {
    this.#resumeAudio();
    this.#lists.read();
    for (const source of [this.#mic, this.#cam]) {
      if (source.track?.readyState === "ended") this.#ended(source);
    }
  }

  /**
   * Closes all devices, also those that the browser is still opening. They stay wanted, and
   * {@link ask} opens them again.
   */
  release(): void {
    this.#mayOpen = false;
    this.#screen.stop();
    this.#mic.stop();
    this.#cam.stop();
    this.#events.changed();
  }

  close(): void {
    this.release();
    this.#lists.close();
    this.#black.stop();
    this.#silence?.stop();
    this.#audio?.close().catch(() => {});
  }

  // ── Capture ───────────────────────────────────────────────────────────────────────────────────

  #request(audio: boolean, video: boolean): void {
    this.#mayOpen = true;
    audio &&= !this.#mic.asking;
    video &&= !this.#cam.asking;
    if (!audio && !video) return;
    if (audio) this.#mic.asking = true;
    if (video) this.#cam.asking = true;
    this.#events.changed();
    inTurn(() => this.#captureNow(audio, video));
  }

  /**
   * Opens microphone or camera, or both. It stops the old track first, because some devices cannot
   * be open twice (docs/CALL.md, traps 25 and 34). Only inside {@link inTurn}.
   */
  async #captureNow(audio: boolean, video: boolean): Promise<void> {
    if (audio) this.#mic.stop();
    if (video) this.#cam.stop();
    const wish = { id: this.#cam.id, facing: this.#facing };
    const captured = await capture({
      audio: audio && this.#mayOpen ? microphoneConstraints(this.#mic.id) : undefined,
      video: video && this.#mayOpen ? cameraConstraints(wish) : undefined,
    });
    if (!this.#mayOpen) {
      for (const track of [captured.audio, captured.video]) {
        if (typeof track === "object") track.stop();
      }
      if (audio) this.#mic.asking = false;
      if (video) this.#cam.asking = false;
      return this.#events.changed();
    }
    if (audio) this.#mic.take(captured.audio);
    if (video) this.#cam.take(captured.video);
    this.#resumeAudio();
    this.#fitCapture();
    // The names of the devices are known now; in Firefox only while one is open (docs/CALL.md, trap
    // 42).
    await this.#lists.read();
  }

  /** The device is gone. Opens another one of its kind, or reports that there is none. */
  #ended(source: DeviceSource): void {
    source.stop();
    const isMic = source === this.#mic;
    if (!source.on) return this.#events.changed();
    inTurn(async () => {
      const { id } = source;
      source.id = "";
      await this.#captureNow(isMic, !isMic);
      // The choice stays, so that the chosen device is used again when it returns. The person may
      // have made another choice meanwhile.
      if (source.id === "") source.id = id;
      if (!this.#mayOpen) return;
      if (source.track === undefined) {
        if (source.problem === "none") source.problem = "unplugged";
        this.#events.notice(isMic ? "mic-lost" : "cam-lost");
      } else this.#events.notice(isMic ? "mic-changed" : "cam-changed", source.track.label);
      this.#events.changed();
    });
  }

  /** Opens the chosen device. If that fails, opens the previous one again. */
  #switch(source: DeviceSource): void {
    const isMic = source === this.#mic;
    const before = source.settings?.deviceId ?? "";
    const { id } = source;
    source.asking = true;
    this.#mayOpen = true;
    this.#events.changed();
    inTurn(async () => {
      await this.#captureNow(isMic, !isMic);
      if (source.track !== undefined || before === "" || before === id) return;
      // The person may have made another choice meanwhile, or left.
      if (source.id !== id || !this.#mayOpen) return;
      source.id = before;
      await this.#captureNow(isMic, !isMic);
    });
  }

  /** The list of devices has changed. Opens another device if {@link isSwitchDue}. */
  #follow(source: DeviceSource, kind: string, before: readonly ListedDevice[]): void {
    const { on, asking, id, track, problem } = source;
    if (!on || asking || !this.#mayOpen) return;
    const open = track === undefined ? undefined : track.getSettings().deviceId ?? "";
    if (isSwitchDue(before, this.#lists.listed, kind, { id, open, problem })) this.#switch(source);
  }

  /** Applies the limits of {@link setCaptureSize} to the open camera. */
  #fitCapture(): void {
    const height = this.#captureHeight;
    this.#cam.track?.applyConstraints({
      width: { ideal: Math.round(height * 16 / 9) },
      height: { ideal: height },
      frameRate: { ideal: this.#captureFps, max: 30 },
    }).catch(() => {});
  }

  /** Starts Web Audio, which browsers allow only after a tap. A call too early does no harm. */
  #resumeAudio(): void {
    if (this.#audio?.state === "suspended") this.#audio.resume().catch(() => {});
  }
}
