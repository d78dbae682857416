/**
 * The contract between the call and its view: the state that a view draws ({@link CallState}) and
 * the commands that it may give ({@link CallCommands}). There are no sentences here: problems and
 * notices are codes, for which the language files have the sentences.
 *
 * A state is never modified. Every change makes a new one, in which parts that have not changed are
 * the same objects. So `before.people[2] === after.people[2]` means that this person need not be
 * drawn again.
 *
 * @module
 */

/// <reference lib="dom" />

/**
 * Where this person is: before the call (`mirror`, with the own picture), on the way into it, in
 * it, or after it. In `mirror` and `left` the page listens in the room without being seen, so
 * `people` tells who is there.
 */
export type Phase = "mirror" | "joining" | "call" | "left";

/** Everything that a view draws from. */
export interface CallState {
  readonly phase: Phase;
  readonly hub: HubStatus;
  readonly room: Room;
  readonly me: Me;
  /** The others, in the order in which they came. */
  readonly people: readonly Person[];
  /** Whether there are so many people that only sound is sent and received. */
  readonly soundOnly: boolean;
  readonly chat: Chat;
  readonly devices: Devices;
  /** What has happened, oldest first, at most 20. A view removes a notice with `dismiss`. */
  readonly notices: readonly Notice[];
}

/** The connection with the hub. */
export interface HubStatus {
  /**
   * `lost` means that the connection has ended or a try has failed. The next try follows by itself.
   */
  readonly link: "connecting" | "joined" | "lost";
  /** How many tries have failed in a row. From the second on, a view should say what to do. */
  readonly failures: number;
  /** When the next try begins, as `Date.now()`; undefined unless `lost`. */
  readonly retryAt?: number;
  /**
   * Whether this browser cannot connect, because it has no WebRTC (iOS Lockdown Mode, old web
   * views).
   */
  readonly unsupported: boolean;
}

/** The room. */
export interface Room {
  /** People with the same key meet: a–z, 0–9 and hyphens; empty for the main room. */
  readonly key: string;
  /** The name as typed, to be shown. */
  readonly name: string;
}

/** What is wrong with a microphone or camera. */
export type DeviceProblem =
  /** The page is not a secure context, so browsers give no devices. */
  | "insecure"
  /** The browser has no `mediaDevices`. */
  | "unsupported"
  /** The person, the browser or the operating system refused. */
  | "denied"
  /** There is no such device. */
  | "none"
  /** Another program uses it. */
  | "busy"
  /** The browser did not answer the request, as in-app browsers do. */
  | "timeout"
  /** It was unplugged, and there is no other one. */
  | "unplugged"
  /**
   * The system has muted it, for example for a phone call. `restartDevices` in a tap brings it
   * back.
   */
  | "interrupted"
  /** Anything else. */
  | "failed";

/** This person's microphone or camera. */
export interface OwnDevice {
  /** Whether the person wants it on. */
  readonly on: boolean;
  /** Whether it is on, open and not interrupted. */
  readonly live: boolean;
  /** Whether the browser is opening it, and may be asking the person. */
  readonly asking: boolean;
  readonly problem?: DeviceProblem;
}

/** Which devices the person wants. */
export interface DeviceWish {
  readonly mic: boolean;
  readonly cam: boolean;
}

/** The person at this device. */
export interface Me {
  /** Empty until the person has typed one. */
  readonly name: string;
  /** One emoji, or empty. */
  readonly avatar: string;
  readonly mic: OwnDevice;
  readonly cam: OwnDevice;
  /** The picture for the own tile: the screen while it is shared, otherwise the camera. */
  readonly preview?: MediaStream;
  /** Whether to draw it mirrored: the rear camera and the screen are not. */
  readonly mirrored: boolean;
  readonly sharing: boolean;
  readonly handRaised: boolean;
  readonly reaction?: Reaction;
  readonly speaking: boolean;
}

/** A reaction that is being shown. */
export interface Reaction {
  /** One of {@link REACTIONS}. */
  readonly emoji: string;
  /** Counts up, so that a repeated reaction can be recognized. */
  readonly n: number;
}

/** The available reactions. Each disappears from the state after five seconds. */
export const REACTIONS: readonly string[] = ["👍", "❤️", "😂", "👏", "😮", "🎉"];

