/**
 * This device's microphone, camera and shared screen: what the person wants, what there is, and the
 * tracks that go out. It knows nothing of others.
 *
 * @module
 */

/// <reference lib="dom" />

import type { DeviceProblem, Devices, NoticeCode, OwnDevice } from "../state.ts";
import {
  cameraConstraints,
  defaultMoved,
  deviceList,
  type ListedDevice,
  microphoneConstraints,
} from "../protocol/devices.ts";
import { capture, inTurn } from "./capture.ts";
import type { OutgoingTracks } from "./media_connection.ts";
import { BlackPicture, silentTrack } from "./placeholders.ts";

/** What is reported. */
export interface OwnMediaEvents {
  /** Something that can be read here has changed. */
  changed(): void;
  notice(code: NoticeCode, detail?: string): void;
}

/** What is remembered between visits. */
export interface MediaChoices {
  readonly mic: boolean;
  readonly cam: boolean;
  readonly micId: string;
  readonly camId: string;
}

/** In some browsers a new track is muted for a moment. That is ignored. */
const MUTE_MEANS_AFTER_MS = 1000;
/** A track that is muted for this long does not come back by itself. */
const INTERRUPTED_AFTER_MS = 3000;

type Kind = "audio" | "video";

/** Microphone or camera. */
class Source {
  on: boolean;
  id: string;
  asking = false;
  problem: DeviceProblem | undefined;
  track: MediaStreamTrack | undefined;
  isInterrupted = false;

  constructor(on: boolean, id: string) {
    this.on = on;
    this.id = id;
  }

  get isLive(): boolean {
    return this.track?.readyState === "live" && !this.isInterrupted;
  }

  stop(): void {
    if (this.track === undefined) return;
    this.track.onended = this.track.onmute = this.track.onunmute = null;
    this.track.stop();
    this.track = undefined;
    this.isInterrupted = false;
  }
}

/** The devices. */
export class OwnMedia {
  readonly #events: OwnMediaEvents;
  readonly #mic: Source;
  readonly #cam: Source;
  #screen: MediaStreamTrack | undefined;
  #facing: "user" | "environment" = "user";
  #listed: readonly ListedDevice[] = [];
  #preview: MediaStream | undefined;
  #audio: AudioContext | undefined;
  #silence: MediaStreamTrack | undefined;
  readonly #black = new BlackPicture();
  #captureHeight = 720;
  #captureFps = 30;

