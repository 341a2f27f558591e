/* principal.c - from certificate and metadata to roles. */
#include "security/principal.h"

#include <stdio.h>
#include <string.h>

#include "base/base.h"

static const char scheme[] = "hotline://";

/* What a machine may be by itself; a backend has no role of its own, only its person's. */
static const struct {
    const char *word;
    uint32_t roles;
} kinds[PRINCIPAL_KIND_MAX] = {
    [PRINCIPAL_DISTRICT] = { .word = "district", .roles = ROLES(ROLE_DISTRICT_SYNC) },
    [PRINCIPAL_BACKEND] = { .word = "backend", .roles = 0 },
    [PRINCIPAL_DEVICE] = { .word = "device", .roles = 0 },
    [PRINCIPAL_SCREEN] = { .word = "screen", .roles = 0 },
    [PRINCIPAL_ADMIN] = { .word = "admin", .roles = ROLES(ROLE_ADMIN) },
};

/* "hotline://code/kind/id" for this code: its kind and id. */
static bool uri_names(const char *uri, const char *subdistrict, struct principal *principal)
{
    size_t code_size = strlen(subdistrict), size;
    const char *at = uri;

    if (strncmp(at, scheme, sizeof(scheme) - 1) != 0)
        return false;
    at += sizeof(scheme) - 1;
    if (strncmp(at, subdistrict, code_size) != 0 || at[code_size] != '/')
        return false;
    at += code_size + 1;
    for (int kind = 0; kind < PRINCIPAL_KIND_MAX; kind++) {
        size = strlen(kinds[kind].word);
        if (strncmp(at, kinds[kind].word, size) != 0 || at[size] != '/')
            continue;
        at += size + 1;
        size = strlen(at);
        if (size == 0 || size >= PERSON_ID_BYTES)
            return false;
        principal->kind = (enum principal_kind)kind;
        principal->roles = kinds[kind].roles;
        memcpy(principal->id, at, size + 1);
        return true;
    }
    return false;
}

/* The staff id in a metadata value: what follows the last '/', if any. */
static bool person_id(struct slice value, char id[PERSON_ID_BYTES])
{
    size_t start = value.size;

    while (start > 0 && value.data[start - 1] != '/')
        start--;
    if (value.size - start == 0 || value.size - start >= PERSON_ID_BYTES)
        return false;
    memcpy(id, value.data + start, value.size - start);
    id[value.size - start] = 0;
    return true;
}

static enum fault_id principal_add_person(struct principal *principal, struct slice person,
                                          const struct directory *directory, int64_t now_ms)
{
    if (!person.data || person.size == 0)
        return FAULT_PERSON_REQUIRED;
    if (!person_id(person, principal->person))
        return FAULT_PERSON_UNKNOWN;
    principal->standing = directory_standing(directory, principal->person, now_ms);
    principal->roles = principal->standing.roles;
    return principal->roles ? FAULT_NONE : FAULT_PERSON_UNKNOWN;
}

enum fault_id principal_of(const struct certificate_names *names, const char *subdistrict,
                           struct slice person, const struct directory *directory, int64_t now_ms,
                           struct principal *ret_principal)
{
    struct principal principal = { 0 };
    enum fault_id fault = FAULT_NONE;
    bool found = false, ours = false;

    for (size_t i = 0; i < names->n_uris && !found; i++) {
        ours = ours || strncmp(names->uris[i], scheme, sizeof(scheme) - 1) == 0;
        found = uri_names(names->uris[i], subdistrict, &principal);
    }
    if (!found)
        return ours ? FAULT_SUBDISTRICT_UNKNOWN : FAULT_CALLER_UNKNOWN;
    if (principal.kind == PRINCIPAL_BACKEND)
        fault = principal_add_person(&principal, person, directory, now_ms);
    else if (!principal.roles)
        fault = FAULT_PERMISSION_DENIED;
    if (fault == FAULT_NONE)
        *ret_principal = principal;
    return fault;
}

struct actor principal_actor(const struct principal *principal, enum role role)
{
    struct actor actor = { .role = role };
    const char *id = principal->person[0] ? principal->person : principal->id;

    memcpy(actor.id, id, strlen(id) + 1);
    return actor;
}

void principal_request_key(const struct principal *principal, const char *request_id,
                           uint8_t key[DIGEST_BYTES])
{
    const struct slice parts[] = {
        slice_of(&(const char){ (char)('0' + principal->kind) }, 1),
        slice_text(principal->id),
        slice_text(principal->person),
        slice_text(request_id),
    };
    struct digest digest;

    digest_of(parts, COUNT_OF(parts), &digest);
    memcpy(key, digest.bytes, DIGEST_BYTES);
}