/**
 * The media link with a person: `none` while this person is not in the call, `shaky` after an
 * interruption of two seconds, `redialling` while a connection is replaced by a new one.
 */
export type PersonLink = "none" | "dialling" | "connected" | "shaky" | "redialling";

/** Somebody else in the room. */
export interface Person {
  /** Identifies the person while it is in the room, even if the hub is restarted. */
  readonly key: string;
  /**
   * Cleaned, at most 40 characters, may be empty. A view has to isolate its direction (`<bdi>`).
   */
  readonly name: string;
  /** 2 for the second person with the same name, 3 for the third, and so on; otherwise 0. */
  readonly sameName: number;
  /** One emoji at most, or empty. */
  readonly avatar: string;
  /** Whether it uses this page, or the deployed web app, which announces less. */
  readonly kind: "ours" | "deployed";
  readonly link: PersonLink;
  /** Whether its microphone is off; undefined if it does not announce that. */
  readonly muted?: boolean;
  /**
   * What its video track shows. If `none`, a view draws the avatar. It is `screen` only while a
   * picture of the person really arrives.
   */
  readonly picture: "none" | "camera" | "screen";
  /** Whether it announces that it shares its screen. */
  readonly sharing: boolean;
  readonly handRaised: boolean;
  readonly reaction?: Reaction;
  /** Whether it speaks, by its audio level. */
  readonly speaking: boolean;
  /**
   * Its sound and picture, for one media element. It becomes another object only after a redial,
   * when the new connection is up. Until then the old one keeps the last picture.
   */
  readonly stream?: MediaStream;
  /** The four safety symbols, joined by spaces; undefined before there is a link, or if unknown. */
  readonly safety?: string;
  /** Whether the symbols have changed during this call. */
  readonly safetyChanged: boolean;
}

/** A piece of a chat message: plain text, or a link with a checked `http:` or `https:` address. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

/** One message of the chat. */
export interface ChatMessage {
  /** Counts up. It identifies the message. */
  readonly n: number;
  /** The sender's {@link Person.key}, or `me`. */
  readonly from: string;
  /** The sender's name when the message was sent. */
  readonly name: string;
  readonly avatar: string;
  readonly parts: readonly TextPart[];
  /** Whether it is for one person only. */
  readonly direct: boolean;
  /** The receiver's name, in a direct message of this person. */
  readonly to?: string;
  /** When it was sent or received, as `Date.now()`. */
  readonly at: number;
  /** How many people got it, if it is of this person. */
  readonly reached?: number;
}

/** The chat. */
export interface Chat {
  /** Oldest first, at most 500. */
  readonly messages: readonly ChatMessage[];
  /** How many have arrived since `chatSeen`. */
  readonly unread: number;
}

/** A device that can be chosen. */
export interface DeviceChoice {
  readonly id: string;
  /** The browser's name for it. If it is empty, a view shows a number instead. */
  readonly label: string;
}

/** The devices of one kind. */
export interface DeviceList {
  readonly choices: readonly DeviceChoice[];
  /** The id of the device in use; empty if there is none. */
  readonly chosen: string;
}

/** All devices. */
export interface Devices {
  readonly microphones: DeviceList;
  readonly cameras: DeviceList;
  /** Empty if a page cannot choose the loudspeaker in this browser. */
  readonly speakers: DeviceList;
  /** Whether the browser can share a screen. */
  readonly canShare: boolean;
  /** Whether there are a front and a rear camera. */
  readonly canTurnCamera: boolean;
  /**
   * Whether the microphone also determines where sound is played (Android). The list should say so.
   */
  readonly micIsRoute: boolean;
}

/** What a notice is about. */
export type NoticeCode =
  | "joined"
  | "left"
  | "hand-raised"
  | "message"
  | "hub-lost"
  | "hub-back"
  | "safety-changed"
  | "share-failed"
  | "share-ended"
  | "mic-changed"
  | "mic-lost"
  | "cam-changed"
  | "cam-lost"
  | "cam-turn-failed"
  | "speaker-failed"
  | "sound-only"
  | "sound-only-over"
  | "message-too-long"
  | "message-reached-nobody"
  | "person-unreachable"
  | "room-full";

/** Notices that something does not work, on which the person can act. */
const TROUBLES: readonly NoticeCode[] = [
  "share-failed",
  "mic-lost",
  "cam-lost",
  "message-too-long",
  "message-reached-nobody",
  "room-full",
  "person-unreachable",
];

