/* Appends and finds nodes. Children are a linked list in the order of the document. They are
 * searched linearly: a mapping has at most 1024 keys. An index finds an item of a sequence as a key
 * finds a child, so dotted paths need no second syntax. yaml_tree.c makes the nodes, override.c
 * changes them. */
#include "config/tree.h"

#include <stdlib.h>
#include <string.h>

void dlt_node_append(dlt_node *parent, dlt_node *child) {
    if (parent->last == NULL)
        parent->first = child;
    else
        parent->last->next = child;
    parent->last = child;
    parent->count++;
}

static dlt_node *find_item(const dlt_node *sequence, const char *name) {
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || name[digits] != '\0')
        return NULL;
    long long index = strtoll(name, NULL, 10);
    dlt_node *item = sequence->first;
    for (; item != NULL && index > 0; index--)
        item = item->next;
    return item;
}

dlt_node *dlt_node_find(const dlt_node *parent, const char *name) {
    if (parent == NULL)
        return NULL;
    if (parent->kind == DLT_NODE_SEQUENCE)
        return find_item(parent, name);
    if (parent->kind != DLT_NODE_MAPPING)
        return NULL;
    dlt_node *child = parent->first;
    while (child != NULL && strcmp(child->key, name) != 0)
        child = child->next;
    return child;
}
