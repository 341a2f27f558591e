/*
 * principal.h - who is calling (ARCHITECTURE 7).
 *
 * The verified client certificate names principals in its SAN URIs, one per subdistrict it
 * serves: hotline://<subdistrict>/district|backend|device|screen|admin/<id>. A backend names the
 * person it authenticated in metadata `hotline-person`; that person's roles come from the
 * Directory's appointments valid now, never from metadata. Devices and screens sign in with a
 * later release: until then they are refused.
 */
#ifndef HOTLINE_SECURITY_PRINCIPAL_H
#define HOTLINE_SECURITY_PRINCIPAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/crypto.h"
#include "base/fault.h"
#include "domain/directory.h"

enum principal_kind {
    PRINCIPAL_DISTRICT,
    PRINCIPAL_BACKEND,
    PRINCIPAL_DEVICE,
    PRINCIPAL_SCREEN,
    PRINCIPAL_ADMIN,
    PRINCIPAL_KIND_MAX,
};

struct principal {
    enum principal_kind kind;
    char id[PERSON_ID_BYTES];     /* <id> of the URI */
    char person[PERSON_ID_BYTES]; /* acting person; "" for machines */
    uint32_t roles;               /* held now */
    struct standing standing;     /* of the acting person; borrows from the directory */
};

/* The principal of a certificate for a subdistrict. NULL on success, else the refusal id:
 * CALLER_UNKNOWN, SUBDISTRICT_UNKNOWN, PERSON_REQUIRED, PERSON_UNKNOWN, PERMISSION_DENIED.
 * `person` is the metadata value (absent = none); it may be "staff id" or the full name
 * "subdistricts/<code>/staff/<id>". */
enum fault_id principal_of(const struct certificate_names *names, const char *subdistrict,
                           struct slice person, const struct directory *directory, int64_t now_ms,
                           struct principal *ret_principal);

/* Who goes into the history: the acting person or the machine, in this role. */
struct actor principal_actor(const struct principal *principal, enum role role);

/* Digest of principal and request id: the key of the request's result. */
void principal_request_key(const struct principal *principal, const char *request_id,
                           uint8_t key[DIGEST_BYTES]);

#endif
