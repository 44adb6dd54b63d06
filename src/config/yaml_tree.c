/* libyaml's events become nodes. What a run file does not need is refused with a sentence: anchors
 * and tags make a file that says something else than it shows, duplicate keys hide a value. */
#include "config/tree.h"

#include "base/error.h"
#include "config/config.h"

#include <string.h>
#include <yaml.h>

typedef struct yaml_composer {
    dlt_config *config;
    yaml_parser_t parser;
    const char *text;
    const char *file;
    const dlt_position *fixed; /* NULL: positions are lines and columns */
} yaml_composer;

static dlt_position position_of(const yaml_composer *composer, yaml_mark_t mark) {
    if (composer->fixed != NULL)
        return *composer->fixed;
    return (dlt_position){composer->file, (int)mark.line + 1, (int)mark.column + 1};
}

/* libyaml gives errors of its reader (wrong UTF-8) as an offset in bytes. */
static yaml_mark_t mark_of_offset(const char *text, size_t offset) {
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset && text[i] != '\0'; i++) {
        mark.column = text[i] == '\n' ? 0 : mark.column + 1;
        mark.line += text[i] == '\n';
    }
    return mark;
}

static bool indented_by_tab(const char *text, size_t line) {
    for (; line > 0 && text != NULL; line--) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    return text != NULL && text[strspn(text, " ")] == '\t';
}

static dlt_status fail_parser(const yaml_composer *composer) {
    const yaml_parser_t *parser = &composer->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return dlt_fail(DLT_ERR_MEM, "no memory to read %s", composer->file);
    yaml_mark_t mark = parser->error == YAML_READER_ERROR
                           ? mark_of_offset(composer->text, parser->problem_offset)
                           : parser->problem_mark;
    dlt_position position = position_of(composer, mark);
    const char *problem = parser->problem != NULL ? parser->problem : "unreadable";
    if (indented_by_tab(composer->text, mark.line))
        return dlt_config_fail(&position, "not valid YAML: indent with spaces, not with tabs");
    if (parser->context != NULL)
        return dlt_config_fail(&position, "not valid YAML: %s (%s)", problem, parser->context);
    return dlt_config_fail(&position, "not valid YAML: %s", problem);
}

static dlt_status compose_next(yaml_composer *composer, int depth, dlt_node **out);

static dlt_status make_node(yaml_composer *composer, dlt_node_kind kind, yaml_mark_t mark,
                            dlt_node **out) {
    DLT_TRY(DLT_TAKE(composer->config, *out, 1));
    (*out)->kind = kind;
    (*out)->position = position_of(composer, mark);
    return DLT_OK;
}

static bool is_plain_null(const char *text) {
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(text, nulls[i]) == 0)
            return true;
    return false;
}

static dlt_status compose_scalar(yaml_composer *composer, const yaml_event_t *event,
                                 dlt_node **out) {
    const char *value = (const char *)event->data.scalar.value;
    size_t bytes = event->data.scalar.length;
    DLT_TRY(make_node(composer, DLT_NODE_SCALAR, event->start_mark, out));
    dlt_node *node = *out;
    if (strlen(value) != bytes)
        return dlt_config_fail(&node->position, "text must not contain a zero character");
    node->text = dlt_config_take_text(composer->config, value, bytes);
    if (node->text == NULL)
        return DLT_ERR_MEM;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!node->quoted && is_plain_null(node->text))
        node->kind = DLT_NODE_NULL;
    return DLT_OK;
}

static dlt_status compose_sequence(yaml_composer *composer, const yaml_event_t *event, int depth,
                                   dlt_node **out) {
    DLT_TRY(make_node(composer, DLT_NODE_SEQUENCE, event->start_mark, out));
    for (;;) {
        dlt_node *item;
        DLT_TRY(compose_next(composer, depth, &item));
        if (item == NULL)
            return DLT_OK;
        dlt_node_append(*out, item);
    }
}

static dlt_status check_key(const dlt_node *mapping, const dlt_node *key) {
    if (key->kind != DLT_NODE_SCALAR)
        return dlt_config_fail(&key->position, "a key must be a name");
    const dlt_node *earlier = dlt_node_find(mapping, key->text);
    if (earlier != NULL)
        return dlt_config_fail(&key->position, "the key '%s' is already given in line %d",
                               key->text, earlier->key_position.line);
    if (mapping->count >= DLT_TREE_KEYS_MAX)
        return dlt_config_fail(&key->position, "a mapping has more than %d keys",
                               DLT_TREE_KEYS_MAX);
    return DLT_OK;
}

