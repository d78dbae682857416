/**
 * Camera and sound: which devices are used, the level of the microphone, and a sound to test the
 * loudspeaker.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Words } from "../lang/words.ts";
import type { Call, CallState, DeviceList } from "../state.ts";
import { make, setText } from "./dom.ts";
import { makeMeter } from "./meter.ts";
import type { PanelContent } from "./panel.ts";
import { deviceLabel, troubleOf } from "./text.ts";

/** Makes the lists of devices to choose from. */
export function makeDevices(call: Call, words: Words): PanelContent {
  const camera = makeChoice("choose-camera", words, words.camera, (id) => call.chooseCamera(id));
  const microphone = makeChoice(
    "choose-mic",
    words,
    words.microphone,
    (id) => call.chooseMicrophone(id),
  );
  const speaker = makeChoice(
    "choose-speaker",
    words,
    words.loudspeaker,
    (id) => call.chooseSpeaker(id),
  );
  const meter = makeMeter(call, words);
  const trouble = make("p", { class: "warning" });
  const test = make("button", {
    class: "quiet",
    text: words.devices.testSound,
    attributes: { type: "button" },
    click: () => playTone(call),
  });
  const restart = make("button", {
    class: "quiet",
    text: words.devices.restart,
    attributes: { type: "button" },
    click: () => call.restartDevices(),
  });
  const root = make(
    "div",
    { class: "devices" },
    trouble,
    camera.root,
    microphone.root,
    meter.root,
    speaker.root,
    make("div", { class: "row" }, test, restart),
    make("p", { class: "hint", text: words.devices.soundHint }),
  );

  return {
    root,
    title: () => words.devices.title,
    update({ devices, me }: CallState) {
      camera.update(devices.cameras);
      microphone.update(devices.microphones);
      speaker.update(devices.speakers);
      speaker.root.hidden = devices.speakers.choices.length === 0;
      setText(microphone.label, devices.micIsRoute ? words.devices.micRoute : words.microphone);
      const wrong = troubleOf(words, me);
      trouble.hidden = wrong === undefined;
      setText(trouble, wrong === undefined ? "" : `${wrong.what}. ${wrong.todo}`);
    },
    opened() {
      meter.listen(true);
      return undefined;
    },
    closed() {
      meter.listen(false);
    },
  };
}

interface Choice {
  readonly root: HTMLElement;
  readonly label: HTMLElement;
  update(list: DeviceList): void;
}

function makeChoice(
  id: string,
  words: Words,
  kind: string,
  choose: (id: string) => void,
): Choice {
  const label = make("label", { text: kind, attributes: { for: id } });
  const select = make("select", { attributes: { id } });
  select.addEventListener("change", () => choose(select.value));
  let drawn: DeviceList | undefined;
  return {
    root: make("div", { class: "field" }, label, select),
    label,
    update(list) {
      if (list === drawn) return;
      drawn = list;
      const options = list.choices.map(({ id, label }, index) =>
        new Option(deviceLabel(words, kind, label, index), id, false, id === list.chosen)
      );
      const known = list.choices.some(({ id }) => id === list.chosen);
      if (!known) options.unshift(new Option(words.devices.standard, "", false, true));
      select.replaceChildren(...options);
      select.disabled = list.choices.length === 0;
    },
  };
}

/** Plays two soft tones through a media element, so that they come from where the voices come from. */
function playTone(call: Call): void {
  const rate = 16_000; // samples per second
  const samples = Math.floor(rate * 0.9);
  const bytes = new DataView(new ArrayBuffer(44 + samples * 2));
  // A WAV file: "RIFF", "WAVE", "fmt " (PCM, one channel, 16 bits), "data".
  const header = [0x46464952, 36 + samples * 2, 0x45564157, 0x20746d66, 16, 0x00010001, rate];
  header.forEach((value, index) => bytes.setUint32(index * 4, value, true));
  [rate * 2, 0x00100002, 0x61746164, samples * 2].forEach((value, index) =>
    bytes.setUint32(28 + index * 4, value, true)
  );
  for (let i = 0; i < samples; i++) {
    const t = i / rate;
    const pitch = t < 0.4 ? 523.25 : 659.25;
    const loudness = 0.25 * Math.min(1, t * 20) * Math.exp(-4 * (t < 0.4 ? t : t - 0.4));
    bytes.setInt16(44 + i * 2, 32_767 * loudness * Math.sin(2 * Math.PI * pitch * t), true);
  }
  const url = URL.createObjectURL(new Blob([bytes.buffer], { type: "audio/wav" }));
  const audio = new Audio(url);
  audio.addEventListener("ended", () => URL.revokeObjectURL(url));
  call.attachOutput(audio);
  audio.play().catch(() => URL.revokeObjectURL(url));
}
