/**
 * The call's views without a call: a page with a {@link FakeCall}, whose people are drawings on a
 * canvas. `show(scene)` puts it into a state that a test wants to look at.
 *
 * @module
 */

/// <reference lib="dom" />

import { LANGUAGES } from "../../http/call/lang/choose.ts";
import { words as english } from "../../http/call/lang/en.ts";
import type { Words } from "../../http/call/lang/words.ts";
import type { CallState, OwnDevice, Person } from "../../http/call/state.ts";
import { drawPage } from "../../http/call/view/app.ts";
import { FakeCall, fakePerson, FRESH_STATE } from "./fake_call.ts";

const NAMES = [
  "Grandma Ilse",
  "Tom",
  "Maximilian von Hohenstein-Ravensburg",
  "Zoë",
  "Ali",
  "Ева",
  "José María",
  "Kim",
  "Anna",
  "Anna",
  "Mr. Fox",
];
/** Sizes of pictures as cameras give them: wide, old, and a phone held upright. */
const PICTURES = [[640, 360], [640, 480], [360, 640]] as const;
const HOSTILE = [
  "\u202Eevil\u2066 ‮txt.exe",
  "<img src=x onerror=alert(1)><b>bold</b>",
  "Z\u0351\u036B\u0343\u036A\u0302\u036Ba\u0360\u0352\u0357l\u0334go",
  "ابو محمد 123 (x)",
  "W".repeat(40),
  "😀".repeat(20),
  "   ",
];

const ASKED: OwnDevice = { on: true, live: false, asking: true };
const UNASKED: OwnDevice = { on: true, live: false, asking: false };
const OFF: OwnDevice = { on: false, live: false, asking: false };

const query = new URLSearchParams(location.search);
const language = LANGUAGES.find((known) => known === query.get("language")) ??
  "en";
const file = `/lang/${language}.js`;
const words: Words = language === "en" ? english : (await import(file)).words;
const call = new FakeCall();
drawPage(document.querySelector<HTMLElement>("#page")!, call, words, {
  door: "http://192.168.178.23:8080/",
  secure: "https://192.168.178.23:8443/call",
  code: () => "/code.svg",
});

/** A picture of somebody that moves a little. */
function picture(
  index: number,
  [width, height]: readonly [number, number],
): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d")!;
  const hue = (index * 67) % 360;
  const draw = () => {
    const sway = Math.sin(Date.now() / 900 + index) * width * 0.01;
    pen.fillStyle = `hsl(${hue} 28% ${index % 2 ? 32 : 74}%)`;
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = `hsl(${(hue + 40) % 360} 25% 50%)`;
    pen.fillRect(width * 0.06, height * 0.08, width * 0.2, height * 0.34);
    const unit = Math.min(width, height);
    const x = width / 2 + sway;
    pen.fillStyle = `hsl(${(hue + 180) % 360} 35% 40%)`;
    pen.beginPath();
    pen.ellipse(x, height * 0.98, unit * 0.36, unit * 0.34, 0, 0, 7);
    pen.fill();
    pen.fillStyle = "hsl(26 45% 62%)";
    pen.beginPath();
    pen.ellipse(x, height * 0.45, unit * 0.17, unit * 0.22, 0, 0, 7);
    pen.fill();
    pen.fillStyle = "#222";
    for (const side of [-1, 1]) {
      pen.beginPath();
      pen.arc(x + side * unit * 0.06, height * 0.42, unit * 0.014, 0, 7);
      pen.fill();
    }
  };
  draw();
  setInterval(draw, 200);
  return canvas.captureStream(5);
}

/** A screen full of text. */
function screen(): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const pen = canvas.getContext("2d")!;
  const draw = () => {
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, 1280, 720);
    pen.fillStyle = "#24476b";
    pen.fillRect(0, 0, 1280, 64);
    pen.fillStyle = "#222";
    pen.font = "22px sans-serif";
    for (let row = 0; row < 16; row++) {
      pen.fillText(
        `${row + 1}. The quick brown fox jumps over the lazy dog, twice.`,
        60,
        120 + row * 36,
      );
    }
  };
  draw();
  setInterval(draw, 500);
  return canvas.captureStream(5);
}

const pictures = new Map<string, MediaStream>();
function pictureOf(index: number): MediaStream {
  const key = String(index);
  if (!pictures.has(key)) {
    pictures.set(key, picture(index, PICTURES[index % PICTURES.length]));
  }
  return pictures.get(key)!;
}

