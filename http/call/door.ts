/**
 * The QR page's script. It says whether this device reaches the hub, follows the hub to another
 * address, and helps a guest who comes back from the browser's warning.
 *
 * @module
 */

import { parseBlob } from "../../relaycore/join_link/blob.ts";
import { synthesizeAnswer } from "./protocol/hub_answer.ts";

/** How often the link is asked for; an unreachable hub changes nothing. */
const LINK_INTERVAL_MS = 4000;
const LINK_DEADLINE_MS = 3000;
/**
 * A hub on the same Wi-Fi answers in a tenth of a second; ICE gives up later than a guest would
 * wait.
 */
const REACH_DEADLINE_MS = 8000;
/** The host may be opening the firewall at this moment. */
const REACH_AGAIN_MS = 5000;
/** Set while somebody is on the way through the warning. */
const TRIED = "kibitz-tried";
/** The room that this visit is an invitation to, as in the address. */
const ROOM = "kibitz-room";

/** Reloads the page when the link has changed: the page may stay open for days. */
function followLink(): void {
  const shown = document.body.dataset.link;
  setInterval(async () => {
    try {
      const signal = AbortSignal.timeout(LINK_DEADLINE_MS);
      const response = await fetch("/link", { cache: "no-store", signal });
      if (response.ok && (await response.text()).trim() !== shown) location.reload();
    } catch {
      // The hub is away, or was too slow.
    }
  }, LINK_INTERVAL_MS);
}

/** Brings a data channel to the hub up and takes it down. @returns how long it took, in ms. */
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
    opened.catch(() => {}); // it may be lost before anything waits for it
    await connection.setLocalDescription(await connection.createOffer());
    const sdp = synthesizeAnswer(connection.localDescription!.sdp, blob, location.hostname);
    await connection.setRemoteDescription({ type: "answer", sdp });
    await opened;
    return performance.now() - began;
  } finally {
    connection.close();
  }
}

/** Shows one of the sentences that the page has for this. */
function sayReach(line: HTMLElement, state: string, ms = 0): void {
  for (const sentence of line.querySelectorAll("p")) {
    sentence.hidden = sentence.dataset.when !== state;
    if (!sentence.hidden) sentence.textContent = sentence.textContent.replace("{ms}", String(ms));
  }
  line.dataset.state = state;
}

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

/** A guest who comes back by the browser's button did not get through the warning. */
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
    // This window stores nothing; only the sentence is lost.
  }
}

function wasTried(): boolean {
  try {
    return sessionStorage.getItem(TRIED) !== null;
  } catch {
    return false;
  }
}

/** An invitation into a room has its key after `#`: the ways to the call take it along. */
function carryRoom(): void {
  const { hash } = location;
  try {
    // The way through the warning and back has a hash of its own.
    if (hash !== "#warning") sessionStorage.setItem(ROOM, hash);
  } catch {
    // This window stores nothing; a guest who comes back from the warning is then in the main room.
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

/** Copies the address. The page is no secure context, so there is no clipboard API. */
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
