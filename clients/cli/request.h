/* request.h - values of a command line put into a JSON body by field paths. */
#ifndef HOTLINE_CLI_REQUEST_H
#define HOTLINE_CLI_REQUEST_H

#include <jansson.h>

#include "cli/run.h"

/* An option of the program itself; value NULL = a flag. */
struct global_option {
    const char *word, *value, *zh, *en;
};
extern const struct global_option global_options[];
extern const size_t n_global_options;

/* The last field of a path "answer.summary" (lists are passed through); NULL = there is none. */
const ProtobufCFieldDescriptor *field_at(const ProtobufCMessageDescriptor *type, const char *path);
/* The value at a path, NULL when it is not there. */
json_t *body_get(const json_t *body, const ProtobufCMessageDescriptor *type, const char *path);
/* Sets the value at a path, making objects on the way; appends where the last field, or one on the
 * way, is a list. Takes the reference of `value`. */
void body_put(json_t *body, const ProtobufCMessageDescriptor *type, const char *path,
              json_t *value);

/* Puts a text into the body as its field wants it. What is wrong is printed; negative errno. */
int body_set(struct session *session, json_t *body, const ProtobufCMessageDescriptor *type,
             const struct argument *argument, const char *text);
/* Fills the list of what the calls of `own` need to know of the district's number. */
int order_name(struct session *session, enum certificate own, const char *text,
               const char **ret_name);

#endif
