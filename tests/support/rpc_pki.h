/*
 * rpc_pki.h - certificates for tests, made by the openssl command in a temporary folder.
 */
#ifndef HOTLINE_TESTS_RPC_PKI_H
#define HOTLINE_TESTS_RPC_PKI_H

#include "rpc/rpc.h"

enum { PKI_PATH_BYTES = 256, PKI_IDENTITIES_MAX = 16 };

/* A certificate with its key, and the CA that its peer is checked against. */
struct pki_identity {
    char ca[PKI_PATH_BYTES], certificate[PKI_PATH_BYTES], key[PKI_PATH_BYTES];
};

struct pki {
    char folder[PKI_PATH_BYTES];
};

/* Makes the folder and the two CAs "office" and "foreign"; asserts on failure. */
void pki_init(struct pki *pki);
/* Removes the folder. */
void pki_release(struct pki *pki);
/* Issues `name` (CN) by `ca`, valid for `days` (negative: expired) with these SANs, as openssl
 * writes them: "DNS:localhost" or "URI:hotline://…". Its peers are checked against "office". */
void pki_issue(const struct pki *pki, const char *ca, const char *name, const char *sans, int days,
               struct pki_identity *ret_identity);
struct rpc_certificates pki_files(const struct pki_identity *identity);
/* The whole file as text; free() it. */
char *pki_text(const char *path);

#endif
