/** The QR page in Portuguese. */

import type { DoorWords, Taps } from "./door_words.ts";

/** Portuguese; the words of browsers are those of Brazil. */
export const words: DoorWords = {
  tag: "pt",
  title: "Entrar na chamada",
  about: "Uma videochamada para todos neste Wi-Fi. Sem internet, sem conta.",
  reach: {
    checking: "Verificando se este aparelho alcança o hub…",
    reached: "Este aparelho alcança o hub ({ms} ms).",
    unreached:
      "Esta página chegou, mas a chamada não vai funcionar: algo bloqueia o UDP até o hub.",
    mend: {
      windows:
        "No computador do hub: abra “Permitir um aplicativo pelo Firewall do Windows” e marque " +
        "Kibitz Offline (ou Deno) para redes privadas e públicas (UDP {ports}).",
      mac:
        "No Mac do hub: Ajustes do Sistema › Rede › Firewall › Opções, e permita conexões de entrada " +
        "para Kibitz Offline (ou Deno).",
      linux: "No computador do hub: abra as portas UDP do hub no firewall, por exemplo com " +
        "“sudo ufw allow {ports}/udp”.",
    },
    guest: "Neste aparelho: desligue os dados móveis e a VPN, e fique neste Wi-Fi.",
    unsupported:
      "Este navegador não faz chamadas. Tente outro; no iPhone, veja se o Modo de Isolamento " +
      "está desligado.",
  },
  here: {
    title: "Neste navegador",
    about: "Nada para instalar. Funciona sem internet, também num aparelho novo.",
    button: "Entrar neste navegador",
    noWarning: "No computador do hub não aparece aviso.",
    scan: "Escaneie para abrir esta página: {address}",
  },
  warning: {
    title: "Primeiro, o navegador mostra um aviso",
    why: "Isso é normal: este hub não tem internet, então ninguém pode responder por ele. " +
      "Som e imagem são criptografados mesmo assim.",
    tap: "Toque em",
    done: "Você entrou. Permita a câmera e o microfone quando o navegador pedir.",
    button: "Continuar",
    back: "Voltar",
    again: "Ainda não entrou? Aquilo era o aviso. Toque de novo no botão e depois nestas palavras.",
  },
  taps: {
    chromium: ["Avançadas", "Ir para {host} (não seguro)"],
    edge: ["Avançado", "Continuar até {host} (não seguro)"],
    firefox: ["Avançado", "Prosseguir para {host} (arriscado)"],
    "old-firefox": ["Avançado…", "Aceitar o risco e continuar"],
    "android-firefox": ["Avançado…", "Aceitar o risco e continuar"],
    "ios-firefox": ["Avançado", "Visitar o site assim mesmo"],
    safari: ["Mostrar Detalhes", "visitar este site", "Visitar Site"],
  },
  site: {
    about: "Para navegadores que já abriram {site} uma vez, com internet.",
    button: "Abrir {site}",
    scan: "Escaneie com a câmera de um telefone.",
    needs: "Precisa de um navegador que já abriu {site} uma vez, com internet.",
  },
  inApp: {
    title: "Abra esta página no {browser}",
    about:
      "Você está numa janela de outro aplicativo, que não pode usar a câmera. Copie o endereço e " +
      "cole no {browser}.",
    copy: "Copiar",
    copied: "Copiado",
  },
  alone: {
    title: "Nenhum telefone alcança este hub ainda.",
    about:
      "Ele não achou Wi-Fi nem rede a cabo. Conecte-o ou crie um ponto de acesso; esta página " +
      "se atualiza sozinha.",
  },
  missing: {
    title: "Esta página não existe",
    about: "Talvez o endereço tenha um erro.",
  },
  poster: {
    wifi: "Conecte-se a este Wi-Fi",
    wifiAbout: "A mesma rede do hub.",
    scan: "Escaneie o código",
    scanAbout: "Com a câmera do telefone.",
    allow: "Toque em Permitir",
    allowAbout: "Se o navegador pedir acesso a aparelhos na rede local.",
    name: "Wi-Fi",
    password: "Senha",
    otherPage: "Não abre? Escaneie este código ou digite {address}",
    otherSite: "Já tem {site} no telefone? Escaneie este código.",
  },
  more: "Para o anfitrião",
  link: "Link",
  addresses: "Endereços deste hub",
  siteCode: "Código QR do link de convite",
  pageCode: "Código QR desta página",
};

/** The words of browsers outside Brazil, where they differ. */
export const tapsAbroad: Partial<Taps> = {
  chromium: ["Avançadas", "Prosseguir para {host} (não seguro)"],
  firefox: ["Avançadas", "Continuar para {host} (arriscado)"],
  "ios-firefox": ["Avançadas", "Visitar o site na mesma"],
};
