/**
 * The contract between the call and its view: the state that a view draws ({@link CallState}) and
 * the commands that it may give ({@link CallCommands}). Types only. Texts for people are not here:
 * problems and notices are codes, and the language files have the sentences.
 *
 * A state is never changed. Every change makes a new one, and parts that did not change keep their
 * identity, so `before.people[2] === after.people[2]` means that nothing has to be drawn again.
 *
 * @module
 */

/// <reference lib="dom" />

/**
 * Where this device is: before the call (`mirror`), on the way into it, in it, or after it. In
 * `mirror` and `left` the page listens in the room without being seen, so `people` says who is there.
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
  /** There are so many people that only sound is sent and received. */
  readonly soundOnly: boolean;
  readonly chat: Chat;
  readonly devices: Devices;
  /** What just happened, oldest first, at most 20. A view removes one with `dismiss`. */
  readonly notices: readonly Notice[];
}

/** The connection with the hub. */
export interface HubStatus {
  /** `lost` means that there was a connection, or none came up; the next try follows by itself. */
  readonly link: "connecting" | "joined" | "lost";
  /** Tries in a row that failed. From the second on, it is worth saying what the person can do. */
  readonly failures: number;
  /** When the next try begins, as `Date.now()`; only while `lost`. */
  readonly retryAt?: number;
  /** This browser cannot connect at all: it has no WebRTC (iOS Lockdown Mode, old web views). */
  readonly unsupported: boolean;
}

/** The room. */
export interface Room {
  /** What decides who meets (a–z, 0–9 and hyphens); empty for the room that has no name. */
  readonly key: string;
  /** As typed, to show. */
  readonly name: string;
}

/** What is wrong with a device, as a code. */
export type DeviceProblem =
  /** The page is not a secure context, so browsers give no devices. */
  | "insecure"
  /** The browser has no `mediaDevices`. */
  | "unsupported"
  /** The person, the browser or the operating system refused. */
  | "denied"
  /** There is no such device. */
  | "none"
  /** Another program has it. */
  | "busy"
  /** The browser did not answer the request; in-app browsers do that. */
  | "timeout"
  /** The device was pulled out and nothing replaced it. */
  | "unplugged"
  /** A phone call or the like took it. `restartDevices` in a tap brings it back. */
  | "interrupted"
  /** Anything else. */
  | "failed";

/** One's own microphone or camera. */
export interface OwnDevice {
  /** The person wants it on. */
  readonly on: boolean;
  /** It is on and delivers. */
  readonly live: boolean;
  /** The browser is being asked for it. */
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
  /** What the own tile shows: the screen while sharing, else the camera. */
  readonly preview?: MediaStream;
  /** Whether the own picture is drawn mirrored: the front camera is, the rear one and a screen not. */
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
  /** Counts up, so that the same reaction twice can be told from one. */
  readonly n: number;
}

/** The reactions there are. The view removes none: the state drops each after five seconds. */
export const REACTIONS: readonly string[] = ["👍", "❤️", "😂", "👏", "😮", "🎉"];

/**
 * The media link with a person: `none` while this device is not in the call; `shaky` when it has
 * been silent for two seconds; `redialling` when a new connection is being made.
 */
export type PersonLink = "none" | "dialling" | "connected" | "shaky" | "redialling";

/** Somebody else in the room. */
export interface Person {
  /** Names the person for as long as it is here, also across a restart of the hub. */
  readonly key: string;
  /** Cleaned, at most 40 characters, may be empty. Isolate its direction (`<bdi>`) all the same. */
  readonly name: string;
  /** 0, or 2 for the second person of the same name, 3 for the third … */
  readonly sameName: number;
  /** One emoji at most, or empty. */
  readonly avatar: string;
  /** Whether it uses this page or the deployed web app, which tells nothing of `muted` or `hand`. */
  readonly kind: "ours" | "deployed";
  readonly link: PersonLink;
  /** Whether its microphone is off; undefined when it does not tell. */
  readonly muted?: boolean;
  /**
   * What its video track carries. `none` means: draw the avatar. A shared screen is called `screen`
   * only when a picture of the person really arrives.
   */
  readonly picture: "none" | "camera" | "screen";
  /** It says that it shares its screen. */
  readonly sharing: boolean;
  readonly handRaised: boolean;
  readonly reaction?: Reaction;
  /** Loud by its audio level, with hysteresis. */
  readonly speaking: boolean;
  /**
   * Its sound and picture. It becomes another object only after a redial, when the new connection
   * delivers; until then the old one keeps the last picture. Draw with one media element.
   */
  readonly stream?: MediaStream;
  /** Four symbols joined by spaces; undefined where the browser does not tell or before a link. */
  readonly safety?: string;
  /** The symbols changed during this call. */
  readonly safetyChanged: boolean;
}

/** A piece of a chat message: text, or a link that is safe to be one (http and https only). */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

/** One message of the chat. */
export interface ChatMessage {
  /** Counts up; the key for drawing. */
  readonly n: number;
  /** The sender's {@link Person.key}, or `me`. */
  readonly from: string;
  /** The sender's name at that time. */
  readonly name: string;
  readonly avatar: string;
  readonly parts: readonly TextPart[];
  /** For one person only. */
  readonly direct: boolean;
  /** Of one's own direct message: the name of the one it went to. */
  readonly to?: string;
  /** As `Date.now()`. */
  readonly at: number;
  /** Of one's own: how many people it reached. 0 means that nobody got it. */
  readonly reached?: number;
}