  constructor(choices: MediaChoices, events: OwnMediaEvents) {
    this.#events = events;
    this.#mic = new Source(choices.mic, choices.micId);
    this.#cam = new Source(choices.cam, choices.camId);
    this.#audio = globalThis.AudioContext === undefined ? undefined : new AudioContext();
    this.#silence = silentTrack(this.#audio);
    navigator.mediaDevices?.addEventListener?.("devicechange", this.#devicesChanged);
    this.#list();
  }

  // ── What there is ─────────────────────────────────────────────────────────────────────────────

  get mic(): OwnDevice {
    return state(this.#mic, this.#mic.on && this.#mic.isLive);
  }
  get cam(): OwnDevice {
    return state(this.#cam, this.#cam.on && this.#cam.isLive);
  }
  get isSharing(): boolean {
    return this.#screen !== undefined;
  }
  get isMirrored(): boolean {
    if (this.#screen !== undefined) return false;
    return this.#cam.track?.getSettings().facingMode !== "environment";
  }
  /** What others get. */
  get outgoing(): OutgoingTracks {
    return {
      audio: this.#mic.track ?? this.#silence,
      video: this.#screen ?? this.#cam.track ?? this.#black.track,
    };
  }
  /** The own picture; another object when the track is another one. */
  get preview(): MediaStream | undefined {
    const track = this.#screen ?? this.#cam.track;
    if (track !== this.#preview?.getTracks()[0]) {
      this.#preview = track === undefined ? undefined : new MediaStream([track]);
    }
    return this.#preview;
  }
  /** The microphone, for the level meter. */
  get micTrack(): MediaStreamTrack | undefined {
    return this.#mic.track;
  }
  /** For the level meter; one for the page, because iPhones allow few. */
  get audioContext(): AudioContext | undefined {
    return this.#audio;
  }
  get choices(): MediaChoices {
    return { mic: this.#mic.on, cam: this.#cam.on, micId: this.#mic.id, camId: this.#cam.id };
  }
  /** The lists to choose from, but for the loudspeakers. */
  get devices(): Omit<Devices, "speakers"> {
    const settings = (source: Source) => source.track?.getSettings();
    const cameras = deviceList(this.#listed, "videoinput", settings(this.#cam)?.deviceId ?? "");
    return {
      microphones: deviceList(this.#listed, "audioinput", settings(this.#mic)?.deviceId ?? ""),
      cameras,
      canShare: typeof navigator.mediaDevices?.getDisplayMedia === "function" && !isPhone(),
      // Only phones and tablets tell which way a camera looks.
      canTurnCamera: cameras.choices.length > 1 && settings(this.#cam)?.facingMode !== undefined &&
        isPhone(),
      micIsRoute: /Android/.test(navigator.userAgent),
    };
  }
  get listed(): readonly ListedDevice[] {
    return this.#listed;
  }

  // ── What the person wants ─────────────────────────────────────────────────────────────────────

  /** Asks for the devices that are wanted and not open. */
  ask(): void {
    this.#resumeAudio();
    this.#request(this.#mic.on && !this.#mic.isLive, this.#cam.on && !this.#cam.isLive);
  }

  /** Asks for what is missing. If nothing is, opens everything anew: a device may have gone dead. */
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
    const current = this.#cam.track?.getSettings().facingMode ?? before;
    this.#facing = current === "environment" ? "user" : "environment";
    this.#cam.id = "";
    this.#cam.on = true;
    inTurn(async () => {
      await this.#captureNow(false, true);
      const { facingMode } = this.#cam.track?.getSettings() ?? {};
      if (this.#cam.track !== undefined && facingMode !== before) return;
      this.#facing = before;
      this.#events.notice("cam-turn-failed");
      if (this.#cam.track === undefined) await this.#captureNow(false, true);
    });
  }

  /** In the tap, before anything is awaited (trap 38). */
  startShare(): void {
    if (this.#screen !== undefined) return;
    let asked: Promise<MediaStream>;
    try {
      asked = navigator.mediaDevices.getDisplayMedia({
        video: { frameRate: { ideal: 10, max: 15 } },
        audio: false,
      });
    } catch {
      this.#events.notice("share-failed");
      return;
    }
    asked.then((stream) => {
      const [track] = stream.getVideoTracks();
      if (this.#screen !== undefined || track === undefined) return track?.stop();
      track.contentHint = "detail";
      track.onended = () => {
        this.stopShare();
        this.#events.notice("share-ended");
      };
      this.#screen = track;
      this.#events.changed();
    }, (error) => {
      // Closing the browser's dialog is an answer, not a failure.
      if (error?.name !== "NotAllowedError") this.#events.notice("share-failed");
    });
  }

  stopShare(): void {
    if (this.#screen === undefined) return;
    this.#screen.onended = null;
    this.#screen.stop();
    this.#screen = undefined;
    this.#events.changed();
  }

  /** Bounds what the camera delivers: what nobody gets need not be captured. */
  setCaptureSize(height: number, fps: number): void {
    if (height === this.#captureHeight && fps === this.#captureFps) return;
    this.#captureHeight = height;
    this.#captureFps = fps;
    this.#fitCapture();
  }

  /** Checks everything again: the page is back on screen. */
  check(): void {
    this.#resumeAudio();
    this.#list();
    for (const source of [this.#mic, this.#cam]) {
      if (source.track?.readyState === "ended") this.#ended(source);
    }
  }

  /** Releases the devices. What the person wants stays unchanged. */
  release(): void {
    this.stopShare();
    this.#mic.stop();
    this.#cam.stop();
    this.#events.changed();
  }

  close(): void {
    this.release();
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.#devicesChanged);
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
    if (audio) this.#take(this.#mic, captured.audio);
    if (video) this.#take(this.#cam, captured.video);
    this.#resumeAudio();
    this.#fitCapture();
    // Names of devices are known from now on, in Firefox only while one is open (trap 42).
    await this.#list();
  }

  #take(source: Source, captured: MediaStreamTrack | DeviceProblem | undefined): void {
    source.asking = false;
    if (captured === undefined || typeof captured === "string") {
      source.problem = captured ?? "failed";
      this.#events.changed();
      return;
    }
    const track = captured;
    source.problem = undefined;
    if (!source.on && source === this.#cam) {
      // Switched off again while the browser was asking.
      track.stop();
      this.#events.changed();
      return;
    }
    source.track = track;
    if (source === this.#mic) track.enabled = source.on;
    else track.contentHint = "motion";
    const takenAt = Date.now();
    track.onended = () => this.#ended(source);
    track.onmute = () => {
      if (Date.now() - takenAt >= MUTE_MEANS_AFTER_MS) this.#muted(source, track);
    };
    track.onunmute = () => {
      source.isInterrupted = false;
      if (source.problem === "interrupted") source.problem = undefined;
      this.#events.changed();
    };
    this.#events.changed();
  }

  /** The system took the device, for a phone call perhaps. It often comes back by itself. */
  #muted(source: Source, track: MediaStreamTrack): void {
    setTimeout(() => {
      if (source.track !== track || !track.muted) return;
      source.isInterrupted = true;
      source.problem = "interrupted";
      this.#events.changed();
    }, INTERRUPTED_AFTER_MS);
  }

  /** The device is gone: take another one of its kind, or say that there is none. */
  #ended(source: Source): void {
    source.stop();
    const isMic = source === this.#mic;
    if (!source.on) return this.#events.changed();
    inTurn(async () => {
      const { id } = source;
      source.id = "";
      await this.#captureNow(isMic, !isMic);
      // The favourite stays the favourite, for when it returns.
      source.id = id;
      if (source.track === undefined) {
        if (source.problem === "none") source.problem = "unplugged";
        this.#events.notice(isMic ? "mic-lost" : "cam-lost");
      } else this.#events.notice(isMic ? "mic-changed" : "cam-changed", source.track.label);
      this.#events.changed();
    });
  }

  /** Takes the chosen device, or the one before if that cannot be had. */
  #switch(source: Source): void {
    const isMic = source === this.#mic;
    const before = source.track?.getSettings().deviceId ?? "";
    source.asking = true;
    this.#events.changed();
    inTurn(async () => {
      await this.#captureNow(isMic, !isMic);
      if (source.track !== undefined || before === "" || before === source.id) return;
      source.id = before;
      await this.#captureNow(isMic, !isMic);
    });
  }

  readonly #devicesChanged = async () => {
    const before = this.#listed;
    await this.#list();
    this.#follow(this.#mic, "audioinput", before);
    this.#follow(this.#cam, "videoinput", before);
  };

  /** Takes the favourite back, the system's new default, or a first device where there was none. */
  #follow(source: Source, kind: string, before: readonly ListedDevice[]): void {
    if (!source.on || source.asking) return;
    const has = (devices: readonly ListedDevice[], id: string) =>
      devices.some((device) => device.kind === kind && device.deviceId === id);
    const current = source.track?.getSettings().deviceId;
    const isFavouriteBack = source.id !== "" && current !== source.id &&
      !has(before, source.id) && has(this.#listed, source.id);
    const isDefaultMoved = source.id === "" && source.track !== undefined &&
      defaultMoved(before, this.#listed, kind);
    const isFirst = source.track === undefined && this.#listed.some((one) => one.kind === kind) &&
      (source.problem === "unplugged" || source.problem === "none");
    if (isFavouriteBack || isDefaultMoved || isFirst) this.#switch(source);
  }

  async #list(): Promise<void> {
    try {
      this.#listed = await navigator.mediaDevices?.enumerateDevices?.() ?? [];
    } catch {
      this.#listed = [];
    }
    this.#events.changed();
  }

  #fitCapture(): void {
    const height = this.#captureHeight;
    this.#cam.track?.applyConstraints({
      width: { ideal: Math.round(height * 16 / 9) },
      height: { ideal: height },
      frameRate: { ideal: this.#captureFps, max: 30 },
    }).catch(() => {});
  }

  /** Browsers start sound only after a tap; trying more often costs nothing. */
  #resumeAudio(): void {
    if (this.#audio?.state === "suspended") this.#audio.resume().catch(() => {});
  }
}

function state({ on, asking, problem }: Source, live: boolean): OwnDevice {
  return { on, live, asking, problem };
}

function isPhone(): boolean {
  return /Android|iPhone|iPad|Mobile/.test(navigator.userAgent) ||
    (navigator.maxTouchPoints > 1 && /Mac/.test(navigator.userAgent));
}