/**
 * How important a notice is. If there are too many, the least important are dropped.
 *
 * @returns 2 if it is about safety, 1 if the person can act on it, otherwise 0.
 */
export function noticeWeight(code: NoticeCode): number {
  return code === "safety-changed" ? 2 : TROUBLES.includes(code) ? 1 : 0;
}

/** Something that has happened. */
export interface Notice {
  /** Counts up. It identifies the notice. */
  readonly n: number;
  readonly code: NoticeCode;
  /** The {@link Person.key} and name of the person that it is about, if any. */
  readonly key?: string;
  readonly name?: string;
  /** A detail for the sentence, such as the label of a device. */
  readonly detail?: string;
  /** When it happened, as `Date.now()`. */
  readonly at: number;
}

/** How large a person's picture is drawn, in device pixels. */
export interface ShownSize {
  readonly key: string;
  /** 0 if the picture is not visible. */
  readonly width: number;
  readonly height: number;
}

/**
 * The commands of a view. They never throw; errors appear in the state. Commands marked "In the
 * tap" must be called in the event handler of a tap, before any `await`. Otherwise browsers refuse
 * them.
 */
export interface CallCommands {
  /**
   * Asks the browser for the devices that are wanted and not open, with one question for both.
   * In the tap.
   *
   * @param wish which ones are wanted from now on; as before if it is left out.
   */
  askDevices(wish?: DeviceWish): void;
  /**
   * Asks again for the devices that are wanted and not open. If all are open, opens them again,
   * because a Bluetooth device may be silent without an error. In the tap.
   */
  restartDevices(): void;
  /**
   * Enters the call with the devices that are open. Also to be called after `leave`. In the tap.
   */
  join(): void;
  leave(): void;
  setName(name: string): void;
  setAvatar(emoji: string): void;
  /** Changes the room. Ignored in the call. The name is any text, of which the key is made. */
  setRoom(name: string): void;
  setMic(on: boolean): void;
  setCamera(on: boolean): void;
  /** Switches the microphone on while `down`, and then back to what it was. */
  pushToTalk(down: boolean): void;
  /** Changes between the front and the rear camera. */
  turnCamera(): void;
  chooseMicrophone(id: string): void;
  chooseCamera(id: string): void;
  chooseSpeaker(id: string): void;
  /** In the tap. */
  startShare(): void;
  stopShare(): void;
  raiseHand(up: boolean): void;
  react(emoji: string): void;
  /** Sends a chat message to all, or to the person with the key `to`. */
  say(text: string, to?: string): void;
  /** The person has seen the chat. While it is open, to be called again for every message. */
  chatSeen(): void;
  /** Tells how large everybody is drawn. To be called after every change of the layout. */
  setShown(sizes: readonly ShownSize[]): void;
  /** Removes a notice, by its number. */
  dismiss(n: number): void;
  /** Dials a lost hub at once. */
  retryHub(): void;
  /**
   * Plays a media element, of a person or a test tone, on the chosen loudspeaker. To be called once
   * for each element.
   */
  attachOutput(element: HTMLMediaElement): void;
}

/** A call: its current state, its changes and its commands. */
export interface Call extends CallCommands {
  readonly state: CallState;
  /** Calls `listener` after changes, at most once per task. @returns a function that ends this. */
  subscribe(listener: (state: CallState) => void): () => void;
  /**
   * Calls `listener` about eight times a second with the audio levels from 0 to 1, by the keys of
   * the people and `me`. They are not in the state, because they change all the time.
   *
   * @returns a function that ends this.
   */
  subscribeLevels(listener: (levels: ReadonlyMap<string, number>) => void): () => void;
  /** Leaves the call and releases everything, because the page is closed or a test is over. */
  close(): void;
}

/** What the hub tells the page that it serves. */
export interface CallConfig {
  /** The hub's blob (docs/PROTOCOL.md §1). */
  readonly blob: string;
  /** The page that a guest opens first, for the invitation: `http://192.168.1.5:8080/`. */
  readonly door: string;
}

/** The options of a call. */
export interface CallOptions extends CallConfig {
  /** The name of the room to begin with, from the address of the page. */
  readonly room: string;
}
