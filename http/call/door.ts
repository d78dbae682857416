/**
 * The QR page's script. It shows whether this device reaches the hub, reloads the page when the
 * join link changes, and helps a guest who comes back from the browser's warning.
 *
 * @module
 */

import { parseBlob } from "../../relaycore/join_link/blob.ts";
import { synthesizeAnswer } from "./protocol/hub_answer.ts";

/** How often the page fetches the join link, and how long it waits for it. */
const LINK_INTERVAL_MS = 4000;
const LINK_DEADLINE_MS = 3000;
/**
 * How long the page tries to reach the hub. A hub on the same Wi-Fi answers in a tenth of a second,
 * and ICE gives up later than a guest waits.
 */
const REACH_DEADLINE_MS = 8000;
/** When the page tries again. The host may be opening the firewall meanwhile. */
const REACH_AGAIN_MS = 5000;
/** The key in `sessionStorage` that is set while a guest passes the browser's warning. */
const TRIED = "kibitz-tried";
/**
 * The key in `sessionStorage` for the room that this visit is an invitation to, as `#` and its key.
 */
const ROOM = "kibitz-room";

/** Reloads the page when the join link has changed, because the page may stay open for days. */
function followLink(): void {
  const shown = document.body.dataset.link;
  setInterval(async () => {
    try {
      const signal = AbortSignal.timeout(LINK_DEADLINE_MS);
      const response = await fetch("/link", { cache: "no-store", signal });
      if (response.ok && (await response.text()).trim() !== shown) location.reload();
    } catch {
      // The hub is unreachable or slow. The page stays as it is.
    }
  }, LINK_INTERVAL_MS);
}

/**
 * Opens a data channel to the hub, and closes it again.
 *
 * @returns how long opening it took, in milliseconds.
 * @throws if the hub is not reached in time.
 */
async function timeToHub(): Promise<number> {
  const response = await fetch("/call/hub.json", { cache: "no-store" });
  const blob = parseBlob((await response.json()).blob);
  if (blob === undefined) throw new Error("the hub's blob cannot be read");
  const began = performance.now();
  const connection = new RTCPeerConnection();
  try {
    const channel = connection.createDataChannel("hub");
    const opened = new Promise<void>((resolve, reject) => {
      channel.addEventListener("open", () => resolve());
      setTimeout(() => reject(new Error("the hub did not answer")), REACH_DEADLINE_MS);
    });
    opened.catch(() => {}); // no unhandled rejection if something below fails first
    await connection.setLocalDescription(await connection.createOffer());
    const sdp = synthesizeAnswer(connection.localDescription!.sdp, blob, location.hostname);
    await connection.setRemoteDescription({ type: "answer", sdp });
    await opened;
    return performance.now() - began;
  } finally {
    connection.close();
  }
}

/** Shows the sentence for a state. The page contains a sentence for each. */
function sayReach(line: HTMLElement, state: string, ms = 0): void {
  for (const sentence of line.querySelectorAll("p")) {
    sentence.hidden = sentence.dataset.when !== state;
    if (!sentence.hidden) sentence.textContent = sentence.textContent.replace("{ms}", String(ms));
  }
  line.dataset.state = state;
}

/** Shows whether this device reaches the hub, and tries again until it does. */
async function checkReach(line: HTMLElement): Promise<void> {
  if (typeof RTCPeerConnection === "undefined") return sayReach(line, "unsupported");
  if (line.dataset.state === undefined) sayReach(line, "checking");
  try {
    sayReach(line, "reached", Math.max(1, Math.round(await timeToHub())));
  } catch {
    sayReach(line, "unreached");
    setTimeout(() => checkReach(line), REACH_AGAIN_MS);
  }
}

/**
 * Shows how to pass the browser's warning to a guest who has pressed the button to the call and
 * then come back with the browser's back button.
 */
function watchWarning(): void {
  const go = document.getElementById("go");
  const again = document.getElementById("again");
  if (go === null || again === null) return;
  go.addEventListener("click", () => remember(true));
  addEventListener("pageshow", (event) => {
    const [navigation] = performance.getEntriesByType("navigation");
    const cameBack = event.persisted ||
      (navigation as PerformanceNavigationTiming | undefined)?.type === "back_forward";
    if (cameBack && wasTried()) {
      again.hidden = false;
      location.hash = "#warning";
    }
    remember(false);
  });
  addEventListener("hashchange", () => {
    if (location.hash === "#warning") document.getElementById("warning-title")?.focus();
  });
}

function remember(tried: boolean): void {
  try {
    if (tried) sessionStorage.setItem(TRIED, "1");
    else sessionStorage.removeItem(TRIED);
  } catch {
    // Without storage, the page does not show the help to a guest who comes back.
  }
}

function wasTried(): boolean {
  try {
    return sessionStorage.getItem(TRIED) !== null;
  } catch {
    return false;
  }
}

/** The address of an invitation has the room's key after `#`. Adds it to the links to the call. */
function carryRoom(): void {
  const { hash } = location;
  try {
    // `#warning` is not a room: it opens the help for the browser's warning.
    if (hash !== "#warning") sessionStorage.setItem(ROOM, hash);
  } catch {
    // Without storage, a guest who comes back from the warning gets into the main room.
  }
  const room = hash === "#warning" ? storedRoom() : hash;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('#go, a.button[href="/call"]')) {
    link.hash = room;
  }
}

function storedRoom(): string {
  try {
    return sessionStorage.getItem(ROOM) ?? "";
  } catch {
    return "";
  }
}

/** Copies the address. There is no clipboard API, because the page is not a secure context. */
function offerCopy(): void {
  const button = document.getElementById("copy");
  const address = document.getElementById("address") as HTMLInputElement | null;
  button?.addEventListener("click", () => {
    address?.select();
    if (document.execCommand("copy")) button.textContent = button.dataset.copied ?? "";
  });
}

followLink();
carryRoom();
watchWarning();
offerCopy();
const line = document.getElementById("reach");
if (line !== null) checkReach(line);
