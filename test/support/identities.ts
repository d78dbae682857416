/**
 * Keys and certificates in the form of earlier hubs and openssl. They were made for these tests with
 *
 *     openssl ecparam -name prime256v1 -genkey -noout -out key.pem
 *     openssl req -new -x509 -key key.pem -subj /CN=earlier-hub -days 7300 -out cert.pem
 *     openssl x509 -in cert.pem -outform der | openssl dgst -sha256 -binary | base64
 *
 * and the same with secp384r1 for the one that is refused.
 *
 * @module
 */

/** The state file of an earlier hub: a SEC1 key, and no port. */
export const EARLIER_HUB = {
  ufrag: "aB3dE6gH",
  pwd: "ABCDEFGHIJKLMNOPQRSTUVWX",
  certPem: `-----BEGIN CERTIFICATE-----
MIIBgDCCASegAwIBAgIUZm/0MivMkGtaLOjh3As1PEnyFUQwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZWFybGllci1odWIwHhcNMjYxMTIzMDgwMTA1WhcNNDYxMTE4
MDgwMTA1WjAWMRQwEgYDVQQDDAtlYXJsaWVyLWh1YjBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABIA88cf6mwJYwrRteYfmI7n4MzDp52RwIXzRY8waSTT1huDTkHG0
fWjVQCZRJ2HekIXUo7QvIYNOnGYX0qrWXUmjUzBRMB0GA1UdDgQWBBQR//eC2nPV
fCl17KxiGCFZCqnV3DAfBgNVHSMEGDAWgBQR//eC2nPVfCl17KxiGCFZCqnV3DAP
BgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIGY6UENK3cDnziRh5Zc+
JjDPuMhyJ4zrLSsIvhBnGaP6AiBuPII+E+pqWqFs/YRPYWK9iqd98AIFbKjoNDVl
o1huzg==
-----END CERTIFICATE-----
`,
  keyPem: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICukRsDYCthX6A4BRrvMxe/y3s8w5VwGjUDkjgSnOKNaoAoGCCqGSM49
AwEHoUQDQgAEgDzxx/qbAljCtG15h+YjufgzMOnnZHAhfNFjzBpJNPWG4NOQcbR9
aNVAJlEnYd6QhdSjtC8hg06cZhfSqtZdSQ==
-----END EC PRIVATE KEY-----
`,
};

/** The fingerprint of its certificate, as openssl computes it. */
export const EARLIER_FINGERPRINT = "IVbtmP_p9lXlAIpwjN4XMBmjDoZYdDDJ7Y6TiTUZVlU";

/** A pair on another curve. */
export const P384 = {
  certPem: `-----BEGIN CERTIFICATE-----
MIIBsDCCATagAwIBAgIUcqz7JQXoKQ1KXVHQ+0Mevd4+5A0wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEcDM4NDAeFw0yNjExMjMwODAxMDVaFw00NjExMTgwODAxMDVa
MA8xDTALBgNVBAMMBHAzODQwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAAQpg3khj8H2
/rGBg46zHvmr5o2IQxHIcAz7fH3mq/cMJv1srueV8MLVcYwedh4D9z0MvASX0gvu
03EmE12bZ97UE9PEJ7aq3Q8lSuo2oOFSNljDkx7A6oCa64I41GVcvGijUzBRMB0G
A1UdDgQWBBQn5TCkt+Np7u8Pi6W4rSWLAZ0ErTAfBgNVHSMEGDAWgBQn5TCkt+Np
7u8Pi6W4rSWLAZ0ErTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA2gAMGUC
MD4TzNL/zmYbILiGmhSPKszNGipPbdCRN/9ghGqNhJN5gVB2pCO1sb0Eab/GpIfK
yQIxANItgC8dvSWpsNtOtvEUhBOgiTWxQLEs2OIOOtPHkFGAeU/69q0jaVGhJpcp
97PBNw==
-----END CERTIFICATE-----
`,
  keyPem: `-----BEGIN EC PRIVATE KEY-----
MIGkAgEBBDD7Ttc2lhuAw1XHwGHKbICeV5/WFiwRfe0n02TjIvU1Yj0hztXxzgiD
EKdoWZw2srSgBwYFK4EEACKhZANiAAQpg3khj8H2/rGBg46zHvmr5o2IQxHIcAz7
fH3mq/cMJv1srueV8MLVcYwedh4D9z0MvASX0gvu03EmE12bZ97UE9PEJ7aq3Q8l
Suo2oOFSNljDkx7A6oCa64I41GVcvGg=
-----END EC PRIVATE KEY-----
`,
};