/** The chat. */
export interface Chat {
  /** Oldest first, at most 500. */
  readonly messages: readonly ChatMessage[];
  /** How many came since `chatSeen`. */
  readonly unread: number;
}

/** A device that can be chosen. */
export interface DeviceChoice {
  readonly id: string;
  /** As the browser names it; may be empty, then number it. */
  readonly label: string;
}

/** The devices of one kind. */
export interface DeviceList {
  readonly choices: readonly DeviceChoice[];
  /** The one in use; empty when none is. */
  readonly chosen: string;
}

/** All devices. */
export interface Devices {
  readonly microphones: DeviceList;
  readonly cameras: DeviceList;
  /** Empty where the browser cannot choose the loudspeaker. */
  readonly speakers: DeviceList;
  /** The browser can share a screen. */
  readonly canShare: boolean;
  /** There is a front and a rear camera. */
  readonly canTurnCamera: boolean;
  /** Choosing a microphone also moves the sound (Android): label the list as a route for sound. */
  readonly micIsRoute: boolean;
}

/** What a notice says. `name` in the notice is the person's it is about. */
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

/** Notices on which the person can act: something does not work. */
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
 * How much a notice matters where there is no place for all.
 *
 * @returns 2 if it is about safety, 1 if the person can act on it, 0 if it may pass unseen.
 */
export function noticeWeight(code: NoticeCode): number {
  return code === "safety-changed" ? 2 : TROUBLES.includes(code) ? 1 : 0;
}

/** Something that happened. */
export interface Notice {
  /** Counts up. */
  readonly n: number;
  readonly code: NoticeCode;
  /** The person's {@link Person.key} and name, where it is about one. */
  readonly key?: string;
  readonly name?: string;
  /** More for the sentence: the label of a device, the emoji of a reaction. */
  readonly detail?: string;
  /** As `Date.now()`. */
  readonly at: number;
}

/** How large a person is drawn, in device pixels. */
export interface ShownSize {
  readonly key: string;
  /** 0 when it is not seen. */
  readonly width: number;
  readonly height: number;
}

/**
 * The commands of a view. They never throw; errors appear in the state. Commands marked "In the tap"
 * must be called from the event handler of a tap, before any `await`; otherwise browsers refuse.
 */
export interface CallCommands {
  /**
   * Asks the browser for the devices that are wanted and not there yet, with one question for both.
   * In the tap.
   *
   * @param wish which ones are wanted from now on; as before if it is left out.
   */
  askDevices(wish?: DeviceWish): void;
  /**
   * Asks again after `denied`, `busy`, `timeout`, `interrupted` … If all works, opens microphone and
   * camera again: a Bluetooth device may be silent without saying so. In the tap.
   */
  restartDevices(): void;
  /** Enters the call with the devices that are available; also after `leave`. In the tap. */
  join(): void;
  leave(): void;
  setName(name: string): void;
  setAvatar(emoji: string): void;
  /** Changes the room; before joining. Any text: the key is made from it. */
  setRoom(name: string): void;
  setMic(on: boolean): void;
  setCamera(on: boolean): void;
  /** Opens the microphone while `down`, and puts it back as it was. */
  pushToTalk(down: boolean): void;
  /** Takes the other of front and rear camera. */
  turnCamera(): void;
  chooseMicrophone(id: string): void;
  chooseCamera(id: string): void;
  chooseSpeaker(id: string): void;
  /** In the tap. */
  startShare(): void;
  stopShare(): void;
  raiseHand(up: boolean): void;
  react(emoji: string): void;
  /** Says something to all, or to one person by its key. */
  say(text: string, to?: string): void;
  /** The chat is on screen: nothing is unread. Call it again for every message while it is. */
  chatSeen(): void;
  /** Tells how large everybody is drawn, after every change of the layout. */
  setShown(sizes: readonly ShownSize[]): void;
  /** Removes a notice. */
  dismiss(n: number): void;
  /** Tries the hub at once. */
  retryHub(): void;
  /**
   * Registers the media element of a person (or of a test tone), so that it plays on the chosen
   * loudspeaker. Call it once for each element.
   */
  attachOutput(element: HTMLMediaElement): void;
}

/** A call: its state now, its changes and its commands. */
export interface Call extends CallCommands {
  readonly state: CallState;
  /** Calls `listener` after every change, at most once a task. @returns what ends that. */
  subscribe(listener: (state: CallState) => void): () => void;
  /**
   * Calls `listener` about eight times a second with audio levels from 0 to 1 by person key, one's
   * own under `me`. Apart from the state, because they change all the time. @returns what ends that.
   */
  subscribeLevels(listener: (levels: ReadonlyMap<string, number>) => void): () => void;
  /** Ends everything: for tests and for a page that goes away. */
  close(): void;
}

/** What the page is given by the hub that served it. */
export interface CallConfig {
  /** The hub's blob (wire contract §1). */
  readonly blob: string;
  /** What a guest opens first, for the invitation: `http://192.168.1.5:8080/`. */
  readonly door: string;
}

/** The address part after `#` is the room to begin with; the page's entry hands it on. */
export interface CallOptions extends CallConfig {
  readonly room: string;
}
