/**
 * The mirror: the view before the call. It arranges the person's own picture, the name, the room,
 * the buttons for the devices, and one large button to join. It does not know how the picture, the
 * name and the room are drawn.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState } from "../state.ts";
import { drawDevice, makeBarButton, toggle } from "./bar.ts";
import { make, setText } from "./dom.ts";
import { makeMeter } from "./meter.ts";
import { makePerson } from "./mirror_person.ts";
import { isUndecided, makePicture } from "./mirror_picture.ts";
import { makeRoom } from "./mirror_room.ts";
import { sentenceAbout } from "./text.ts";
import type { View } from "./view.ts";

/** What the mirror reports. */
export interface MirrorEvents {
  /** The button for the settings of the devices was pressed. */
  devices(): void;
  /** The person chose a room. */
  roomChanged(): void;
}

/**
 * Makes the mirror.
 *
 * @param secureAddress the address at which this page is a secure context; empty if it is not known.
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
      drawDevice(mic, me.mic, "mic", words.microphone);
      drawDevice(cam, me.cam, "cam", words.camera);
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
      // While the page asks for camera and microphone, those buttons are the prominent ones.
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

/** The sentence about the hub while it is not reached. */
function hubText({ hub }: CallState, words: Words): string {
  if (hub.link === "connecting") return words.mirror.hubConnecting;
  return hub.failures < 2 ? words.mirror.hubLost : words.mirror.hubLostLong;
}
