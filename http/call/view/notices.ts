/**
 * What has just happened: short lines over the tiles, and a live region for screen readers, which
 * makes one announcement of what happens within about a second.
 *
 * @module
 */

/// <reference lib="dom" />

import { fill, type Words } from "../lang/words.ts";
import {
  type CallCommands,
  type CallState,
  type Notice,
  type NoticeCode,
  noticeWeight,
} from "../state.ts";
import { make } from "./dom.ts";
import { makeIcon } from "./icons.ts";

/** Announcements within this time are made together, in milliseconds. */
const GATHER_MS = 1_200;
/** The largest number of lines. */
const SHOWN = 3;
/** How many sentences one announcement has. Older ones are left out. */
const ANNOUNCED = 6;
/** How long a line that goes by itself is on screen, in milliseconds. */
const READ_MS = 8_000;
/** How often the time on screen is counted, in milliseconds. */
const COUNT_MS = 1_000;

/** Notices that are only announced, because they are shown elsewhere on the screen. */
const ONLY_SAID: ReadonlySet<NoticeCode> = new Set(["hub-lost"]);

/** The lines and the live region in the document. */
export interface Notices {
  readonly root: HTMLElement;
  readonly liveRegion: HTMLElement;
  update(state: CallState): void;
  /** Announces something to screen readers. They finish what they are reading first. */
  announce(text: string): void;
}

/** Makes a notice's sentence. */
function noticeText(words: Words, notice: Notice): string {
  return fill(words.notices[notice.code], {
    name: notice.name || words.guest,
    detail: notice.detail ?? "",
  });
}

/**
 * Makes the lines.
 *
 * @param openChat opens the chat. The line about a new message calls it.
 * @param chatIsOpen whether the chat is open. There are no lines about messages then.
 */
export function makeNotices(
  call: CallCommands,
  words: Words,
  openChat: () => void,
  chatIsOpen: () => boolean,
): Notices {
  const root = make("div", { class: "notices" });
  const liveRegion = make("div", {
    class: "unseen",
    attributes: { "aria-live": "polite", "aria-atomic": "true" },
  });
  const lines = new Map<number, { root: HTMLElement; stays: boolean; seenMs: number }>();
  let said = 0;
  let waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let counter: ReturnType<typeof setInterval> | undefined;

  const announce = (text: string) => {
    waiting.push(text);
    timer ??= setTimeout(() => {
      timer = undefined;
      liveRegion.textContent = waiting.slice(-ANNOUNCED).join(" ");
      waiting = [];
    }, GATHER_MS);
  };

  const count = () => {
    if (document.visibilityState === "hidden" || root.matches(":hover, :focus-within")) return;
    for (const [n, line] of lines) {
      if (line.stays) continue;
      line.seenMs += COUNT_MS;
      if (line.seenMs >= READ_MS) call.dismiss(n);
    }
  };

  const drawLine = (notice: Notice) => {
    const close = make("button", {
      class: "round",
      attributes: { type: "button", "aria-label": words.close, title: words.close },
      click: () => {
        // The button disappears, so the focus needs another place.
        root.closest<HTMLElement>("main")?.focus();
        call.dismiss(notice.n);
      },
    }, makeIcon("close"));
    // A line about safety, or that the person can act on, stays until it is tapped.
    const stays = noticeWeight(notice.code) > 0;
    const text = { text: noticeText(words, notice), attributes: { dir: "auto" } };
    const line = make(
      "div",
      { class: stays ? "notice stays" : "notice" },
      notice.code === "message"
        ? make("button", { ...text, class: "open-chat", click: openChat })
        : make("p", text),
      close,
    );
    return { root: line, stays, seenMs: 0 };
  };

  return {
    root,
    liveRegion,
    announce,
    update({ notices, phase }) {
      const inCall = phase === "call";
      for (const notice of notices) {
        if (notice.n <= said) continue;
        said = notice.n;
        if (inCall && !(notice.code === "message" && chatIsOpen())) {
          announce(noticeText(words, notice));
        }
      }
      const lastMessage = notices.filter(({ code }) => code === "message").pop();
      const passed = (notice: Notice) =>
        !inCall || ONLY_SAID.has(notice.code) ||
        notice.code === "message" && (notice !== lastMessage || chatIsOpen());
      const shown = notices.filter((notice) => !passed(notice))
        .sort((a, b) => noticeWeight(b.code) - noticeWeight(a.code) || b.n - a.n)
        .slice(0, SHOWN).sort((a, b) => a.n - b.n);
      for (const [n, line] of lines) {
        if (shown.some((notice) => notice.n === n)) continue;
        line.root.remove();
        lines.delete(n);
      }
      for (const notice of shown) {
        if (lines.has(notice.n)) continue;
        const line = drawLine(notice);
        lines.set(notice.n, line);
        root.append(line.root);
      }
      for (const notice of notices) {
        // Not at once, because a state must not change while it is drawn.
        if (passed(notice)) queueMicrotask(() => call.dismiss(notice.n));
      }
      if (lines.size > 0) counter ??= setInterval(count, COUNT_MS);
      else {
        clearInterval(counter);
        counter = undefined;
      }
    },
  };
}
