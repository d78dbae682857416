/*
 * A DTLS 1.2 client with Mbed TLS, for dtls_stacks_test.ts:
 *
 *     mbedtls_client PORT [CERTIFICATE KEY]
 *
 * It connects to 127.0.0.1, prints the cipher suite, says goodbye, and prints whether the other end
 * did so too.
 */

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/timing.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what, int code) {
  printf("failed: %s -0x%04x\n", what, -code);
  return 1;
}

int main(int argc, char **argv) {
  mbedtls_net_context net;
  mbedtls_entropy_context entropy;
  mbedtls_ctr_drbg_context random;
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config config;
  mbedtls_timing_delay_context timer;
  mbedtls_x509_crt certificate;
  mbedtls_pk_context key;
  mbedtls_net_init(&net);
  mbedtls_entropy_init(&entropy);
  mbedtls_ctr_drbg_init(&random);
  mbedtls_ssl_init(&ssl);
  mbedtls_ssl_config_init(&config);
  mbedtls_x509_crt_init(&certificate);
  mbedtls_pk_init(&key);

  int code = mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
  if (code == 0) code = mbedtls_net_connect(&net, "127.0.0.1", argv[1], MBEDTLS_NET_PROTO_UDP);
  if (code == 0)
    code = mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT,
                                       MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (code != 0) return failed("setting up", code);
  mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_NONE);
  mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
  mbedtls_ssl_conf_read_timeout(&config, 3000);
  if (argc > 3) {
    if ((code = mbedtls_x509_crt_parse_file(&certificate, argv[2])) != 0 ||
        (code = mbedtls_pk_parse_keyfile(&key, argv[3], NULL)) != 0 ||
        (code = mbedtls_ssl_conf_own_cert(&config, &certificate, &key)) != 0)
      return failed("reading the certificate", code);
  }
  if ((code = mbedtls_ssl_setup(&ssl, &config)) != 0) return failed("setting up", code);
  mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, mbedtls_net_recv_timeout);
  mbedtls_ssl_set_timer_cb(&ssl, &timer, mbedtls_timing_set_delay, mbedtls_timing_get_delay);

  do code = mbedtls_ssl_handshake(&ssl);
  while (code == MBEDTLS_ERR_SSL_WANT_READ || code == MBEDTLS_ERR_SSL_WANT_WRITE);
  if (code != 0) return failed("handshake", code);
  printf("connected: %s\n", mbedtls_ssl_get_ciphersuite(&ssl));

  mbedtls_ssl_close_notify(&ssl);
  unsigned char byte;
  code = mbedtls_ssl_read(&ssl, &byte, 1);
  printf(code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? "closed\n" : "not closed\n");
  return 0;
}
