/**
 * Which browser asks, as far as the way to the call depends on it: text in, structure out. A browser
 * that hides what it is gets the words of the commonest one.
 *
 * @module
 */

/** Browsers that warn in words of their own. */
export type WarningKind =
  | "chromium"
  | "edge"
  | "firefox"
  | "old-firefox"
  | "ios-firefox"
  | "safari";

/** What is known of a browser. */
export interface Browser {
  /** How it warns about a self-signed certificate. */
  readonly warning: WarningKind;
  /**
   * The browser to open the page in if this one is only a window inside an app, which has no
   * camera, or stores nothing, or never asks for permissions. Undefined for a real browser.
   */
  readonly openIn?: "Safari" | "Chrome";
}

/**
 * Firefox says other words from this version on. Seen in the language files of 153; older ones kept the
 * older words beside the new ones, and it is not known here which of them showed them.
 */
const FIREFOX_WITH_NEW_WARNING = 153;

/** Marks that apps leave in the user agent of the windows they show pages in. */
const IN_APP = new RegExp(
  [
    "CaptiveNetworkSupport", // the window that an Apple device opens for a Wi-Fi's login page
    ...["FBAN", "FBAV", "FB_IAB", "Instagram", "Messenger", "WhatsApp", "Threads"],
    ...[
      "Line/",
      "MicroMessenger",
      "KAKAOTALK",
      "Snapchat",
      "Pinterest",
      "musical_ly",
      "BytedanceWebview",
    ],
    ...["TikTok", "Twitter for", "LinkedInApp", "GSA/", "Telegram", "Viber", "; wv\\)"],
  ].join("|"),
);

/** Reads a User-Agent header (RFC 9110 §10.1.5). */
export function browserOf(userAgent: string): Browser {
  const isApple = /\b(?:iPhone|iPad|iPod)\b/.test(userAgent) ||
    /CaptiveNetworkSupport/.test(userAgent);
  const warning = warningOf(userAgent);
  // A page inside an app on an iPhone has the marks of the system's browser but not its name.
  const isNamed = /\b(?:Safari|CriOS|FxiOS|EdgiOS)\//.test(userAgent);
  if (IN_APP.test(userAgent) || (isApple && !isNamed)) {
    return { warning, openIn: isApple || /Macintosh/.test(userAgent) ? "Safari" : "Chrome" };
  }
  return { warning };
}

function warningOf(userAgent: string): WarningKind {
  if (/\bEdg(?:A|iOS)?\//.test(userAgent)) return "edge";
  if (/\bFxiOS\//.test(userAgent)) return "ios-firefox";
  const firefox = /\bFirefox\/(\d+)/.exec(userAgent);
  if (firefox !== null) {
    return Number(firefox[1]) >= FIREFOX_WITH_NEW_WARNING ? "firefox" : "old-firefox";
  }
  // Every Chromium says Safari too, Samsung's and Opera's among them; Chrome on an iPhone is CriOS.
  if (/\b(?:Chrome|Chromium|CriOS|SamsungBrowser)\//.test(userAgent)) return "chromium";
  return /\b(?:Macintosh|iPhone|iPad|iPod)\b/.test(userAgent) ? "safari" : "chromium";
}
