/** The QR page in German. */

import type { DoorWords } from "./door_words.ts";

/** German. */
export const words: DoorWords = {
  tag: "de",
  title: "Beim Anruf mitmachen",
  about: "Ein Videoanruf für alle in diesem WLAN. Ohne Internet, ohne Konto.",
  reach: {
    checking: "Es wird geprüft, ob dieses Gerät den Hub erreicht\u00a0…",
    reached: "Dieses Gerät erreicht den Hub ({ms} ms).",
    unreached: "Diese Seite kommt an, der Anruf aber nicht: Etwas blockiert UDP zum Hub.",
    mend: {
      windows: "Am Computer des Hubs: „Eine App durch die Windows-Firewall zulassen“ öffnen und " +
        "Kibitz Offline (oder Deno) für private und öffentliche Netzwerke ankreuzen (UDP {ports}).",
      mac:
        "Am Mac des Hubs: Systemeinstellungen › Netzwerk › Firewall › Optionen, und eingehende " +
        "Verbindungen für Kibitz Offline (oder Deno) erlauben.",
      linux:
        "Am Computer des Hubs: die UDP-Ports des Hubs in der Firewall öffnen, zum Beispiel mit " +
        "„sudo ufw allow {ports}/udp“.",
    },
    guest: "Auf diesem Gerät: mobile Daten und VPN ausschalten und in diesem WLAN bleiben.",
    unsupported:
      "Dieser Browser kann keine Videoanrufe. Versuche einen anderen; auf dem iPhone muss der " +
      "Blockierungsmodus aus sein.",
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
    why: "Das ist normal: Dieser Hub hat kein Internet, also kann niemand für ihn bürgen. " +
      "Bild und Ton sind trotzdem verschlüsselt.",
    tap: "Tippe auf",
    done: "Du bist drin. Erlaube Kamera und Mikrofon, wenn der Browser fragt.",
    button: "Weiter",
    back: "Zurück",
    again:
      "Noch nicht drin? Das war die Warnung. Tippe noch einmal auf den Knopf und dann auf diese Wörter.",
  },
  taps: {
    chromium: ["Erweitert", "Weiter zu {host} (unsicher)"],
    edge: ["Erweitert", "Weiter zu {host} (unsicher)"],
    firefox: ["Erweitert", "Weiter zu {host} (riskant)"],
    "old-firefox": ["Erweitert…", "Risiko akzeptieren und fortfahren"],
    "android-firefox": ["Erweitert…", "Risiko akzeptieren und fortfahren"],
    "ios-firefox": ["Erweitert", "Website trotzdem besuchen"],
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
      "Seite aktualisiert sich dann von selbst.",
  },
  missing: {
    title: "Diese Seite gibt es nicht",
    about: "Vielleicht ist die Adresse falsch geschrieben.",
  },
  poster: {
    wifi: "Verbinde dich mit diesem WLAN",
    wifiAbout: "Dasselbe Netz wie der Hub.",
    scan: "Scanne den Code",
    scanAbout: "Mit der Kamera des Handys.",
    allow: "Tippe auf Zulassen",
    allowAbout: "Falls der Browser Geräte im lokalen Netzwerk erreichen möchte.",
    name: "WLAN",
    password: "Passwort",
    otherPage: "Nichts öffnet sich? Scanne diesen Code oder tippe {address}",
    otherSite: "{site} ist schon auf deinem Handy? Scanne diesen Code.",
  },
  more: "Für den Gastgeber",
  link: "Link",
  addresses: "Adressen dieses Hubs",
  siteCode: "QR-Code des Einladungslinks",
  pageCode: "QR-Code dieser Seite",
};
