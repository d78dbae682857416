/** The QR page in Spanish. */

import type { DoorWords, Taps } from "./door_words.ts";

/** Spanish. */
export const words: DoorWords = {
  tag: "es",
  title: "Entrar en la llamada",
  about: "Una videollamada para todos los que están en esta red wifi. Sin internet, sin cuenta.",
  reach: {
    checking: "Comprobando si este dispositivo llega al hub…",
    reached: "Este dispositivo llega al hub ({ms} ms).",
    unreached:
      "Esta página ha llegado, pero la llamada no funcionará: algo bloquea el UDP hacia el hub.",
    mend: {
      windows:
        "En el equipo del hub: abre «Permitir una aplicación a través de Firewall de Windows» " +
        "y marca Kibitz Offline (o Deno) para redes privadas y públicas (UDP {ports}).",
      mac:
        "En el Mac del hub: Ajustes del Sistema › Red › Firewall › Opciones, y permite las conexiones " +
        "entrantes de Kibitz Offline (o Deno).",
      linux: "En el equipo del hub: abre los puertos UDP del hub en el firewall, por ejemplo con " +
        "«sudo ufw allow {ports}/udp».",
    },
    guest: "En este dispositivo: desactiva los datos móviles y la VPN, y quédate en esta red wifi.",
    unsupported:
      "Este navegador no puede hacer llamadas. Prueba con otro; en un iPhone, comprueba que el " +
      "modo de aislamiento esté desactivado.",
  },
  here: {
    title: "En este navegador",
    about: "No hay que instalar nada. Funciona sin internet, también en un dispositivo nuevo.",
    button: "Entrar en este navegador",
    noWarning: "En el equipo del hub no aparece ningún aviso.",
    scan: "Escanea para abrir esta página: {address}",
  },
  warning: {
    title: "Primero verás un aviso del navegador",
    why: "Es normal: este hub no tiene internet, así que nadie puede responder por él. " +
      "El sonido y la imagen van cifrados de todos modos.",
    tap: "Toca",
    done: "Ya estás dentro. Permite la cámara y el micrófono cuando el navegador lo pida.",
    button: "Seguir",
    back: "Atrás",
    again:
      "¿Aún no has entrado? Eso era el aviso. Toca otra vez el botón y después estas palabras.",
  },
  taps: {
    chromium: ["Avanzado", "Acceder a {host} (sitio no seguro)"],
    edge: ["Avanzado", "Continuar a {host} (no seguro)"],
    firefox: ["Avanzado", "Continuar a {host} (arriesgado)"],
    "old-firefox": ["Avanzado…", "Aceptar el riesgo y continuar"],
    "android-firefox": ["Avanzadas…", "Aceptar el riesgo y continuar"],
    "ios-firefox": ["Avanzado", "Visitar de todos modos"],
    safari: ["Mostrar detalles", "visitar este sitio web", "Visitar sitio web"],
  },
  site: {
    about: "Para navegadores que ya abrieron {site} una vez, con internet.",
    button: "Abrir {site}",
    scan: "Escanéalo con la cámara de un teléfono.",
    needs: "Hace falta un navegador que ya haya abierto {site} una vez, con internet.",
  },
  inApp: {
    title: "Abre esta página en {browser}",
    about:
      "Estás en una ventana de otra aplicación, que no puede usar tu cámara. Copia la dirección y " +
      "pégala en {browser}.",
    copy: "Copiar",
    copied: "Copiado",
  },
  alone: {
    title: "Ningún teléfono puede llegar aún a este hub.",
    about:
      "No ha encontrado ni wifi ni red por cable. Conéctalo o crea un punto de acceso; esta página " +
      "se actualizará sola.",
  },
  missing: {
    title: "Esta página no existe",
    about: "Puede que la dirección tenga un error.",
  },
  poster: {
    wifi: "Conéctate a esta red wifi",
    wifiAbout: "La misma red que el hub.",
    scan: "Escanea el código",
    scanAbout: "Con la cámara del teléfono.",
    allow: "Toca Permitir",
    allowAbout: "Si el navegador pide acceso a los dispositivos de la red local.",
    name: "Red wifi",
    password: "Contraseña",
    otherPage: "¿No se abre? Escanea este código o escribe {address}",
    otherSite: "¿Ya tienes {site} en tu teléfono? Escanea este código.",
  },
  more: "Para el anfitrión",
  link: "Enlace",
  addresses: "Direcciones de este hub",
  siteCode: "Código QR del enlace de invitación",
  pageCode: "Código QR de esta página",
};

/** The words of browsers outside Spain, where they differ. */
export const tapsAbroad: Partial<Taps> = {
  chromium: ["Opciones avanzadas", "Continuar a {host} (no seguro)"],
  "android-firefox": ["Avanzado…", "Aceptar el riesgo y continuar"],
};
