/**
 * The pictures on buttons: line drawings on a grid of 24 × 24, as SVG elements. Screen readers skip
 * them, because every button has a label.
 *
 * @module
 */

/// <reference lib="dom" />

const SVG = "http://www.w3.org/2000/svg";
const SLASH = "M3 3l18 18";
const MICROPHONE =
  "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM5.5 10.5V11a6.5 6.5 0 0 0 13 0v-.5M12 17.5V21M8.5 21h7";
const CAMERA =
  "M4.5 6h9A1.5 1.5 0 0 1 15 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 16.5v-9A1.5 1.5 0 0 1 4.5 6zM15 10.5l6-3.5v10l-6-3.5";

/** The drawings, as SVG paths that are stroked. */
const DRAWINGS = {
  mic: MICROPHONE,
  micOff: MICROPHONE + SLASH,
  cam: CAMERA,
  camOff: CAMERA + SLASH,
  share: "M3.5 4.5h17v12h-17zM8.5 20.5h7M12 13.5v-6M9 10l3-3 3 3",
  chat: "M4 5h16v11H10.5L6 19.8V16H4zM8 9h8M8 12.2h5",
  more:
    "M4.3 12a.7.7 0 1 0 1.4 0 .7.7 0 0 0-1.4 0zM11.3 12a.7.7 0 1 0 1.4 0 .7.7 0 0 0-1.4 0zM18.3 12a.7.7 0 1 0 1.4 0 .7.7 0 0 0-1.4 0z",
  leave:
    "M3.2 14.6c-.8-1-.6-2.6.4-3.4 4.9-3.8 11.9-3.8 16.8 0 1 .8 1.2 2.4.4 3.4l-.7.8c-.4.5-1.1.6-1.6.3l-2.3-1.3c-.5-.3-.8-.8-.7-1.4l.1-1.3a11 11 0 0 0-7.2 0l.1 1.3c0 .6-.2 1.1-.7 1.4l-2.3 1.3c-.5.3-1.2.2-1.6-.3z",
  hand:
    "M7.5 13V6.5a1.5 1.5 0 0 1 3 0V11V4.5a1.5 1.5 0 0 1 3 0V11V6a1.5 1.5 0 0 1 3 0v8.5c0 3.6-2.4 6.5-6 6.5-2.7 0-4.3-1.3-5.4-3.4l-2-4a1.5 1.5 0 0 1 2.6-1.5z",
  people:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.3 2.9-5.5 6.5-5.5s6.5 2.2 6.5 5.5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M18 15.2c2.1.8 3.5 2.5 3.5 4.8",
  invite: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM20 14v.01M20 20v-3M14 20h2.5",
  settings:
    "M4 7h9M17.5 7H20M4 17h2.5M11 17h9M15.2 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8.8 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
  turn: "M4 11a8 8 0 0 1 13.7-5.5L20 8M20 3.5V8h-4.5M20 13a8 8 0 0 1-13.7 5.5L4 16M4 20.5V16h4.5",
  fullScreen: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12h15M13 6l6 6-6 6",
  pen: "M4 20l1-4L16 5l3 3L8 19z",
  copy: "M9 9h10v11H9zM5 15V4h10v1.5",
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof DRAWINGS;

/** Makes a drawing. The style sheet sets its size and colour. */
export function makeIcon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

/** Replaces a drawing by another one. */
export function setIcon(svg: SVGSVGElement, name: IconName): void {
  const path = svg.firstElementChild;
  if (path?.getAttribute("d") !== DRAWINGS[name]) path?.setAttribute("d", DRAWINGS[name]);
}
