/** The QR page in English. */

import type { DoorWords } from "./door_words.ts";

/** English. */
export const words: DoorWords = {
  tag: "en",
  title: "Join the call",
  about: "A video call for everyone on this Wi-Fi. No internet, no account.",
  reach: {
    checking: "Checking whether this device reaches the hub…",
    reached: "This device reaches the hub ({ms} ms).",
    unreached: "This page came through, but the call will not: something blocks UDP to the hub.",
    mend: {
      windows:
        "On the hub’s computer: open “Allow an app through Windows Firewall” and tick Kibitz " +
        "Offline (or Deno) for private and public networks (UDP {ports}).",
      mac: "On the hub’s Mac: System Settings › Network › Firewall › Options, and allow incoming " +
        "connections for Kibitz Offline (or Deno).",
      linux:
        "On the hub’s computer: open the UDP ports of the hub in the firewall, for example with " +
        "“sudo ufw allow {ports}/udp”.",
    },
    guest: "On this device: turn off mobile data and VPN, and stay on this Wi-Fi.",
    unsupported:
      "This browser cannot make calls. Try another one; on an iPhone, check that Lockdown " +
      "Mode is off.",
  },
  here: {
    title: "Join in this browser",
    about: "Nothing to install. Works without internet, also on a new device.",
    button: "Join in this browser",
    noWarning: "On the hub’s own computer there is no warning.",
    scan: "Scan to open this page: {address}",
  },
  warning: {
    title: "Your browser will warn you first",
    why: "That is expected: this hub has no internet, so nobody out there can vouch for it. " +
      "Sound and picture are encrypted all the same.",
    tap: "Tap",
    done: "You are in. Allow camera and microphone when the browser asks.",
    button: "Go on",
    back: "Back",
    again: "Not in yet? That was the warning. Tap the button once more, and then the words below.",
  },
  taps: {
    chromium: ["Advanced", "Proceed to {host} (unsafe)"],
    edge: ["Advanced", "Continue to {host} (unsafe)"],
    firefox: ["Advanced", "Proceed to {host} (Risky)"],
    "old-firefox": ["Advanced…", "Accept the Risk and Continue"],
    "android-firefox": ["Advanced…", "Accept the Risk and Continue"],
    "ios-firefox": ["Advanced", "Visit site anyway"],
    safari: ["Show Details", "visit this website", "Visit Website"],
  },
  site: {
    about: "For browsers that have opened {site} once before, with internet.",
    button: "Open {site}",
    scan: "Scan with a phone’s camera.",
    needs: "Needs a browser that has opened {site} once before, with internet.",
  },
  inApp: {
    title: "Open this page in {browser}",
    about: "You are in a window of another app. It cannot use your camera. Copy the address, and " +
      "paste it in {browser}.",
    copy: "Copy",
    copied: "Copied",
  },
  alone: {
    title: "No phone can reach this hub yet.",
    about:
      "It found no Wi-Fi and no cable network. Join one or start a hotspot; this page then updates itself.",
  },
  missing: {
    title: "This page does not exist",
    about: "The address may have been mistyped.",
  },
  poster: {
    wifi: "Join this Wi-Fi",
    wifiAbout: "The same network as the hub.",
    scan: "Scan the code",
    scanAbout: "With the phone’s camera.",
    allow: "Tap Allow",
    allowAbout: "If the browser asks to reach devices on the local network.",
    name: "Wi-Fi",
    password: "Password",
    otherPage: "It does not open? Scan this code, or type {address}",
    otherSite: "{site} on your phone already? Scan this code.",
  },
  more: "For the host",
  link: "Link",
  addresses: "Addresses of this hub",
  siteCode: "QR code of the join link",
  pageCode: "QR code of this page",
};
