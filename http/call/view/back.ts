/**
 * The back button of phones and browsers. It closes the topmost layer instead of ending the call.
 * Each open layer is one entry in the tab's history.
 *
 * @module
 */

/// <reference lib="dom" />

/** Closes layers when the back button is pressed. */
export interface BackButton {
  /**
   * Adds a layer that was opened, on top of the others.
   *
   * @param close called when the back button is pressed while the layer is the topmost one.
   * @returns a function to call if the layer was closed in another way.
   */
  opened(close: () => void): () => void;
}

/** Begins to watch the back button. */
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
  // The wait lets a layer that replaces another one use its entry.
  const settleLater = () => setTimeout(settle);

  addEventListener("popstate", () => {
    if (goingBack) {
      goingBack = false;
    } else if (layers.length > 0) {
      entries = Math.max(0, entries - 1);
      layers.pop()?.close();
    }
    // Without a wait: a second press before the entry exists would leave the page.
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
