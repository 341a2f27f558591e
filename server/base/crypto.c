/*
 * crypto.c - OpenSSL behind our own words; every function is one shot and keeps no state.
 */
/* SHA256_Init..Final: deprecated in 3.0, yet without the fetch of an EVP digest. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/crypto.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/base.h"

void digest_of(const struct slice *parts, size_t n_parts, struct digest *ret_digest)
{
    SHA256_CTX context;

    SHA256_Init(&context);
    for (size_t i = 0; i < n_parts; i++) {
        uint64_t size = parts[i].size;
        uint8_t head[8];

        for (int k = 0; k < 8; k++)
            head[k] = (uint8_t)(size >> (56 - 8 * k));
        SHA256_Update(&context, head, sizeof(head));
        SHA256_Update(&context, parts[i].data, parts[i].size);
    }
    SHA256_Final(ret_digest->bytes, &context);
}

void digest_bytes(struct slice bytes, struct digest *ret_digest)
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, bytes.data, bytes.size);
    SHA256_Final(ret_digest->bytes, &context);
}

void keyed_digest(const struct secret_key *key, struct slice bytes, struct digest *ret_digest)
{
    unsigned int size = 0;

    must(HMAC(EVP_sha256(), key->bytes, KEY_BYTES, bytes.data ? bytes.data : (const uint8_t *)"",
              bytes.size, ret_digest->bytes, &size));
    must(size == DIGEST_BYTES);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, DIGEST_BYTES) == 0;
}

int random_bytes(void *buffer, size_t size)
{
    return RAND_bytes(buffer, (int)size) == 1 ? 0 : -EIO;
}

static int nibble_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int secret_key_read(const char *path, struct secret_key *ret_key)
{
    char text[2 * KEY_BYTES + 2] = { 0 };
    struct secret_key key;
    struct stat status;
    FILE *f = fopen(path, "re");
    int r = 0;

    if (!f)
        return -errno;
    if (fstat(fileno(f), &status) < 0)
        r = -errno;
    else if (status.st_mode & (S_IRWXG | S_IRWXO))
        r = -EPERM;
    else if (fread(text, 1, sizeof(text) - 1, f) < 2 * KEY_BYTES)
        r = -EINVAL;
    for (size_t i = 0; r == 0 && i < KEY_BYTES; i++) {
        int high = nibble_of(text[2 * i]), low = nibble_of(text[2 * i + 1]);

        if (high < 0 || low < 0)
            r = -EINVAL;
        key.bytes[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    if (r == 0)
        *ret_key = key;
    OPENSSL_cleanse(text, sizeof(text));
    OPENSSL_cleanse(&key, sizeof(key));
    (void)fclose(f);
    return r;
}

/* Adds one SAN URI; one that is too long or has a NUL inside is skipped: it names nobody here. */
static void names_add(struct certificate_names *names, const ASN1_IA5STRING *uri)
{
    const char *text = (const char *)ASN1_STRING_get0_data(uri);
    size_t size = (size_t)ASN1_STRING_length(uri);

    if (names->n_uris == CERTIFICATE_URIS_MAX || size >= CERTIFICATE_URI_BYTES_MAX ||
        memchr(text, 0, size))
        return;
    memcpy(names->uris[names->n_uris], text, size);
    names->uris[names->n_uris][size] = 0;
    names->n_uris++;
}

int certificate_names_of(struct slice pem, struct certificate_names *ret_names)
{
    struct certificate_names names = { 0 };
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    GENERAL_NAMES *alternatives = NULL;
    unsigned int size = 0;
    int r = -EINVAL;

    if (!certificate)
        goto out;
    if (X509_digest(certificate, EVP_sha256(), names.fingerprint.bytes, &size) != 1)
        goto out;
    alternatives = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(alternatives, i);

        if (name->type == GEN_URI)
            names_add(&names, name->d.uniformResourceIdentifier);
    }
    *ret_names = names;
    r = 0;
out:
    GENERAL_NAMES_free(alternatives);
    X509_free(certificate);
    BIO_free(bio);
    return r;
}

void hex_of(const void *bytes, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[at[i] >> 4];
        text[2 * i + 1] = digits[at[i] & 15];
    }
    text[2 * size] = 0;
}
