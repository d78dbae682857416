/** The QR page in French. */

import type { DoorWords } from "./door_words.ts";

/** French. */
export const words: DoorWords = {
  tag: "fr",
  title: "Rejoindre l’appel",
  about: "Un appel vidéo pour tous ceux qui sont sur ce Wi-Fi. Sans internet, sans compte.",
  reach: {
    checking: "Vérification de la liaison avec le hub…",
    reached: "Cet appareil atteint le hub ({ms} ms).",
    unreached:
      "Cette page est arrivée, mais l’appel ne passera pas\u202f: quelque chose bloque l’UDP vers le hub.",
    mend: {
      windows:
        "Sur l’ordinateur du hub\u202f: ouvrez «\u202fAutoriser une application via le Pare-feu Windows\u202f» " +
        "et cochez Kibitz Offline (ou Deno) pour les réseaux privés et publics (UDP {ports}).",
      mac:
        "Sur le Mac du hub\u202f: Réglages Système › Réseau › Coupe-feu › Options, et autorisez les " +
        "connexions entrantes pour Kibitz Offline (ou Deno).",
      linux:
        "Sur l’ordinateur du hub\u202f: ouvrez les ports UDP du hub dans le pare-feu, par exemple avec " +
        "«\u202fsudo ufw allow {ports}/udp\u202f».",
    },
    guest: "Sur cet appareil\u202f: coupez les données mobiles et le VPN, et restez sur ce Wi-Fi.",
    unsupported:
      "Ce navigateur ne permet pas les appels vidéo. Essayez-en un autre\u202f; sur iPhone, vérifiez " +
      "que le mode Isolement est désactivé.",
  },
  here: {
    title: "Dans ce navigateur",
    about: "Rien à installer. Fonctionne sans internet, même sur un appareil neuf.",
    button: "Rejoindre dans ce navigateur",
    noWarning: "Sur l’ordinateur du hub, il n’y a pas d’avertissement.",
    scan: "Scannez pour ouvrir cette page\u202f: {address}",
  },
  warning: {
    title: "Votre navigateur va d’abord vous avertir",
    why: "C’est normal\u202f: ce hub n’a pas internet, personne ne peut donc s’en porter garant. " +
      "Le son et l’image sont chiffrés malgré tout.",
    tap: "Touchez",
    done: "Vous y êtes. Autorisez la caméra et le micro quand le navigateur le demande.",
    button: "Continuer",
    back: "Retour",
    again:
      "Pas encore dans l’appel\u202f? C’était l’avertissement. Touchez à nouveau le bouton, puis ces mots.",
  },
  taps: {
    chromium: ["Paramètres avancés", "Continuer vers le site {host} (dangereux)"],
    edge: ["Avancé", "Continuer vers {host} (non sécurisé)"],
    firefox: ["Avancé", "Continuer vers {host} (risqué)"],
    "old-firefox": ["Avancé…", "Accepter le risque et poursuivre"],
    "android-firefox": ["Avancé…", "Accepter le risque et poursuivre"],
    "ios-firefox": ["Avancé", "Visiter tout de même"],
    safari: ["Afficher les détails", "visiter ce site web", "Visiter le site web"],
  },
  site: {
    about: "Pour les navigateurs qui ont déjà ouvert {site} une fois, avec internet.",
    button: "Ouvrir {site}",
    scan: "Scannez avec l’appareil photo d’un téléphone.",
    needs: "Il faut un navigateur qui a déjà ouvert {site} une fois, avec internet.",
  },
  inApp: {
    title: "Ouvrez cette page dans {browser}",
    about:
      "Vous êtes dans la fenêtre d’une autre application. Elle ne peut pas utiliser votre caméra. " +
      "Copiez l’adresse et collez-la dans {browser}.",
    copy: "Copier",
    copied: "Copié",
  },
  alone: {
    title: "Aucun téléphone ne peut encore atteindre ce hub.",
    about:
      "Il n’a trouvé ni Wi-Fi ni réseau câblé. Connectez-le ou lancez un partage de connexion\u202f; " +
      "cette page se mettra à jour.",
  },
  missing: {
    title: "Cette page n’existe pas",
    about: "L’adresse contient peut-être une faute de frappe.",
  },
  poster: {
    wifi: "Connectez-vous à ce Wi-Fi",
    wifiAbout: "Le même réseau que le hub.",
    scan: "Scannez le code",
    scanAbout: "Avec l’appareil photo du téléphone.",
    allow: "Touchez Autoriser",
    allowAbout: "Si le navigateur demande l’accès aux appareils du réseau local.",
    name: "Wi-Fi",
    password: "Mot de passe",
    otherPage: "Rien ne s’ouvre\u202f? Scannez ce code ou tapez {address}",
    otherSite: "{site} est déjà sur votre téléphone\u202f? Scannez ce code.",
  },
  more: "Pour l’hôte",
  link: "Lien",
  addresses: "Adresses de ce hub",
  siteCode: "Code QR du lien d’invitation",
  pageCode: "Code QR de cette page",
};
