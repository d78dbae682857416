/*
 * A DTLS 1.2 client with wolfSSL, for dtls_stacks_test.ts:
 *
 *     wolfssl_client PORT [CERTIFICATE KEY]
 *
 * It connects to 127.0.0.1, prints the cipher suite, says goodbye, and prints whether the other end
 * did so too.
 */

#include <wolfssl/options.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <wolfssl/ssl.h>

int main(int argc, char **argv) {
  struct sockaddr_in hub = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  inet_pton(AF_INET, "127.0.0.1", &hub.sin_addr);
  int udp = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval patience = {.tv_sec = 3};
  setsockopt(udp, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);

  wolfSSL_Init();
  WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfDTLSv1_2_client_method());
  wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_NONE, NULL);
  if (argc > 3 &&
      (wolfSSL_CTX_use_certificate_file(context, argv[2], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS ||
       wolfSSL_CTX_use_PrivateKey_file(context, argv[3], WOLFSSL_FILETYPE_PEM) != WOLFSSL_SUCCESS)) {
    printf("failed: reading the certificate\n");
    return 1;
  }
  WOLFSSL *ssl = wolfSSL_new(context);
  wolfSSL_dtls_set_peer(ssl, &hub, sizeof hub);
  wolfSSL_set_fd(ssl, udp);
  int code = wolfSSL_connect(ssl);
  if (code != WOLFSSL_SUCCESS) {
    printf("failed: handshake %d\n", wolfSSL_get_error(ssl, code));
    return 1;
  }
  printf("connected: %s\n", wolfSSL_get_cipher_name(ssl));

  wolfSSL_shutdown(ssl);
  char byte;
  code = wolfSSL_read(ssl, &byte, 1);
  int error = wolfSSL_get_error(ssl, code);
  printf(error == WOLFSSL_ERROR_ZERO_RETURN ? "closed\n" : "not closed: %d\n", error);
  return 0;
}
