/**
 * A call without hub, devices or people, for drawing it: a test sets the state. Commands
 * change the visible parts of it, and are recorded in `asked`.
 *
 * @module
 */

/// <reference lib="dom" />

import type {
  Call,
  CallState,
  ChatMessage,
  DeviceWish,
  Me,
  OwnDevice,
  Person,
  ShownSize,
} from "../../http/call/state.ts";

const DEVICE: OwnDevice = { on: true, live: true, asking: false };

/** The state of a page that has just been opened, with everything that a device can have. */
export const FRESH_STATE: CallState = {
  phase: "mirror",
  hub: { link: "joined", failures: 0, unsupported: false },
  room: { key: "", name: "" },
  me: {
    name: "",
    avatar: "",
    mic: DEVICE,
    cam: DEVICE,
    mirrored: true,
    sharing: false,
    handRaised: false,
    speaking: false,
  },
  people: [],
  soundOnly: false,
  chat: { messages: [], unread: 0 },
  devices: {
    microphones: {
      choices: [{ id: "m1", label: "Built-in microphone" }, { id: "m2", label: "Headset" }],
      chosen: "m1",
    },
    cameras: {
      choices: [{ id: "c1", label: "Front camera" }, { id: "c2", label: "Back camera" }],
      chosen: "c1",
    },
    speakers: {
      choices: [{ id: "s1", label: "Loudspeaker" }, { id: "s2", label: "Headset" }],
      chosen: "s1",
    },
    canShare: true,
    canTurnCamera: true,
    micIsRoute: false,
  },
  notices: [],
};

/** Somebody whose link is up and whose camera is on. */
export function fakePerson(key: string, name: string, more: Partial<Person> = {}): Person {
  return {
    key,
    name,
    sameName: 0,
    avatar: "",
    kind: "ours",
    link: "connected",
    muted: false,
    picture: "camera",
    sharing: false,
    handRaised: false,
    speaking: false,
    safety: "🦊 🐢 🐙 🦉",
    safetyChanged: false,
    ...more,
  };
}

/** A call whose state a test sets. */
export class FakeCall implements Call {
  state: CallState;
  /** Every command, as `name(arguments)`. */
  readonly asked: string[] = [];
  #listeners = new Set<(state: CallState) => void>();
  #levelListeners = new Set<(levels: ReadonlyMap<string, number>) => void>();
  #count = 0;

  constructor(state: CallState = FRESH_STATE) {
    this.state = state;
  }

  /** Makes a new state with these parts. */
  set(parts: Partial<CallState>): void {
    this.state = { ...this.state, ...parts };
    for (const listener of this.#listeners) listener(this.state);
  }
  setMe(parts: Partial<Me>): void {
    this.set({ me: { ...this.state.me, ...parts } });
  }
  setPerson(key: string, parts: Partial<Person>): void {
    this.set({
      people: this.state.people.map((person) =>
        person.key === key ? { ...person, ...parts } : person
      ),
    });
  }
  /** Reports levels to the listeners. */
  setLevels(levels: Record<string, number>): void {
    const map = new Map(Object.entries(levels));
    for (const listener of this.#levelListeners) listener(map);
  }
  /** A message arrives. */
  hear(from: Person, text: string, more: Partial<ChatMessage> = {}): void {
    const message: ChatMessage = {
      n: ++this.#count,
      from: from.key,
      name: from.name,
      avatar: from.avatar,
      parts: [{ text }],
      direct: false,
      at: Date.now(),
      ...more,
    };
    const { messages, unread } = this.state.chat;
    this.set({ chat: { messages: [...messages, message], unread: unread + 1 } });
  }

  subscribe(listener: (state: CallState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  subscribeLevels(listener: (levels: ReadonlyMap<string, number>) => void): () => void {
    this.#levelListeners.add(listener);
    return () => this.#levelListeners.delete(listener);
  }
  close(): void {
    this.#listeners.clear();
    this.#levelListeners.clear();
  }

  #note(name: string, ...args: unknown[]): void {
    this.asked.push(`${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`);
  }

  askDevices(wish?: DeviceWish): void {
    this.#note("askDevices", wish);
  }
  restartDevices(): void {
    this.#note("restartDevices");
  }
  join(): void {
    this.#note("join");
    this.set({ phase: "call" });
  }
  leave(): void {
    this.#note("leave");
    this.set({ phase: "left" });
  }
  setName(name: string): void {
    this.#note("setName", name);
    this.setMe({ name });
  }
  setAvatar(emoji: string): void {
    this.#note("setAvatar", emoji);
    this.setMe({ avatar: emoji });
  }
  setRoom(name: string): void {
    this.#note("setRoom", name);
    this.set({ room: { key: name.toLowerCase(), name } });
  }
  setMic(on: boolean): void {
    this.#note("setMic", on);
    this.setMe({ mic: { ...this.state.me.mic, on, live: on } });
  }
  setCamera(on: boolean): void {
    this.#note("setCamera", on);
    this.setMe({ cam: { ...this.state.me.cam, on, live: on } });
  }
  pushToTalk(down: boolean): void {
    this.#note("pushToTalk", down);
  }
  turnCamera(): void {
    this.#note("turnCamera");
    this.setMe({ mirrored: !this.state.me.mirrored });
  }
  chooseMicrophone(id: string): void {
    this.#note("chooseMicrophone", id);
  }
  chooseCamera(id: string): void {
    this.#note("chooseCamera", id);
  }
  chooseSpeaker(id: string): void {
    this.#note("chooseSpeaker", id);
  }
  startShare(): void {
    this.#note("startShare");
    this.setMe({ sharing: true, mirrored: false });
  }
  stopShare(): void {
    this.#note("stopShare");
    this.setMe({ sharing: false, mirrored: true });
  }
  raiseHand(up: boolean): void {
    this.#note("raiseHand", up);
    this.setMe({ handRaised: up });
  }
  react(emoji: string): void {
    this.#note("react", emoji);
    this.setMe({ reaction: { emoji, n: ++this.#count } });
  }
  say(text: string, to?: string): void {
    this.#note("say", text, to);
    const { messages } = this.state.chat;
    const message: ChatMessage = {
      n: ++this.#count,
      from: "me",
      name: this.state.me.name,
      avatar: this.state.me.avatar,
      parts: [{ text }],
      direct: to !== undefined,
      to: this.state.people.find(({ key }) => key === to)?.name,
      at: Date.now(),
      reached: this.state.people.length,
    };
    this.set({ chat: { ...this.state.chat, messages: [...messages, message] } });
  }
  chatSeen(): void {
    this.#note("chatSeen");
    if (this.state.chat.unread > 0) this.set({ chat: { ...this.state.chat, unread: 0 } });
  }
  setShown(sizes: readonly ShownSize[]): void {
    this.#note("setShown", sizes);
  }
  dismiss(n: number): void {
    this.#note("dismiss", n);
    this.set({ notices: this.state.notices.filter((notice) => notice.n !== n) });
  }
  retryHub(): void {
    this.#note("retryHub");
  }
  attachOutput(_element: HTMLMediaElement): void {
    this.#note("attachOutput");
  }
}
