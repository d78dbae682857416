/**
 * Starts the call page: fetches the hub's settings, chooses the language, opens the call and draws
 * it.
 *
 * @module
 */

/// <reference lib="dom" />

import { chooseLanguage, type Language } from "./lang/choose.ts";
import { words as english } from "./lang/en.ts";
import type { Words } from "./lang/words.ts";
import { createCall } from "./session.ts";
import type { Call, CallConfig } from "./state.ts";
import { drawPage, roomOfHash } from "./view/app.ts";

/** The content of `/call/hub.json`. */
interface HubFile extends Pick<CallConfig, "blob"> {
  /** The address of the page that a guest opens first; null if there is none. */
  readonly door: string | null;
  /** The address of this page over HTTPS; null if it is switched off. */
  readonly secure: string | null;
}

declare global {
  /** The call, for tests and for the browser's console. */
  var kibitzCall: Call | undefined;
}

/** Opens the page. If that fails, it shows an error instead. */
async function main(): Promise<void> {
  const place = document.querySelector<HTMLElement>("#page") ?? document.body;
  let words = english;
  try {
    const asked = fetch("/call/hub.json", { cache: "no-store" });
    words = await loadWords(chooseLanguage(navigator.languages ?? [navigator.language]));
    document.documentElement.lang = words.tag;
    const hub: HubFile = await (await asked).json();
    const door = hub.door ?? new URL("/", location.href).href;
    const call = createCall({ blob: hub.blob, door, room: roomOfHash(location.hash) });
    globalThis.kibitzCall = call;
    drawPage(place, call, words, {
      door,
      secure: hub.secure ?? "",
      code: (room) => room === "" ? "/door.svg" : `/door.svg?room=${room}`,
    });
  } catch (error) {
    console.error(error);
    place.textContent = words.cannotOpen;
  }
}

/** Loads a language; English is always available. */
async function loadWords(language: Language): Promise<Words> {
  switch (language) {
    case "de":
      return (await import("./lang/de.ts")).words;
    case "fr":
      return (await import("./lang/fr.ts")).words;
    case "es":
      return (await import("./lang/es.ts")).words;
    case "it":
      return (await import("./lang/it.ts")).words;
    case "pt":
      return (await import("./lang/pt.ts")).words;
    case "en":
      return english;
  }
}

main();
