/**
 * The mirror: the view before the call. One's own picture, name, microphone and camera, and one
 * large button to join.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { isWorking, makeBarButton, toggle } from "./bar.ts";
import { attribute, make, setText } from "./dom.ts";
import { makeIcon, setIcon } from "./icons.ts";
import { selectText } from "./invite.ts";
import { AVATARS, colourOf, initialsOf } from "./look.ts";
import { makeMeter } from "./meter.ts";
import { canRetry, sentenceAbout, troubleOf } from "./text.ts";

/** The events of the mirror. */
export interface MirrorEvents {
  devices(): void;
  roomChanged(): void;
}

/** A view in the document. */
export interface View {
  readonly root: HTMLElement;
  update(state: CallState): void;
  /** The view was shown or hidden. */
  shown(on: boolean): void;
}

/** Longer names are cut, here and in the other guests' pages. */
const NAME_LENGTH = 40;

/**
 * Makes the mirror.
 *
 * @param secureAddress where the page is a secure context; empty when it is not known.
 */
export function makeMirror(
  call: Call,
  words: Words,
  secureAddress: () => string,
  events: MirrorEvents,
): View {
  const text = words.mirror;
  const picture = makePicture(call, words, secureAddress);
  const mic = makeBarButton("mic", words.microphone, "toggle", () => {
    toggle(call.state.me.mic, (on) => call.setMic(on), call);
  });
  const cam = makeBarButton("cam", words.camera, "toggle", () => {
    toggle(call.state.me.cam, (on) => call.setCamera(on), call);
  });
  const devices = makeBarButton("settings", words.devices.title, "", events.devices);
  const meter = makeMeter(call, words);
  const meterHint = make("p", { class: "hint" });
  const who = make("p", { class: "there" });
  const hub = make("p", { class: "hint hub" });
  const person = makePerson(call, words);
  const room = makeRoom(call, words, events.roomChanged);
  const join = make("button", {
    class: "primary join",
    attributes: { type: "button" },
    click: () => {
      if (isUndecided(call.state)) call.askDevices();
      call.join();
    },
  });
  const joinHint = make("p", { class: "hint" });
  const root = make(
    "main",
    { class: "mirror" },
    make("header", { class: "mirror-head" }, make("h1", { text: text.title }), who),
    make(
      "div",
      { class: "mirror-picture" },
      picture.root,
      make("div", { class: "mirror-buttons" }, mic.root, cam.root, devices.root),
      make("div", { class: "mirror-level" }, meter.root, meterHint),
    ),
    make("div", { class: "mirror-form" }, person.root, room.root),
    make("div", { class: "mirror-join" }, hub, joinHint, join),
  );

  return {
    root,
    shown(on) {
      meter.listen(on);
      if (on) return;
      picture.stop();
    },
    update(state) {
      const { me, phase, people } = state;
      picture.update(state);
      person.update(state);
      room.update(state);
      for (
        const [button, device, on, off] of [
          [mic, me.mic, "mic", "micOff"],
          [cam, me.cam, "cam", "camOff"],
        ] as const
      ) {
        const works = isWorking(device);
        button.show(works ? on : off, button === mic ? words.microphone : words.camera);
        attribute(button.root, "aria-pressed", works ? "true" : "false");
        button.badge.hidden = !(device.on && device.problem !== undefined);
        attribute(button.badge, "data-text", "!");
      }
      setText(meterHint, me.mic.live ? text.saySomething : me.mic.on ? "" : text.micOff);
      root.classList.toggle("undecided", isUndecided(state) || state.hub.unsupported);
      meter.root.classList.toggle("off", !me.mic.live);
      setText(
        who,
        people.length === 0 ? text.nobodyYet : sentenceAbout(words, text.there, people),
      );
      who.hidden = state.hub.link !== "joined";
      const busy = phase === "joining";
      setText(join, busy ? text.joining : text.join);
      join.disabled = busy || state.hub.unsupported;
      // While the page asks for camera and microphone, that is the one thing to do.
      join.classList.toggle("second", isUndecided(state) && !state.hub.unsupported);
      const neither = !me.mic.live && !me.cam.live && !isUndecided(state) && !me.cam.asking &&
        !me.mic.asking;
      setText(joinHint, text.withoutBoth);
      joinHint.hidden = !neither || state.hub.unsupported;
      setText(hub, hubText(state, words));
      hub.hidden = state.hub.link === "joined" || state.hub.unsupported;
    },
  };
}

