/** The QR page in Italian. */

import type { DoorWords } from "./door_words.ts";

/** Italian. */
export const words: DoorWords = {
  tag: "it",
  title: "Entra nella chiamata",
  about: "Una videochiamata per tutti su questo Wi-Fi. Senza internet, senza account.",
  reach: {
    checking: "Verifico se questo dispositivo raggiunge l’hub…",
    reached: "Questo dispositivo raggiunge l’hub ({ms} ms).",
    unreached:
      "Questa pagina è arrivata, ma la chiamata non funzionerà: qualcosa blocca l’UDP verso l’hub.",
    mend: {
      windows:
        "Sul computer dell’hub: apri «Consenti app tramite Windows Firewall» e spunta Kibitz " +
        "Offline (o Deno) per le reti private e pubbliche (UDP {ports}).",
      mac: "Sul Mac dell’hub: Impostazioni di Sistema › Rete › Firewall › Opzioni, e consenti le " +
        "connessioni in entrata per Kibitz Offline (o Deno).",
      linux: "Sul computer dell’hub: apri le porte UDP dell’hub nel firewall, per esempio con " +
        "«sudo ufw allow {ports}/udp».",
    },
    guest: "Su questo dispositivo: disattiva i dati mobili e la VPN, e resta su questo Wi-Fi.",
    unsupported:
      "Questo browser non può fare chiamate. Provane un altro; su iPhone controlla che la " +
      "modalità di isolamento sia disattivata.",
  },
  here: {
    title: "In questo browser",
    about: "Niente da installare. Funziona senza internet, anche su un dispositivo nuovo.",
    button: "Entra in questo browser",
    noWarning: "Sul computer dell’hub non compare nessun avviso.",
    scan: "Scansiona per aprire questa pagina: {address}",
  },
  warning: {
    title: "Prima vedrai un avviso del browser",
    why: "È normale: questo hub non ha internet, quindi nessuno può garantire per lui. " +
      "Audio e video sono comunque cifrati.",
    tap: "Tocca",
    done: "Ci sei. Consenti fotocamera e microfono quando il browser lo chiede.",
    button: "Avanti",
    back: "Indietro",
    again:
      "Non sei ancora dentro? Quello era l’avviso. Tocca di nuovo il pulsante e poi queste parole.",
  },
  taps: {
    chromium: ["Avanzate", "Procedi su {host} (non sicuro)"],
    edge: ["Avanzate", "Continua su {host} (non sicuro)"],
    firefox: ["Avanzate", "Procedi su {host} (rischioso)"],
    "old-firefox": ["Avanzate…", "Accetta il rischio e continua"],
    "android-firefox": ["Avanzate…", "Accetta il rischio e continua"],
    "ios-firefox": ["Avanzate", "Apri comunque il sito"],
    safari: ["Mostra dettagli", "visita questo sito web", "Visita sito web"],
  },
  site: {
    about: "Per i browser che hanno già aperto {site} una volta, con internet.",
    button: "Apri {site}",
    scan: "Scansiona con la fotocamera di un telefono.",
    needs: "Serve un browser che abbia già aperto {site} una volta, con internet.",
  },
  inApp: {
    title: "Apri questa pagina in {browser}",
    about:
      "Sei nella finestra di un’altra app, che non può usare la fotocamera. Copia l’indirizzo e " +
      "incollalo in {browser}.",
    copy: "Copia",
    copied: "Copiato",
  },
  alone: {
    title: "Nessun telefono può ancora raggiungere questo hub.",
    about:
      "Non ha trovato né un Wi-Fi né una rete via cavo. Collegalo o avvia un hotspot; questa pagina " +
      "si aggiornerà da sola.",
  },
  missing: {
    title: "Questa pagina non esiste",
    about: "Forse l’indirizzo contiene un errore.",
  },
  poster: {
    wifi: "Connettiti a questo Wi-Fi",
    wifiAbout: "La stessa rete dell’hub.",
    scan: "Scansiona il codice",
    scanAbout: "Con la fotocamera del telefono.",
    allow: "Tocca Consenti",
    allowAbout: "Se il browser chiede di raggiungere i dispositivi della rete locale.",
    name: "Wi-Fi",
    password: "Password",
    otherPage: "Non si apre? Scansiona questo codice o scrivi {address}",
    otherSite: "Hai già {site} sul telefono? Scansiona questo codice.",
  },
  more: "Per chi ospita",
  link: "Link",
  addresses: "Indirizzi di questo hub",
  siteCode: "Codice QR del link d’invito",
  pageCode: "Codice QR di questa pagina",
};