static dlt_status compose_mapping(yaml_composer *composer, const yaml_event_t *event, int depth,
                                  dlt_node **out) {
    DLT_TRY(make_node(composer, DLT_NODE_MAPPING, event->start_mark, out));
    for (;;) {
        dlt_node *key;
        dlt_node *value;
        DLT_TRY(compose_next(composer, depth, &key));
        if (key == NULL)
            return DLT_OK;
        DLT_TRY(check_key(*out, key));
        DLT_TRY(compose_next(composer, depth, &value));
        value->key = key->text;
        value->key_position = key->position;
        dlt_node_append(*out, value);
    }
}

static dlt_status check_event(const yaml_composer *composer, const yaml_event_t *event) {
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    if (event->type == YAML_ALIAS_EVENT) {
        anchor = event->data.alias.anchor;
    } else if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    dlt_position position = position_of(composer, event->start_mark);
    if (anchor != NULL)
        return dlt_config_fail(&position,
                               "anchors and aliases ('%s') are not allowed; write the value out",
                               (const char *)anchor);
    if (tag != NULL)
        return dlt_config_fail(&position, "tags ('%s') are not allowed", (const char *)tag);
    return DLT_OK;
}

/* *out is NULL where the event ends a sequence or mapping. */
static dlt_status compose_event(yaml_composer *composer, const yaml_event_t *event, int depth,
                                dlt_node **out) {
    *out = NULL;
    DLT_TRY(check_event(composer, event));
    if (event->type == YAML_SCALAR_EVENT)
        return compose_scalar(composer, event, out);
    bool is_sequence = event->type == YAML_SEQUENCE_START_EVENT;
    if (!is_sequence && event->type != YAML_MAPPING_START_EVENT)
        return DLT_OK;
    if (depth >= DLT_TREE_DEPTH_MAX) {
        dlt_position position = position_of(composer, event->start_mark);
        return dlt_config_fail(&position, "lists and mappings are nested deeper than %d",
                               DLT_TREE_DEPTH_MAX);
    }
    return is_sequence ? compose_sequence(composer, event, depth + 1, out)
                       : compose_mapping(composer, event, depth + 1, out);
}

static dlt_status compose_next(yaml_composer *composer, int depth, dlt_node **out) {
    yaml_event_t event;
    if (!yaml_parser_parse(&composer->parser, &event))
        return fail_parser(composer);
    dlt_status status = compose_event(composer, &event, depth, out);
    yaml_event_delete(&event);
    return status;
}

/* Skips over an event that carries no content: the start or end of stream and document. */
static dlt_status skip_event(yaml_composer *composer, yaml_event_type_t *type,
                             dlt_position *position) {
    yaml_event_t event;
    if (!yaml_parser_parse(&composer->parser, &event))
        return fail_parser(composer);
    *type = event.type;
    *position = position_of(composer, event.start_mark);
    yaml_event_delete(&event);
    return DLT_OK;
}

static dlt_status compose_stream(yaml_composer *composer, dlt_node **out) {
    yaml_event_type_t type = YAML_NO_EVENT;
    dlt_position position;
    DLT_TRY(skip_event(composer, &type, &position)); /* start of stream */
    DLT_TRY(skip_event(composer, &type, &position)); /* start of document, or end of stream */
    if (type == YAML_STREAM_END_EVENT)
        return make_node(composer, DLT_NODE_NULL, (yaml_mark_t){0}, out);
    DLT_TRY(compose_next(composer, 0, out));
    DLT_TRY(skip_event(composer, &type, &position)); /* end of document */
    DLT_TRY(skip_event(composer, &type, &position));
    if (type != YAML_STREAM_END_EVENT)
        return dlt_config_fail(&position, "a second YAML document begins; only one is allowed");
    return DLT_OK;
}

dlt_status dlt_tree_parse(dlt_config *config, const char *text, const char *file,
                          const dlt_position *fixed, dlt_node **out) {
    yaml_composer composer = {.config = config, .text = text, .file = file, .fixed = fixed};
    size_t bytes = strlen(text);
    if (bytes > DLT_TREE_BYTES_MAX)
        return dlt_fail(DLT_ERR_CONFIG, "%s: larger than the allowed %d bytes", file,
                        DLT_TREE_BYTES_MAX);
    if (!yaml_parser_initialize(&composer.parser))
        return dlt_fail(DLT_ERR_MEM, "no memory to read %s", file);
    yaml_parser_set_input_string(&composer.parser, (const unsigned char *)text, bytes);
    dlt_status status = compose_stream(&composer, out);
    yaml_parser_delete(&composer.parser);
    return status;
}