/** A call of `count` people, oneself included, of all kinds. */
function people(count: number): readonly Person[] {
  return Array.from(
    { length: Math.max(0, count - 1) },
    (_, index) =>
      fakePerson(`p${index}`, NAMES[index % NAMES.length], {
        stream: pictureOf(index),
        sameName: NAMES[index] === "Anna" && index === 9 ? 2 : 0,
        muted: index % 4 === 1,
        picture: index % 5 === 3 ? "none" : "camera",
        avatar: index % 10 === 8 ? "🐼" : "",
        speaking: index === 0,
        handRaised: index === 2,
        kind: index === 6 ? "deployed" : "ours",
        reaction: index === 4 ? { emoji: "🎉", n: 1 } : undefined,
        link: index === 5 ? "redialling" : index === 7 ? "dialling" : "connected",
      }),
  );
}

function me(parts: Partial<CallState["me"]> = {}): CallState["me"] {
  return { ...FRESH_STATE.me, name: "Ben", preview: pictureOf(20), ...parts };
}

/** Puts the page into a state that is worth looking at. */
async function show(scene: string, count = 5): Promise<void> {
  const fresh: CallState = { ...FRESH_STATE, me: me(), people: people(count) };
  await reset();
  const inCall: CallState = { ...fresh, phase: "call" };
  const press = (selector: string) => document.querySelector<HTMLElement>(selector)!.click();
  switch (scene) {
    case "mirror":
      call.set(fresh);
      call.setLevels({ me: 0.3 });
      break;
    case "mirror-ask":
      call.set({
        ...fresh,
        people: [],
        me: me({ name: "", mic: UNASKED, cam: UNASKED }),
      });
      break;
    case "mirror-asking":
      call.set({ ...fresh, me: me({ mic: ASKED, cam: ASKED }) });
      break;
    case "mirror-off":
      call.set({ ...fresh, me: me({ mic: OFF, cam: OFF, avatar: "🐼" }) });
      break;
    case "mirror-denied":
    case "mirror-insecure":
    case "mirror-busy": {
      const problem = scene.slice(7) as "denied" | "insecure" | "busy";
      const device: OwnDevice = {
        on: true,
        live: false,
        asking: false,
        problem,
      };
      call.set({
        ...fresh,
        me: me({ mic: problem === "busy" ? OFF : device, cam: device }),
      });
      break;
    }
    case "mirror-unsupported":
      call.set({
        ...fresh,
        people: [],
        hub: { link: "lost", failures: 1, unsupported: true },
      });
      call.setMe({ mic: UNASKED, cam: UNASKED });
      break;
    case "mirror-lost":
      call.set({
        ...fresh,
        people: [],
        hub: { link: "lost", failures: 3, unsupported: false },
      });
      break;
    case "mirror-symbols":
      call.set(fresh);
      press(".face-button");
      break;
    case "mirror-room":
      call.set({ ...fresh, room: { key: "the-cabin", name: "The cabin" } });
      press(".room button");
      break;
    case "mirror-devices":
      call.set(fresh);
      press(".mirror-buttons button:last-child");
      break;
    case "call":
      call.set(inCall);
      break;
    case "call-muted":
      call.set({ ...inCall, me: me({ mic: OFF, cam: OFF }) });
      break;
    case "call-large":
      call.set(inCall);
      press(".tile:last-of-type .choose");
      break;
    case "call-screen":
      call.set({
        ...inCall,
        people: inCall.people.map((person, index) =>
          index === 1 ? { ...person, picture: "screen", sharing: true, stream: screen() } : person
        ),
      });
      break;
    case "call-sharing":
      call.set({
        ...inCall,
        me: me({ sharing: true, mirrored: false, preview: screen() }),
      });
      break;
    case "call-lost":
      call.set({
        ...inCall,
        hub: { link: "lost", failures: 2, unsupported: false },
      });
      break;
    case "call-notices":
      call.set({
        ...inCall,
        notices: [
          { n: 1, code: "joined", name: "Tom", key: "p1", at: Date.now() },
          { n: 2, code: "mic-lost", at: Date.now() },
          { n: 3, code: "message", name: "Zoë", key: "p3", at: Date.now() },
        ],
        soundOnly: false,
        chat: { messages: [], unread: 3 },
      });
      break;
    case "call-sound-only":
      call.set({ ...inCall, soundOnly: true });
      call.setLevels({ p0: 0.8 });
      break;
    case "call-blocked":
      call.set(inCall);
      document.querySelector<HTMLElement>(".hear")!.hidden = false;
      break;
    case "chat":
      call.set(inCall);
      press(".bar-button:nth-child(4)");
      talk(inCall.people);
      break;
    case "chat-empty":
      call.set(inCall);
      press(".bar-button:nth-child(4)");
      break;
    case "people":
      call.set({
        ...inCall,
        people: inCall.people.map((person, index) => ({
          ...person,
          safetyChanged: index === 1,
          safety: index === 2 ? undefined : person.safety,
        })),
      });
      press(".bar-button.who");
      break;
    case "invite":
      call.set({ ...inCall, room: { key: "the-cabin", name: "The cabin" } });
      press(".bar-button:nth-child(5)");
      press(".menu .item:nth-child(4)");
      break;
    case "devices":
      call.set(inCall);
      press(".bar-button:nth-child(5)");
      press(".menu .item:nth-child(5)");
      break;
    case "menu":
      call.set(inCall);
      press(".bar-button:nth-child(5)");
      break;
    case "question":
      call.set(inCall);
      await next();
      history.back();
      break;
    case "after":
      call.set(inCall);
      call.set({ phase: "left" });
      break;
    case "hostile":
      call.set({
        ...inCall,
        room: { key: "x", name: HOSTILE[1] },
        people: HOSTILE.map((name, index) =>
          fakePerson(`h${index}`, name, {
            picture: index % 2 ? "none" : "camera",
            stream: pictureOf(index),
            avatar: index === 1 ? "<b>x</b>" : "",
            safety: index === 3 ? "<i>a</i> b c d e f" : "🦊 🐢 🐙 🦉",
          })
        ),
        me: me({ name: HOSTILE[0] }),
      });
      break;
    case "hostile-chat":
      await show("hostile", count);
      press(".bar-button:nth-child(4)");
      for (const [index, person] of call.state.people.entries()) {
        call.hear(
          person,
          HOSTILE[index] + (index === 4 ? "x".repeat(10_000) : ""),
          {
            parts: [{ text: `${HOSTILE[index]} ` }, {
              text: `http://example.test/${"very-long-path/".repeat(12)}`,
              href: "http://example.test/",
            }, { text: index === 4 ? "x".repeat(10_000) : "" }],
          },
        );
      }
      break;
    case "hostile-people":
      await show("hostile", count);
      press(".bar-button.who");
      break;
    default:
      throw new Error(`There is no scene ${scene}`);
  }
  await next();
}