/** The person has not been asked for any device yet, and wants one. */
function isUndecided({ me: { cam, mic } }: CallState): boolean {
  const wants = cam.on && !cam.live || mic.on && !mic.live;
  const asked = cam.asking || mic.asking || cam.live || mic.live ||
    cam.problem !== undefined || mic.problem !== undefined;
  return wants && !asked;
}

function hubText({ hub }: CallState, words: Words): string {
  if (hub.link === "connecting") return words.mirror.hubConnecting;
  return hub.failures < 2 ? words.mirror.hubLost : words.mirror.hubLostLong;
}

/** The picture's place: oneself, or what is about to happen, or what is wrong. */
function makePicture(call: Call, words: Words, secureAddress: () => string) {
  const text = words.mirror;
  const video = make("video", {
    attributes: { playsinline: true, autoplay: true, tabindex: -1, "aria-label": text.ownPicture },
  });
  video.muted = true;
  const icon = makeIcon("cam");
  const title = make("h2", {});
  const line = make("p", {});
  const actions = make("div", { class: "actions" });
  const message = make("div", { class: "message" }, icon, title, line, actions);
  const restart = make("button", {
    class: "primary over",
    text: text.pictureStopped,
    attributes: { type: "button" },
    click: () => play(),
  });
  restart.hidden = true;
  const root = make(
    "div",
    { class: "picture", attributes: { tabindex: -1 } },
    video,
    message,
    restart,
  );
  let shownActions = "";

  const play = () => {
    restart.hidden = true;
    if (video.srcObject !== null) {
      video.play().catch((error: unknown) => {
        const { name } = error as { name?: unknown };
        restart.hidden = name !== "NotAllowedError";
      });
    }
  };
  const button = (label: string, kind: string, click: () => void) =>
    make("button", { class: kind, text: label, attributes: { type: "button" }, click });
  const show = (key: string, make: () => readonly HTMLElement[]) => {
    if (key === shownActions) return;
    shownActions = key;
    if (actions.contains(document.activeElement)) root.focus({ preventScroll: true });
    actions.replaceChildren(...make());
  };
  const ask = (mic: boolean, cam: boolean) => () => {
    call.setMic(mic);
    call.setCamera(cam);
    if (mic || cam) call.askDevices();
  };

  const update = (state: CallState) => {
    const { me, hub } = state;
    const stream = me.cam.live ? me.preview ?? null : null;
    if (video.srcObject !== stream) {
      video.srcObject = stream;
      play();
    }
    root.classList.toggle("mirrored", me.mirrored);
    root.classList.toggle("pictured", stream !== null);
    message.hidden = stream !== null;
    video.hidden = stream === null;
    if (stream !== null) {
      show("", () => []);
      return;
    }
    const trouble = troubleOf(words, me);
    if (hub.unsupported) {
      setIcon(icon, "camOff");
      setText(title, text.unsupportedTitle);
      setText(line, text.unsupportedText);
      show("unsupported", () => {
        const address = make("p", {
          class: "address",
          text: location.href,
          attributes: { dir: "ltr", translate: "no" },
          click: () => selectText(address),
        });
        return [address];
      });
    } else if (me.cam.asking || me.mic.asking) {
      setIcon(icon, "cam");
      setText(title, text.askingTitle);
      setText(line, text.askingText);
      show("asking", () => []);
    } else if (isUndecided(state)) {
      setIcon(icon, "cam");
      setText(title, text.askTitle);
      setText(line, text.askText);
      show("ask", () => [
        button(text.askBoth, "primary", ask(true, true)),
        button(text.askMicOnly, "quiet", ask(true, false)),
        button(text.askNeither, "quiet", ask(false, false)),
      ]);
    } else if (trouble !== undefined) {
      setIcon(icon, "camOff");
      setText(title, trouble.what);
      setText(line, trouble.todo);
      const secure = trouble.code === "insecure" ? secureAddress() : "";
      show(`${trouble.code} ${secure}`, () => {
        if (secure !== "") {
          return [make("a", {
            class: "primary",
            text: text.secureAddress,
            attributes: { href: secure + location.hash },
          })];
        }
        return canRetry(trouble.code)
          ? [button(text.tryAgain, "primary", () => call.restartDevices())]
          : [];
      });
    } else {
      setIcon(icon, "camOff");
      setText(title, text.cameraOff);
      setText(line, "");
      show("off", () => []);
    }
  };

  return {
    root,
    update,
    stop() {
      video.srcObject = null;
    },
  };
}

