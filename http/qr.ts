/**
 * Draws QR codes for a page and for a terminal. `npm:qrcode` computes the modules. Its own drawings
 * are too small for a poster, and depend on the colours of the terminal.
 *
 * @module
 */

// @ts-types="../relaycore/types/qrcode.d.ts"
import qrcode from "qrcode";

/** The light modules that scanners need around a code (ISO/IEC 18004 §6.3.8). */
const QUIET_ZONE = 4;

/** Black and white of the 256-colour cube. Themes change only the first sixteen colours. */
const TERMINAL_COLORS = "\x1b[38;5;16;48;5;231m";
const TERMINAL_RESET = "\x1b[0m";

/** How many drawings of each kind are kept: the link's and the page's, before and after a change. */
const REMEMBERED = 4;

/** A square of modules, including the quiet zone. */
interface Modules {
  readonly size: number;
  isDark(x: number, y: number): boolean;
}

/**
 * A QR code for a page: an SVG element in black on white, without a fixed size.
 *
 * @param label the text for people who cannot see the code.
 * @throws if the text is too long for a QR code.
 */
export function qrSvg(text: string, label = "QR code of the join link"): string {
  const { size, path } = outline(text);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" role="img" ` +
    `aria-label="${escapeAttribute(label)}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
}

/** The dark modules as one path of an SVG. */
const outline = rememberLast((text) => {
  const { size, isDark } = modulesOf(text, "M");
  let path = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (!isDark(x, y)) continue;
      const start = x;
      while (isDark(x + 1, y)) x++;
      const width = x + 1 - start;
      path += `M${start} ${y}h${width}v1h-${width}z`;
    }
  }
  return { size, path };
});

/** How a terminal shows a code. */
export interface TerminalOptions {
  /** Width of the terminal. */
  readonly columns: number;
  /**
   * True to set the colours to black on white, so that the code scans with any theme. False to draw
   * the code for a dark terminal.
   */
  readonly color: boolean;
}

/**
 * A QR code for a terminal. Each character shows two modules, one above the other. There is no
 * newline at the end.
 *
 * @returns undefined if the terminal is too narrow, or if the text is too long for a QR code.
 */
export function qrTerminal(text: string, { columns, color }: TerminalOptions): string | undefined {
  let modules: Modules;
  try {
    modules = modulesOf(text, "L");
  } catch {
    return undefined; // the library throws if the text is too long
  }
  const { size, isDark } = modules;
  if (size > columns) return undefined;
  // The character draws dark modules if the colours are set, and light ones on a dark terminal.
  const inked = color ? isDark : (x: number, y: number) => y < size && !isDark(x, y);
  const lines: string[] = [];
  for (let y = 0; y < size; y += 2) {
    let line = "";
    for (let x = 0; x < size; x++) line += BLOCKS[+inked(x, y)][+inked(x, y + 1)];
    lines.push(color ? `${TERMINAL_COLORS}${line}${TERMINAL_RESET}` : line);
  }
  return lines.join("\n");
}

/** The character for [upper module inked][lower module inked]. */
const BLOCKS = [[" ", "▄"], ["▀", "█"]];

function modulesOf(text: string, errorCorrectionLevel: "L" | "M"): Modules {
  const { size, data } = qrcode.create(text, { errorCorrectionLevel }).modules;
  return {
    size: size + 2 * QUIET_ZONE,
    isDark(x, y) {
      const [column, row] = [x - QUIET_ZONE, y - QUIET_ZONE];
      const isInside = column >= 0 && column < size && row >= 0 && row < size;
      return isInside && data[row * size + column] === 1;
    },
  };
}

/**
 * Keeps the latest drawings. The link hardly ever changes, and a client that requests its picture all
 * the time must not keep the thread busy that serves the guests.
 */
function rememberLast<T>(draw: (text: string) => T): (text: string) => T {
  const drawings = new Map<string, T>();
  return (text) => {
    const drawing = drawings.get(text) ?? draw(text);
    drawings.set(text, drawing);
    if (drawings.size > REMEMBERED) drawings.delete(drawings.keys().next().value!);
    return drawing;
  };
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
