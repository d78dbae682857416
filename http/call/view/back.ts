/**
 * The back button of phones and browsers: it closes what lies on top, one layer at a time, instead
 * of ending the call. Each open layer is one entry in the tab's history.
 *
 * @module
 */

/// <reference lib="dom" />

/** The layers that are open. */
export interface BackButton {
  /**
   * A layer was opened.
   *
   * @param close is called when the back button closes it.
   * @returns what to call when it is closed by other means.
   */
  opened(close: () => void): () => void;
}

/** Starts watching the back button. */
export function watchBackButton(): BackButton {
  const layers: { close: () => void }[] = [];
  let entries = 0;
  let goingBack = false;

  const settle = () => {
    if (goingBack) return;
    for (; entries < layers.length; entries++) history.pushState(entries + 1, "");
    if (entries > layers.length) {
      goingBack = true;
      history.go(layers.length - entries);
      entries = layers.length;
    }
  };
  // So that one layer that follows another needs no new entry.
  const settleLater = () => setTimeout(settle);

  addEventListener("popstate", () => {
    if (goingBack) {
      goingBack = false;
    } else if (layers.length > 0) {
      entries = Math.max(0, entries - 1);
      layers.pop()?.close();
    }
    // At once: a second press that comes before the entry is there would leave the page.
    settle();
  });

  return {
    opened(close) {
      const layer = { close };
      layers.push(layer);
      settleLater();
      return () => {
        const index = layers.indexOf(layer);
        if (index < 0) return;
        layers.splice(index, 1);
        settleLater();
      };
    },
  };
}
