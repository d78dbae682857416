/**
 * The picture of the mirror: what this person's camera sees. If there is no picture, the reason is
 * shown, with buttons for what the person can do. It knows nothing of names and rooms, and does not
 * know whether the hub is reached.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { make, setText } from "./dom.ts";
import { makeIcon, setIcon } from "./icons.ts";
import { selectText } from "./invite.ts";
import { canRetry, troubleOf } from "./text.ts";

/**
 * Makes the picture.
 *
 * @param secureAddress the address at which this page is a secure context; empty if it is not known.
 */
export function makePicture(call: Call, words: Words, secureAddress: () => string) {
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
  const ask = (mic: boolean, cam: boolean) => () => call.askDevices({ mic, cam });

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

/** Whether the person wants a device and the page has not asked for any yet. */
export function isUndecided({ me: { cam, mic } }: CallState): boolean {
  const wants = cam.on && !cam.live || mic.on && !mic.live;
  const asked = cam.asking || mic.asking || cam.live || mic.live ||
    cam.problem !== undefined || mic.problem !== undefined;
  return wants && !asked;
}
