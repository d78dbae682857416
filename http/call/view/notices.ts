/**
 * What just happened: short lines over the tiles, and one quiet live region for screen readers that
 * gathers what happens at the same time into one announcement.
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

/** Announcements within this time become one (milliseconds). */
const GATHER_MS = 1_200;
/** At most this many lines are shown. */
const SHOWN = 3;
/** Lines that go away by themselves, once they have been on screen for this long (milliseconds). */
const READ_MS = 8_000;
/** How often the time on screen is counted (milliseconds). */
const COUNT_MS = 1_000;

/** Notices that are shown elsewhere on the screen, so they are only announced. */
const ONLY_SAID: ReadonlySet<NoticeCode> = new Set(["hub-lost"]);

/** The lines and the live region in the document. */
export interface Notices {
  readonly root: HTMLElement;
  readonly liveRegion: HTMLElement;
  update(state: CallState): void;
  /** Says something to screen readers, when nothing else is being said. */
  announce(text: string): void;
}

/** Makes a notice's sentence. */
export function noticeText(words: Words, notice: Notice): string {
  return fill(words.notices[notice.code], {
    name: notice.name || words.guest,
    detail: notice.detail ?? "",
  });
}

/**
 * Makes the lines.
 *
 * @param openChat opens the chat, from the line that says that somebody wrote.
 * @param chatIsOpen whether it is open, so that there is nothing to say.
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
      liveRegion.textContent = waiting.slice(-6).join(" ");
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
        // The button goes, so the focus must have somewhere to be.
        root.closest<HTMLElement>("main")?.focus();
        call.dismiss(notice.n);
      },
    }, makeIcon("close"));
    // It stays until it is tapped: something does not work, and the person can do something.
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
        // Later: a state must not change while it is being drawn.
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
