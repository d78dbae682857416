/** The QR page's script. */

export {};
