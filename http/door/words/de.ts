/** The QR page in German. */

import type { DoorWords } from "./door_words.ts";

/** German. */
export const words: DoorWords = {
  tag: "de",
  title: "Zum Gespräch",
  about: "Ein Videogespräch für alle in diesem WLAN. Ohne Internet, ohne Konto.",
  reach: {
    checking: "Prüft, ob dieses Gerät den Hub erreicht…",
    reached: "Dieses Gerät erreicht den Hub ({ms} ms).",
    unreached: "Diese Seite kam an, das Gespräch wird es nicht: etwas sperrt UDP zum Hub.",
    mend: {
      windows: "Am Computer des Hubs: „Eine App durch die Windows-Firewall zulassen“ öffnen und " +
        "Kibitz Offline (oder Deno) für private Netzwerke ankreuzen. Der Port ist UDP {port}.",
      mac:
        "Am Mac des Hubs: Systemeinstellungen › Netzwerk › Firewall › Optionen, und eingehende " +
        "Verbindungen für Kibitz Offline (oder Deno) erlauben.",
      linux: "Am Computer des Hubs: UDP-Port {port} in der Firewall öffnen, zum Beispiel mit " +
        "„sudo ufw allow {port}/udp“.",
    },
    guest: "An diesem Gerät: mobile Daten und VPN ausschalten, und in diesem WLAN bleiben.",
    unsupported:
      "Dieser Browser kann keine Gespräche. Versuche einen anderen; am iPhone darf der " +
      "Blockierungsmodus nicht an sein.",
  },
  here: {
    title: "In diesem Browser",
    about: "Nichts zu installieren. Geht ohne Internet, auch mit einem neuen Gerät.",
    button: "In diesem Browser mitmachen",
    noWarning: "Am Computer des Hubs selbst kommt keine Warnung.",
    scan: "Scannen öffnet diese Seite: {address}",
  },
  warning: {
    title: "Dein Browser warnt dich zuerst",
    why:
      "Das ist zu erwarten: dieser Hub hat kein Internet, also kann dort niemand für ihn bürgen. " +
      "Bild und Ton sind trotzdem verschlüsselt.",
    tap: "Tippe auf",
    done: "Du bist da. Erlaube Kamera und Mikrofon, wenn du gefragt wirst.",
    button: "Weiter",
    back: "Zurück",
    again:
      "Noch nicht da? Das war die Warnung. Tippe noch einmal auf den Knopf und dann auf diese Wörter.",
  },
  taps: {
    chromium: ["Erweitert", "Weiter zu {host} (unsicher)"],
    edge: ["Erweitert", "Weiter zu {host} (unsicher)"],
    firefox: ["Erweitert", "Weiter zu {host} (riskant)"],
    "old-firefox": ["Erweitert…", "Risiko akzeptieren und fortfahren"],
    "ios-firefox": ["Erweitert", "Seite trotzdem besuchen"],
    safari: ["Details einblenden", "diese Website öffnen", "Website öffnen"],
  },
  site: {
    about: "Für Browser, die {site} schon einmal mit Internet geöffnet haben.",
    button: "{site} öffnen",
    scan: "Mit der Kamera eines Handys scannen.",
    needs: "Braucht einen Browser, der {site} schon einmal mit Internet geöffnet hat.",
  },
  inApp: {
    title: "Öffne diese Seite in {browser}",
    about:
      "Dies ist ein Fenster in einer anderen App. Es kann deine Kamera nicht nutzen. Kopiere die " +
      "Adresse und füge sie in {browser} ein.",
    copy: "Kopieren",
    copied: "Kopiert",
  },
  alone: {
    title: "Noch kann kein Handy diesen Hub erreichen.",
    about:
      "Er hat kein WLAN und kein Kabelnetz gefunden. Verbinde ihn oder starte einen Hotspot; diese " +
      "Seite merkt es.",
  },
  missing: {
    title: "Diese Seite gibt es nicht",
    about: "Vielleicht ist die Adresse falsch geschrieben.",
  },
  poster: {
    wifi: "Geh in dieses WLAN",
    wifiAbout: "Dasselbe Netz wie der Hub.",
    scan: "Scanne den Code",
    scanAbout: "Mit der Kamera des Handys.",
    allow: "Tippe auf Zulassen",
    allowAbout: "Falls der Browser Geräte im lokalen Netzwerk erreichen möchte.",
    name: "WLAN",
    password: "Passwort",
    otherPage: "Es öffnet sich nicht? Scanne diesen, oder tippe {address}",
    otherSite: "{site} ist schon auf deinem Handy? Scanne diesen.",
  },
  more: "Für den Gastgeber",
  link: "Link",
  addresses: "Adressen dieses Hubs",
  siteCode: "QR-Code des Einladungslinks",
  pageCode: "QR-Code dieser Seite",
};
