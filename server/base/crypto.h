/*
 * crypto.h - digests, keyed digests, random bytes and certificate names, on OpenSSL.
 * The only server file that includes OpenSSL is crypto.c. All functions are thread-safe.
 */
#ifndef HOTLINE_BASE_CRYPTO_H
#define HOTLINE_BASE_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum { DIGEST_BYTES = 32, KEY_BYTES = 32, SALT_BYTES = 16 };

struct digest {
    uint8_t bytes[DIGEST_BYTES]; /* SHA-256 */
};

/* A secret key read from a key file (64 hex characters). */
struct secret_key {
    uint8_t bytes[KEY_BYTES];
};

/* SHA-256 over the parts in order, each preceded by its size (so that parts cannot shift). */
void digest_of(const struct slice *parts, size_t n_parts, struct digest *ret_digest);
/* SHA-256 over plain bytes. */
void digest_bytes(struct slice bytes, struct digest *ret_digest);
/* HMAC-SHA-256. */
void keyed_digest(const struct secret_key *key, struct slice bytes, struct digest *ret_digest);
/* Constant time. */
bool digest_equal(const struct digest *a, const struct digest *b);

/* 0 or -EIO. */
int random_bytes(void *buffer, size_t size);

/* Key file: 64 hex digits and a newline; refused (-EPERM) when others may read it. */
int secret_key_read(const char *path, struct secret_key *ret_key);

/* What we need of a peer certificate (PEM): its SAN URIs and its SHA-256 fingerprint. */
enum { CERTIFICATE_URIS_MAX = 16, CERTIFICATE_URI_BYTES_MAX = 160 };
struct certificate_names {
    char uris[CERTIFICATE_URIS_MAX][CERTIFICATE_URI_BYTES_MAX];
    size_t n_uris;
    struct digest fingerprint;
};
/* 0, -EINVAL when it is no certificate. */
int certificate_names_of(struct slice pem, struct certificate_names *ret_names);

/* hexadecimal, lower case; text must hold 2 * size + 1 bytes. */
void hex_of(const void *bytes, size_t size, char *text);

#endif