function talk(all: readonly Person[]): void {
  const [ilse, tom] = all;
  if (ilse === undefined) return call.say("Hello?");
  call.hear(ilse, "Good evening! Can you all see me?");
  call.say("Yes, very well. How is the weather up there?");
  call.hear(
    ilse,
    "Snow since this morning, a lot of it. The neighbour had to dig the car out twice.",
  );
  if (tom === undefined) return;
  call.hear(tom, "", {
    parts: [{ text: "Pictures are here: " }, {
      text: "http://192.168.178.23/pictures/of-the-snow-in-november?size=large",
      href: "http://192.168.178.23/pictures/of-the-snow-in-november?size=large",
    }],
  });
  call.hear(tom, "Do not tell her about the cake", { direct: true });
  call.say("I will not!", tom.key);
}

/** Closes what is open and goes back to an empty mirror. */
async function reset(): Promise<void> {
  document.querySelector<HTMLElement>(".hear")!.hidden = true;
  for (const dialog of document.querySelectorAll("dialog")) {
    if (dialog.open) dialog.close();
  }
  const panel = document.querySelector<HTMLElement>(".panel")!;
  if (!panel.hidden) panel.querySelector<HTMLElement>(".close")!.click();
  if (document.querySelector(".symbols:not([hidden])")) {
    document.querySelector<HTMLElement>(".face-button")!.click();
  }
  call.set({ ...FRESH_STATE, me: me(), chat: { messages: [], unread: 0 } });
  await next();
}

/** Waits until what was asked for is drawn. */
async function next(): Promise<void> {
  await new Promise((done) => setTimeout(done, 60));
  await new Promise(requestAnimationFrame);
}

Object.assign(globalThis, { show, fake: call });