/** Name and symbol. */
function makePerson(call: Call, words: Words) {
  const text = words.mirror;
  const name = make("input", {
    attributes: {
      id: "own-name",
      type: "text",
      maxlength: NAME_LENGTH,
      placeholder: text.nameExample,
      autocomplete: "given-name",
      autocapitalize: "words",
      enterkeyhint: "done",
      spellcheck: "false",
      dir: "auto",
    },
  });
  name.addEventListener("input", () => call.setName(name.value));
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) name.blur();
  });
  const letters = make("span", { class: "letters" });
  const face = make("span", { class: "face", attributes: { "aria-hidden": "true" } }, letters);
  const open = make(
    "button",
    {
      class: "face-button",
      attributes: { type: "button", "aria-expanded": "false", "aria-controls": "symbols" },
      click: () => setOpen(choices.hidden === true),
    },
    face,
    make("span", { class: "pen" }, makeIcon("pen")),
  );
  const choices = make("div", {
    class: "symbols",
    attributes: { id: "symbols", role: "group", "aria-label": text.avatar },
  });
  choices.hidden = true;
  const setOpen = (on: boolean) => {
    choices.hidden = !on;
    attribute(open, "aria-expanded", on ? "true" : "false");
  };
  const buttons = ["", ...AVATARS].map((symbol) => {
    const one = make("button", {
      class: "symbol-choice",
      text: symbol,
      attributes: { type: "button", "aria-label": symbol === "" ? text.letters : undefined },
      click: () => {
        call.setAvatar(symbol);
        setOpen(false);
        open.focus();
      },
    });
    return { symbol, one };
  });
  choices.append(...buttons.map(({ one }) => one));

  return {
    root: make(
      "div",
      { class: "person" },
      open,
      make(
        "div",
        { class: "field" },
        make("label", { text: text.name, attributes: { for: "own-name" } }),
        name,
      ),
      choices,
    ),
    update({ me }: CallState) {
      if (document.activeElement !== name && name.value !== me.name) name.value = me.name;
      setText(letters, me.avatar || initialsOf(me.name) || "☺");
      face.classList.toggle("symbol", me.avatar !== "");
      face.style.setProperty("--face", colourOf(me.name));
      attribute(open, "aria-label", text.avatar);
      for (const { symbol, one } of buttons) {
        attribute(one, "aria-pressed", symbol === me.avatar ? "true" : "false");
      }
    },
  };
}

/** The room, and the way to change it. */
function makeRoom(call: Call, words: Words, changed: () => void) {
  const text = words.mirror;
  const name = make("bdi", { class: "name" });
  const change = make("button", {
    class: "quiet small",
    text: text.changeRoom,
    attributes: { type: "button" },
    click: () => {
      input.value = call.state.room.name;
      setOpen(true);
      input.focus();
    },
  });
  const shown = make(
    "p",
    { class: "room" },
    make("span", { text: `${text.room}: ` }),
    name,
    change,
  );
  const input = make("input", {
    attributes: {
      id: "room-name",
      type: "text",
      maxlength: NAME_LENGTH,
      placeholder: text.mainRoom,
      autocomplete: "off",
      enterkeyhint: "go",
      spellcheck: "false",
      dir: "auto",
      "aria-describedby": "room-hint",
    },
  });
  const form = make(
    "form",
    { class: "field" },
    make("label", { text: text.room, attributes: { for: "room-name" } }),
    make("div", { class: "line" }, input, make("button", { class: "quiet", text: text.roomTake })),
    make("p", { class: "hint", text: text.roomHint, attributes: { id: "room-hint" } }),
  );
  const setOpen = (on: boolean) => {
    form.hidden = !on;
    shown.hidden = on;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    call.setRoom(input.value.trim());
    changed();
    setOpen(false);
    change.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    setOpen(false);
    change.focus();
  });
  setOpen(false);

  return {
    root: make("div", { class: "room-choice" }, shown, form),
    update({ room }: CallState) {
      setText(name, room.key === "" ? text.mainRoom : room.name || room.key);
    },
  };
}
