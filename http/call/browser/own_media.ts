/**
 * This device's microphone, camera and shared screen as one: opens what the person wants, replaces
 * what breaks or is changed, and says which tracks go out. It knows nothing of the other people.
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

/** What the person chose, to be remembered between visits. */
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

  get mic(): OwnDevice {
    return this.#mic.state;
  }
  get cam(): OwnDevice {
    return this.#cam.state;
  }
  get isSharing(): boolean {
    return this.#screen.track !== undefined;
  }
  get isMirrored(): boolean {
    if (this.isSharing) return false;
    return this.#cam.settings?.facingMode !== "environment";
  }
  /** What others get. */
  get outgoing(): OutgoingTracks {
    return {
      audio: this.#mic.track ?? this.#silence,
      video: this.#screen.track ?? this.#cam.track ?? this.#black.track,
    };
  }
  /** The own picture. A new object whenever the track is another one. */
  get preview(): MediaStream | undefined {
    const track = this.#screen.track ?? this.#cam.track;
    if (track !== this.#preview?.getTracks()[0]) {
      this.#preview = track === undefined ? undefined : new MediaStream([track]);
    }
    return this.#preview;
  }
  /** The microphone, for the level meter. */
  get micTrack(): MediaStreamTrack | undefined {
    return this.#mic.track;
  }
  /** For the level meter. The page has only one, because iPhones allow few. */
  get audioContext(): AudioContext | undefined {
    return this.#audio;
  }
  get choices(): MediaChoices {
    return { mic: this.#mic.on, cam: this.#cam.on, micId: this.#mic.id, camId: this.#cam.id };
  }
  /** The lists to choose from, but for the loudspeakers. */
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

  /** Asks for what is missing. If nothing is missing, opens everything anew: a device may be dead. */
  restart(): void {
    if ([this.#mic, this.#cam].some((source) => source.on && !source.isLive)) return this.ask();
    this.#resumeAudio();
    this.#request(this.#mic.on || this.#mic.track !== undefined, this.#cam.on);
  }

  setMic(on: boolean): void {
    this.#mic.on = on;
    // The device stays open while muted: a new capture might fail, and iPhones play sound only
    // while one is open (traps 15 and 17).
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

  turnCamera(): void {
    const before = this.#facing;
    const current = this.#cam.settings?.facingMode ?? before;
    this.#facing = current === "environment" ? "user" : "environment";
    this.#cam.id = "";
    this.#cam.on = true;
    inTurn(async () => {
      await this.#captureNow(false, true);
      const { settings } = this.#cam;
      if (settings !== undefined && settings.facingMode !== before) return;
      this.#facing = before;
      this.#events.notice("cam-turn-failed");
      if (this.#cam.track === undefined) await this.#captureNow(false, true);
    });
  }

  /** Asks for a screen. Call it in the tap, before anything is awaited (trap 38). */
  startShare(): void {
    this.#screen.start();
  }

  stopShare(): void {
    this.#screen.stop();
  }

  /** Bounds what the camera delivers: a size that nobody gets need not be captured. */
  setCaptureSize(height: number, fps: number): void {
    if (height === this.#captureHeight && fps === this.#captureFps) return;
    this.#captureHeight = height;
    this.#captureFps = fps;
    this.#fitCapture();
  }

  /** Checks everything again, because the page is back on screen or the device woke. */
  check(): void {
    this.#resumeAudio();
    this.#lists.read();
    for (const source of [this.#mic, this.#cam]) {
      if (source.track?.readyState === "ended") this.#ended(source);
    }
  }

  /** Releases the devices. What the person wants stays unchanged. */
  release(): void {
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

  // ── Inside ────────────────────────────────────────────────────────────────────────────────────

  #request(audio: boolean, video: boolean): void {
    audio &&= !this.#mic.asking;
    video &&= !this.#cam.asking;
    if (!audio && !video) return;
    if (audio) this.#mic.asking = true;
    if (video) this.#cam.asking = true;
    this.#events.changed();
    inTurn(() => this.#captureNow(audio, video));
  }

  /** Stops the present track first: some devices cannot be open twice (traps 25 and 34). */
  async #captureNow(audio: boolean, video: boolean): Promise<void> {
    if (audio) this.#mic.stop();
    if (video) this.#cam.stop();
    const wish = { id: this.#cam.id, facing: this.#facing };
    const captured = await capture({
      audio: audio ? microphoneConstraints(this.#mic.id) : undefined,
      video: video ? cameraConstraints(wish) : undefined,
    });
    if (audio) this.#mic.take(captured.audio);
    if (video) this.#cam.take(captured.video);
    this.#resumeAudio();
    this.#fitCapture();
    // Names of devices are known from now on, in Firefox only while one is open (trap 42).
    await this.#lists.read();
  }

  /** The device is gone: opens another one of its kind, or reports that there is none. */
  #ended(source: DeviceSource): void {
    source.stop();
    const isMic = source === this.#mic;
    if (!source.on) return this.#events.changed();
    inTurn(async () => {
      const { id } = source;
      source.id = "";
      await this.#captureNow(isMic, !isMic);
      // The choice stays, so that the chosen device is taken again when it returns.
      source.id = id;
      if (source.track === undefined) {
        if (source.problem === "none") source.problem = "unplugged";
        this.#events.notice(isMic ? "mic-lost" : "cam-lost");
      } else this.#events.notice(isMic ? "mic-changed" : "cam-changed", source.track.label);
      this.#events.changed();
    });
  }

  /** Opens the chosen device. If that fails, opens the one before again. */
  #switch(source: DeviceSource): void {
    const isMic = source === this.#mic;
    const before = source.settings?.deviceId ?? "";
    source.asking = true;
    this.#events.changed();
    inTurn(async () => {
      await this.#captureNow(isMic, !isMic);
      if (source.track !== undefined || before === "" || before === source.id) return;
      source.id = before;
      await this.#captureNow(isMic, !isMic);
    });
  }

  /** Opens another device if the change of the list is a reason for it. */
  #follow(source: DeviceSource, kind: string, before: readonly ListedDevice[]): void {
    const { on, asking, id, track, problem } = source;
    if (!on || asking) return;
    const open = track === undefined ? undefined : track.getSettings().deviceId ?? "";
    if (isSwitchDue(before, this.#lists.listed, kind, { id, open, problem })) this.#switch(source);
  }

  #fitCapture(): void {
    const height = this.#captureHeight;
    this.#cam.track?.applyConstraints({
      width: { ideal: Math.round(height * 16 / 9) },
      height: { ideal: height },
      frameRate: { ideal: this.#captureFps, max: 30 },
    }).catch(() => {});
  }

  /** Browsers start sound only after a tap. More tries cost nothing. */
  #resumeAudio(): void {
    if (this.#audio?.state === "suspended") this.#audio.resume().catch(() => {});
  }
}
