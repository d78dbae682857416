/**
 * Recognizes the browser from its User-Agent header, because the way into the call depends on it. An
 * unknown browser gets the words of the most common one.
 *
 * @module
 */

/** Browsers, by the wording of their warnings. */
export type WarningKind =
  | "chromium"
  | "edge"
  | "firefox"
  | "old-firefox"
  | "android-firefox"
  | "ios-firefox"
  | "safari";

/** What is known of a browser. */
export interface Browser {
  /** How it warns about a self-signed certificate. */
  readonly warning: WarningKind;
  /**
   * The browser in which the guest should open the page if this is only a window inside an app. Such
   * a window has no camera, stores nothing, or never asks for permissions. Undefined for a real
   * browser.
   */
  readonly openIn?: "Safari" | "Chrome";
}

/**
 * The first Firefox that is known to have the new wording, from its language files. Some older
 * versions contain both wordings, and it is not known which one they show.
 */
const FIREFOX_WITH_NEW_WARNING = 153;

/** Marks in the user agent of windows inside apps. */
const IN_APP = new RegExp(
  [
    "CaptiveNetworkSupport", // the window of Apple devices for a Wi-Fi's login page
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
  // On an iPhone, the user agent inside an app is like Safari's, but without the name.
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
    // On Android it has a warning page of its own, which kept the old wording.
    if (/\bAndroid\b/.test(userAgent)) return "android-firefox";
    return Number(firefox[1]) >= FIREFOX_WITH_NEW_WARNING ? "firefox" : "old-firefox";
  }
  // All Chromium browsers also mention Safari. Chrome on an iPhone is CriOS.
  if (/\b(?:Chrome|Chromium|CriOS|SamsungBrowser)\//.test(userAgent)) return "chromium";
  return /\b(?:Macintosh|iPhone|iPad|iPod)\b/.test(userAgent) ? "safari" : "chromium";
}
