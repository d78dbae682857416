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
      "Cette page est arrivée, mais l’appel ne passera pas : quelque chose bloque l’UDP vers le hub.",
    mend: {
      windows:
        "Sur l’ordinateur du hub : ouvrez « Autoriser une application via le Pare-feu Windows » " +
        "et cochez Kibitz Offline (ou Deno) pour les réseaux privés. Le port est UDP {port}.",
      mac:
        "Sur le Mac du hub : Réglages Système › Réseau › Coupe-feu › Options, et autorisez les " +
        "connexions entrantes pour Kibitz Offline (ou Deno).",
      linux:
        "Sur l’ordinateur du hub : ouvrez le port UDP {port} dans le pare-feu, par exemple avec " +
        "« sudo ufw allow {port}/udp ».",
    },
    guest: "Sur cet appareil : coupez les données mobiles et le VPN, et restez sur ce Wi-Fi.",
    unsupported:
      "Ce navigateur ne sait pas faire d’appels. Essayez-en un autre ; sur iPhone, vérifiez " +
      "que le mode Isolement est désactivé.",
  },
  here: {
    title: "Dans ce navigateur",
    about: "Rien à installer. Fonctionne sans internet, même sur un appareil neuf.",
    button: "Rejoindre dans ce navigateur",
    noWarning: "Sur l’ordinateur du hub, il n’y a pas d’avertissement.",
    scan: "Scannez pour ouvrir cette page : {address}",
  },
  warning: {
    title: "Votre navigateur va d’abord vous avertir",
    why: "C’est normal : ce hub n’a pas internet, personne ne peut donc se porter garant de lui. " +
      "Le son et l’image sont chiffrés malgré tout.",
    tap: "Touchez",
    done: "Vous y êtes. Autorisez la caméra et le micro quand on vous le demande.",
    button: "Continuer",
    back: "Retour",
    again: "Pas encore arrivé ? C’était l’avertissement. Touchez encore le bouton, puis ces mots.",
  },
  taps: {
    chromium: ["Paramètres avancés", "Continuer vers le site {host} (dangereux)"],
    edge: ["Avancé", "Continuer vers {host} (non sécurisé)"],
    firefox: ["Avancé", "Continuer vers {host} (risqué)"],
    "old-firefox": ["Avancé…", "Accepter le risque et poursuivre"],
    "ios-firefox": ["Avancé", "Visiter le site quand même"],
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
      "Il n’a trouvé ni Wi-Fi ni réseau câblé. Connectez-le ou lancez un partage de connexion ; " +
      "cette page suivra.",
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
    otherPage: "Rien ne s’ouvre ? Scannez celui-ci, ou tapez {address}",
    otherSite: "{site} est déjà sur votre téléphone ? Scannez celui-ci.",
  },
  more: "Pour l’hôte",
  link: "Lien",
  addresses: "Adresses de ce hub",
  siteCode: "Code QR du lien d’invitation",
  pageCode: "Code QR de cette page",
};
