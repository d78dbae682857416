/**
 * The chat: the messages, and a line to write to everyone or to one person.
 *
 * @module
 */

/// <reference lib="dom" />

import { fill, type Words } from "../lang/words.ts";
import type { Call, CallState, ChatMessage, Person } from "../state.ts";
import { make } from "./dom.ts";
import { makeIcon } from "./icons.ts";
import type { PanelContent } from "./panel.ts";
import { nameOf } from "./text.ts";

/** The chat as the content of the panel. */
export interface ChatPanel extends PanelContent {
  /** Chooses the person who gets the next message. */
  writeTo(key: string): void;
}

interface DrawnMessage {
  readonly message: ChatMessage;
  readonly item: HTMLElement;
  /** The time of day above the message; empty if the message before it has the same. */
  readonly shownTime: string;
}

/** If the list is scrolled to within this many CSS pixels of its end, it follows new messages. */
const NEAR_END = 80;

/** Makes the chat. */
export function makeChat(call: Call, words: Words): ChatPanel {
  const empty = make("p", { class: "hint", text: words.chat.empty });
  const list = make("ol", {
    class: "messages",
    attributes: { tabindex: 0, "aria-label": words.chat.title },
  });
  const to = make("select", { attributes: { id: "chat-to" } });
  const toRow = make(
    "div",
    { class: "to" },
    make("label", { text: words.chat.to, attributes: { for: "chat-to" } }),
    to,
  );
  const line = make("textarea", {
    attributes: {
      rows: 1,
      placeholder: words.chat.write,
      "aria-label": words.chat.write,
      enterkeyhint: "send",
    },
  });
  const send = make("button", {
    class: "round send",
    attributes: { type: "submit", "aria-label": words.chat.send, title: words.chat.send },
  }, makeIcon("send"));
  const form = make("form", { class: "write" }, toRow, make("div", { class: "line" }, line, send));
  const root = make("div", { class: "chat" }, empty, list, form);
  const items = new Map<number, DrawnMessage>();
  let drawn: readonly ChatMessage[] | undefined;
  let lastTime = "";
  const time = new Intl.DateTimeFormat(words.tag, { hour: "numeric", minute: "2-digit" });

  const submit = () => {
    const text = line.value.trim();
    if (text === "") return;
    call.say(text, to.value === "" ? undefined : to.value);
    line.value = "";
    grow();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
    line.focus();
  });
  line.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  const grow = () => {
    line.style.setProperty("height", "auto");
    line.style.setProperty("height", `${line.scrollHeight + 2}px`);
  };
  line.addEventListener("input", grow);

  const drawTo = (people: readonly Person[]) => {
    const wanted = [
      { key: "", text: words.chat.everyone },
      ...people.map((person) => ({
        key: person.key,
        text: nameOf(words, person),
      })),
    ];
    const chosen = to.value;
    // A person who has left stays chosen: a private message must not become one for everyone.
    if (!wanted.some(({ key }) => key === chosen)) {
      wanted.push({ key: chosen, text: to.selectedOptions[0]?.text ?? "" });
    }
    const now = [...to.options].map((option) => `${option.value} ${option.text}`).join("\n");
    if (now !== wanted.map(({ key, text }) => `${key} ${text}`).join("\n")) {
      to.replaceChildren(
        ...wanted.map(({ key, text }) => new Option(text, key, false, key === chosen)),
      );
    }
    root.classList.toggle("private", to.value !== "");
    toRow.hidden = people.length === 0 && to.value === "";
  };
  to.addEventListener("change", () => root.classList.toggle("private", to.value !== ""));

  const drawMessages = (messages: readonly ChatMessage[]) => {
    if (messages === drawn) return;
    const newest = messages[messages.length - 1];
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
    const kept = new Set(messages.map(({ n }) => n));
    for (const [n, { item }] of items) {
      if (kept.has(n)) continue;
      item.remove();
      items.delete(n);
    }
    for (const message of messages) {
      const known = items.get(message.n);
      if (known?.message === message) continue;
      const item = drawMessage(message, known?.shownTime);
      if (known === undefined) list.append(item.item);
      else known.item.replaceWith(item.item);
      items.set(message.n, item);
    }
    drawn = messages;
    empty.hidden = messages.length > 0;
    list.hidden = messages.length === 0;
    if (follows || newest?.from === "me") list.scrollTop = list.scrollHeight;
  };

  const drawMessage = (message: ChatMessage, shownBefore?: string): DrawnMessage => {
    const own = message.from === "me";
    const name = own ? words.you : message.name || words.guest;
    const head = make("p", { class: "by" }, make("bdi", { class: "name", text: name }));
    if (message.direct) {
      const text = own
        ? fill(words.chat.onlyTo, { name: message.to || words.guest })
        : words.chat.onlyYou;
      head.append(make("span", { class: "only", text }));
    }
    const at = new Date(message.at);
    // The time is shown only if it differs from that of the message before.
    const clock = time.format(at);
    const shownTime = shownBefore ?? (clock === lastTime ? "" : clock);
    if (shownBefore === undefined) lastTime = clock;
    if (shownTime !== "") {
      head.append(make("time", { text: shownTime, attributes: { datetime: at.toISOString() } }));
    }
    const text = make("p", { class: "said", attributes: { dir: "auto" } });
    for (const part of message.parts) {
      text.append(
        part.href === undefined ? part.text : make("a", {
          text: part.text,
          attributes: { href: part.href, target: "_blank", rel: "noopener noreferrer nofollow" },
        }),
      );
    }
    const item = make("li", { class: own ? "own" : "" }, head, text);
    if (message.reached === 0) {
      item.append(make("p", { class: "failed", text: words.chat.reachedNobody }));
    }
    return { message, item, shownTime };
  };

  return {
    root,
    title: () => words.chat.title,
    update(state: CallState) {
      drawTo(state.people);
      drawMessages(state.chat.messages);
      if (state.chat.unread > 0 && document.visibilityState === "visible") call.chatSeen();
    },
    opened() {
      list.scrollTop = list.scrollHeight;
      // On a phone, focusing the line would open the keyboard, which covers the messages.
      return !matchMedia("(pointer: coarse)").matches || root.classList.contains("private")
        ? line
        : undefined;
    },
    writeTo(key) {
      drawTo(call.state.people);
      to.value = key;
      root.classList.toggle("private", key !== "");
    },
  };
}
